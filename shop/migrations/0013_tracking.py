import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0012_amounts_stand")]

    operations = [
        migrations.AddField(
            model_name="consignment",
            name="followed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(
                condition=models.Q(("state", "handed-over")),
                fields=["followed_at"],
                name="consignment_to_follow",
            ),
        ),
        migrations.CreateModel(
            name="TrackingStep",
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
                ("code", models.CharField(max_length=12)),
                ("own_code", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("told_at", models.DateTimeField(auto_now_add=True)),
                (
                    "consignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tracking_steps",
                        to="shop.consignment",
                    ),
                ),
            ],
            options={"ordering": ["at", "pk"]},
        ),
        migrations.AddConstraint(
            model_name="trackingstep",
            constraint=models.UniqueConstraint(
                fields=("consignment", "own_code", "at"), name="tracking_step_once"
            ),
        ),
    ]
