import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0007_announcements")]

    operations = [
        migrations.CreateModel(
            name="Bounce",
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
                    "subject",
                    models.CharField(max_length=64, verbose_name="whose mailbox"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("hard", "There is no such mailbox"),
                            ("soft", "It could not be delivered"),
                            ("complaint", "Its reader marked it as spam"),
                        ],
                        max_length=9,
                        verbose_name="what happened",
                    ),
                ),
                (
                    "status",
                    models.CharField(blank=True, max_length=11, verbose_name="code"),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("report", "A mail server's report"),
                            ("loop", "A mailbox provider's feedback loop"),
                            ("provider", "Our mail provider"),
                            ("refused", "Refused at the door"),
                        ],
                        max_length=8,
                        verbose_name="who told us",
                    ),
                ),
                (
                    "letter",
                    models.UUIDField(verbose_name="letter"),
                ),
                ("about", models.CharField(blank=True, max_length=60)),
                ("policy_version", models.PositiveIntegerField(default=1)),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="when"
                    ),
                ),
            ],
            options={
                "verbose_name": "bounce or complaint",
                "verbose_name_plural": "bounces and complaints",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["subject", "at"], name="bounce_subject_at"),
                    models.Index(fields=["about", "kind"], name="bounce_about"),
                    models.Index(fields=["at"], name="bounce_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("letter", "kind"), name="bounce_once"
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(subject=""), name="bounce_is_about_somebody"
                    ),
                ],
            },
        ),
    ]
