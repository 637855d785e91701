from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("shop", "0017_documents")]

    operations = [
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(
                fields=["done_at"], condition=Q(state="done"), name="capture_taken"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                fields=["done_at"], condition=Q(state="done"), name="refund_given_back"
            ),
        ),
    ]
