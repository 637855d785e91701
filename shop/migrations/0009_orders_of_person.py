from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0008_seal_orders")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["email_hash", "-id"], name="order_of_person"),
        ),
        # The new one begins with the same column.
        migrations.RemoveIndex(model_name="order", name="order_email_hash"),
    ]
