from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0005_order_again")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("telephone", ""), _negated=True),
                fields=["delivery_on"],
                name="order_telephone_due",
            ),
        ),
    ]
