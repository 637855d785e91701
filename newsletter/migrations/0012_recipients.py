"""Who gets a campaign, and how far its sending is."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0011_rights_of_letters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sending",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="sending",
                        serialize=False,
                        to="newsletter.campaign",
                    ),
                ),
                (
                    "cursor",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="listed up to"
                    ),
                ),
                (
                    "listed_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="list complete at"
                    ),
                ),
                (
                    "left_out",
                    models.JSONField(default=dict, verbose_name="left out, by reason"),
                ),
            ],
            options={
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Recipient",
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
                    models.CharField(
                        max_length=64, verbose_name="keyed hash of the e-mail address"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("queued", "In the outbox"),
                            ("left-out", "Left out"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, max_length=20, verbose_name="why left out"
                    ),
                ),
                ("policy_version", models.PositiveIntegerField(default=1)),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        verbose_name="listed, queued or left out at",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recipients",
                        to="newsletter.campaign",
                    ),
                ),
            ],
            options={
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        fields=["campaign", "state", "at"],
                        name="recipient_campaign_state",
                    ),
                    models.Index(fields=["subject", "at"], name="recipient_subject_at"),
                    models.Index(fields=["at"], name="recipient_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "subject"), name="recipient_once_a_campaign"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("subject__regex", "^[0-9a-f]{64}$")),
                        name="recipient_subject_is_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "left-out"),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            models.Q(
                                ("state__in", ["waiting", "queued"]), ("reason", "")
                            ),
                            _connector="OR",
                        ),
                        name="recipient_left_out_says_why",
                    ),
                ],
            },
        ),
    ]
