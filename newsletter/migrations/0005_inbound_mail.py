import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0004_seal_messages")]

    operations = [
        migrations.CreateModel(
            name="InboundMail",
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
                    "name_hash",
                    models.CharField(
                        max_length=64, verbose_name="keyed hash of its Message-ID"
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=60)),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name_plural": "mail to us",
                "indexes": [
                    models.Index(fields=["taken_at"], name="inbound_mail_taken")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("name_hash",), name="inbound_mail_once"
                    )
                ],
            },
        ),
        migrations.AlterField(
            model_name="message",
            name="message_class",
            field=models.CharField(
                choices=[
                    ("order", "Order"),
                    ("account", "Account"),
                    ("legal", "Legal"),
                    ("enquiry", "Enquiry"),
                    ("service", "Service announcement"),
                    ("marketing", "Marketing"),
                    ("newsletter", "Newsletter"),
                    ("change", "Question about a new use of data"),
                    ("staff", "Alarm to our own staff"),
                ],
                max_length=12,
            ),
        ),
    ]
