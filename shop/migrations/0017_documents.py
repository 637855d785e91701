import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# A document goes with its order at the end of its years, and never alone: looked at
# when the transaction ends, since an order's rows go before the order itself.
STANDS = """
CREATE FUNCTION shop_document_stands() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'a document stands as it was made' USING ERRCODE = '23514';
END $$ LANGUAGE plpgsql;
CREATE TRIGGER shop_document_stands BEFORE UPDATE ON shop_document
    FOR EACH ROW EXECUTE FUNCTION shop_document_stands();
CREATE FUNCTION shop_document_stays() RETURNS trigger AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM shop_order WHERE id = OLD.order_id) THEN
        RAISE EXCEPTION 'a document goes only with its order'
            USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE CONSTRAINT TRIGGER shop_document_stays AFTER DELETE ON shop_document
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION shop_document_stays();
CREATE FUNCTION shop_documentcounter_rises() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.series <> OLD.series OR NEW.last <> OLD.last + 1 THEN
        RAISE EXCEPTION 'numbers go up by one' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER shop_documentcounter_rises
    BEFORE UPDATE OR DELETE ON shop_documentcounter
    FOR EACH ROW EXECUTE FUNCTION shop_documentcounter_rises();
"""
STANDS_BACK = """
DROP TRIGGER shop_documentcounter_rises ON shop_documentcounter;
DROP FUNCTION shop_documentcounter_rises();
DROP TRIGGER shop_document_stays ON shop_document;
DROP FUNCTION shop_document_stays();
DROP TRIGGER shop_document_stands ON shop_document;
DROP FUNCTION shop_document_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("shop", "0016_orders_to_look_at")]

    operations = [
        migrations.CreateModel(
            name="DocumentCounter",
            fields=[
                (
                    "series",
                    models.CharField(max_length=3, primary_key=True, serialize=False),
                ),
                ("last", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("INV", "VAT invoice"), ("CRN", "Credit note")],
                        max_length=3,
                    ),
                ),
                ("serial", models.PositiveIntegerField()),
                ("number", models.CharField(max_length=12, unique=True)),
                ("facts", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("total_pence", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "capture",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="shop.capture",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="shop.order",
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="shop.refund",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "serial"), name="document_serial_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(kind="INV", capture__isnull=False, refund=None)
                        | Q(kind="CRN", capture=None, refund__isnull=False),
                        name="document_of_one_thing",
                    ),
                ],
            },
        ),
        migrations.RunSQL(STANDS, STANDS_BACK),
    ]
