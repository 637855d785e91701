from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("shop", "0013_tracking")]

    operations = [
        migrations.AddField(
            model_name="capture",
            name="turn",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="refund",
            name="turn",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        # A sale may be undone in parts.
        migrations.RemoveConstraint(
            model_name="stockmovement", name="movement_sale_once"
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.UniqueConstraint(
                fields=["product", "order_number", "reason"],
                condition=Q(reason="sold"),
                name="movement_sale_once",
            ),
        ),
    ]
