import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# A count that only the rows themselves make: a code that is spent twice at once waits
# here for the first, and then breaks voucher_not_overspent (R4).
COUNTED = """
CREATE FUNCTION shop_voucheruse_counted() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE shop_voucher SET used = used + 1 WHERE id = NEW.voucher_id;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE shop_voucher SET used = used - 1 WHERE id = OLD.voucher_id;
    ELSIF NEW.voucher_id IS DISTINCT FROM OLD.voucher_id THEN
        RAISE EXCEPTION 'what a code was spent on stands' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER shop_voucheruse_counted
    AFTER INSERT OR UPDATE OR DELETE ON shop_voucheruse
    FOR EACH ROW EXECUTE FUNCTION shop_voucheruse_counted();
"""
COUNTED_BACK = """
DROP TRIGGER shop_voucheruse_counted ON shop_voucheruse;
DROP FUNCTION shop_voucheruse_counted();
"""


class Migration(migrations.Migration):
    dependencies = [("shop", "0014_asked_anew")]

    operations = [
        migrations.CreateModel(
            name="Voucher",
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
                ("code", models.CharField(max_length=24, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("percent", "Per cent off the goods"),
                            ("fixed", "Pence off the goods"),
                            ("delivery", "Free delivery"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "amount",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Per cent, or pence; 0 for free delivery.",
                    ),
                ),
                (
                    "least_pence",
                    models.PositiveIntegerField(
                        default=0, verbose_name="goods for at least, in pence"
                    ),
                ),
                (
                    "limit",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="how often"
                    ),
                ),
                ("used", models.PositiveIntegerField(default=0, editable=False)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "note",
                    models.CharField(
                        blank=True, max_length=100, verbose_name="what it is for"
                    ),
                ),
                ("made_by", models.CharField(editable=False, max_length=40)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(code__regex=r"^[A-Z0-9]{3,24}$"),
                        name="voucher_code_form",
                    ),
                    models.CheckConstraint(
                        condition=Q(kind="percent", amount__gte=1, amount__lte=90)
                        | Q(
                            kind="fixed",
                            amount__gte=1,
                            least_pence__gte=F("amount") + 100,
                        )
                        | Q(kind="delivery", amount=0),
                        name="voucher_amount_sensible",
                    ),
                    models.CheckConstraint(
                        condition=Q(limit=None) | Q(limit__gte=1, used__lte=F("limit")),
                        name="voucher_not_overspent",
                    ),
                    models.CheckConstraint(
                        condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                        name="voucher_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VoucherUse",
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
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "order",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="voucher_use",
                        to="shop.order",
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="shop.voucher",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="order",
            name="voucher",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="shop.voucher",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="off_pence",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="orderline",
            name="off_pence",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(COUNTED, COUNTED_BACK),
    ]
