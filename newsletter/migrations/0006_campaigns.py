"""Campaigns, whose approved words stand, and the role of who writes and sends them."""

from typing import Any

import django.utils.timezone
from django.db import migrations, models

# An approval is of these words and no others; what goes out is no longer written.
WORDS = """
CREATE FUNCTION newsletter_campaign_words_stand() RETURNS trigger AS $$
BEGIN
    IF (NEW.message_class, NEW.reason, NEW.subject, NEW.body)
        IS NOT DISTINCT FROM
       (OLD.message_class, OLD.reason, OLD.subject, OLD.body)
    THEN
        RETURN NEW;
    END IF;
    IF OLD.state NOT IN ('draft', 'approved') THEN
        RAISE EXCEPTION 'a campaign under way keeps its words'
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.approved_at IS NOT NULL AND NEW.approved_at = OLD.approved_at THEN
        RAISE EXCEPTION 'a change of the words takes the approval away'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER newsletter_campaign_words_stand
    BEFORE UPDATE ON newsletter_campaign
    FOR EACH ROW EXECUTE FUNCTION newsletter_campaign_words_stand();
"""
WORDS_BACK = """
DROP TRIGGER newsletter_campaign_words_stand ON newsletter_campaign;
DROP FUNCTION newsletter_campaign_words_stand();
"""

RIGHTS = {
    "add_campaign": "Can add campaign",
    "change_campaign": "Can change campaign",
    "view_campaign": "Can view campaign",
    "approve_campaign": "Can approve a campaign",
    "send_campaign": "Can send, pause and cancel a campaign",
}


def make_role(apps: Any, schema_editor: Any) -> None:
    """Make the group with its rights; safe to run again.

    Django writes the permissions after all migrations: those needed are written
    here, and Django then finds them.
    """
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    role, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Newsletter")
    kind, _ = ContentType.objects.get_or_create(
        app_label="newsletter", model="campaign"
    )
    for codename, name in RIGHTS.items():
        right, _ = Permission.objects.get_or_create(
            content_type=kind, codename=codename, defaults={"name": name}
        )
        role.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0005_inbound_mail"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
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
                    "message_class",
                    models.CharField(
                        choices=[
                            ("marketing", "Offers"),
                            ("launches", "Product launches"),
                            ("news", "Site news"),
                            ("newsletter", "Newsletter"),
                            ("service", "Service announcement"),
                        ],
                        max_length=12,
                        verbose_name="list",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        max_length=100, verbose_name="name among ourselves"
                    ),
                ),
                ("subject", models.CharField(max_length=150)),
                (
                    "body",
                    models.TextField(max_length=40000, verbose_name="text (Markdown)"),
                ),
                ("reason", models.CharField(blank=True, max_length=30)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("approved", "Approved"),
                            ("scheduled", "Scheduled"),
                            ("sending", "Being sent"),
                            ("paused", "Paused"),
                            ("sent", "Sent"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("edition", models.PositiveIntegerField(default=1)),
                ("written_by", models.PositiveBigIntegerField()),
                ("approved_by", models.PositiveBigIntegerField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("approved_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "per_minute",
                    models.PositiveIntegerField(
                        default=300, verbose_name="letters a minute"
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                (
                    "began_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="first letter at"
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="sent or cancelled at"
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("approve_campaign", "Can approve a campaign"),
                    ("send_campaign", "Can send, pause and cancel a campaign"),
                ],
                "default_permissions": ("add", "change", "view"),
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("state__in", ["scheduled", "sending", "paused"])
                        ),
                        fields=["starts_at", "id"],
                        name="campaign_under_way",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_at", None),
                                ("approved_by", None),
                                ("approved_sha256", ""),
                            ),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                models.Q(("approved_sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="campaign_approval_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "cancelled"]),
                            ("approved_at__isnull", False),
                            _connector="OR",
                        ),
                        name="campaign_goes_out_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "draft"), _negated=True),
                            ("approved_at", None),
                            _connector="OR",
                        ),
                        name="campaign_draft_is_not_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "approved", "cancelled"]),
                            ("starts_at__isnull", False),
                            _connector="OR",
                        ),
                        name="campaign_under_way_has_a_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state__in", ["sent", "cancelled"]),
                            ),
                            models.Q(
                                models.Q(
                                    ("state__in", ["sent", "cancelled"]), _negated=True
                                ),
                                ("ended_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="campaign_over_has_an_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("message_class", "service"),
                            ("reason", ""),
                            _connector="OR",
                        ),
                        name="campaign_reason_is_of_service",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("message_class", "service"), _negated=True),
                            ("approved_by", None),
                            models.Q(
                                models.Q(
                                    ("approved_by", models.F("written_by")),
                                    _negated=True,
                                ),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="campaign_service_second_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("per_minute__gte", 1), ("per_minute__lte", 6000)
                        ),
                        name="campaign_per_minute",
                    ),
                ],
            },
        ),
        migrations.RunSQL(WORDS, WORDS_BACK),
        migrations.RunPython(make_role, migrations.RunPython.noop),
    ]
