from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0009_orders_of_person")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="carrier_may_ring",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
