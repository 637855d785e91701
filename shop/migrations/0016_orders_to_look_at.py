from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("shop", "0015_vouchers")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["placed_at"],
                condition=~Q(review=""),
                name="order_to_look_at",
            ),
        ),
    ]
