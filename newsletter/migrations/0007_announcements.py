"""Service announcements are rare: more than two a quarter take a second person's word.

The number is newsletter.announcements.A_QUARTER; a test compares the two.
"""

from typing import Any

import django.utils.timezone
from django.db import migrations, models

from jessops.lib.append_only import append_only

RARE = """
CREATE FUNCTION newsletter_announcements_are_rare() RETURNS trigger AS $$
DECLARE
    quarter timestamp :=
        date_trunc('quarter', NEW.starts_at AT TIME ZONE 'Europe/London');
    others integer;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state IN ('scheduled', 'sending', 'paused') AND quarter =
            date_trunc('quarter', OLD.starts_at AT TIME ZONE 'Europe/London')
        THEN
            RETURN NEW;
        END IF;
    END IF;
    -- two at once must not both be the last that is free
    PERFORM pg_advisory_xact_lock(hashtext('newsletter_announcements'));
    SELECT count(*) INTO others FROM newsletter_campaign
        WHERE message_class = 'service' AND id <> NEW.id
            AND (state IN ('scheduled', 'sending', 'paused', 'sent')
                OR (state = 'cancelled' AND began_at IS NOT NULL))
            AND quarter =
                date_trunc('quarter', starts_at AT TIME ZONE 'Europe/London');
    IF others >= 2 AND NOT EXISTS (
        SELECT FROM newsletter_announcementoverride
            WHERE campaign = NEW.id AND by <> NEW.written_by
    ) THEN
        RAISE EXCEPTION 'one more service announcement than a quarter allows'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER newsletter_announcements_are_rare
    BEFORE INSERT OR UPDATE OF state, starts_at, message_class ON newsletter_campaign
    FOR EACH ROW
    WHEN (NEW.message_class = 'service'
        AND NEW.state IN ('scheduled', 'sending', 'paused'))
    EXECUTE FUNCTION newsletter_announcements_are_rare();
"""
RARE_BACK = """
DROP TRIGGER newsletter_announcements_are_rare ON newsletter_campaign;
DROP FUNCTION newsletter_announcements_are_rare();
"""
RIGHTS = {
    "add_announcementoverride": "Can add announcement override",
    "view_announcementoverride": "Can view announcement override",
}


def give_rights(apps: Any, schema_editor: Any) -> None:
    """Let the role Newsletter allow one more; safe to run again."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    role, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Newsletter")
    kind, _ = ContentType.objects.get_or_create(
        app_label="newsletter", model="announcementoverride"
    )
    for codename, name in RIGHTS.items():
        right, _ = Permission.objects.get_or_create(
            content_type=kind, codename=codename, defaults={"name": name}
        )
        role.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0006_campaigns")]

    operations = [
        migrations.CreateModel(
            name="AnnouncementOverride",
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
                    "campaign",
                    models.PositiveBigIntegerField(
                        unique=True, verbose_name="announcement"
                    ),
                ),
                ("why", models.CharField(max_length=300)),
                ("by", models.PositiveBigIntegerField(verbose_name="allowed by")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "default_permissions": ("add", "view"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("why", ""), _negated=True),
                        name="announcement_override_says_why",
                    )
                ],
            },
        ),
        append_only("newsletter_announcementoverride"),
        migrations.RunSQL(RARE, RARE_BACK),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
