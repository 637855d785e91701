"""Two people means two people (P52): also for who writes SQL by hand."""

from django.conf import settings
from django.db import migrations

SECOND_PERSON = """
CREATE OR REPLACE FUNCTION privacy_disclosure_second_person() RETURNS trigger AS $$
DECLARE requester bigint;
BEGIN
    SELECT requested_by INTO requester FROM privacy_legaldisclosure
        WHERE reference = NEW.reference;
    IF requester IS NULL OR requester = NEW.approved_by THEN
        RAISE EXCEPTION 'a disclosure needs two different people'
            USING ERRCODE = 'check_violation';
    END IF;%s
    RETURN NEW;
END $$ LANGUAGE plpgsql;
"""
# A number is no person: whoever agrees works here, and is not locked out.
WORKS_HERE = """
    IF NOT EXISTS (SELECT FROM {staff}
        WHERE id = NEW.approved_by AND is_staff AND is_active)
    THEN
        RAISE EXCEPTION 'a disclosure is agreed to by active staff'
            USING ERRCODE = 'check_violation';
    END IF;"""


def check_staff(apps, schema_editor):
    staff = apps.get_model(settings.AUTH_USER_MODEL)._meta.db_table
    rule = WORKS_HERE.format(staff=schema_editor.quote_name(staff))
    schema_editor.execute(SECOND_PERSON % rule)


def check_two_only(apps, schema_editor):
    schema_editor.execute(SECOND_PERSON % "")


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0008_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(check_staff, check_two_only),
    ]
