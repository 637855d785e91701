from django.db import migrations, models

# What is handed over after the telling would never be told.
NOT_AFTER_TOLD = """
CREATE FUNCTION privacy_disclosure_not_after_told() RETURNS trigger AS $$
BEGIN
    IF NEW.code = 'exported' AND EXISTS (
        SELECT FROM privacy_disclosureevent
        WHERE reference = NEW.reference AND code = 'told')
    THEN
        RAISE EXCEPTION 'the person was told already: it takes a new demand'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER privacy_disclosure_not_after_told
    BEFORE INSERT ON privacy_disclosureevent
    FOR EACH ROW EXECUTE FUNCTION privacy_disclosure_not_after_told();
"""
BACK = """
DROP TRIGGER privacy_disclosure_not_after_told ON privacy_disclosureevent;
DROP FUNCTION privacy_disclosure_not_after_told();
"""


class Migration(migrations.Migration):
    dependencies = [("privacy", "0005_transition_and_disclosure_rules")]

    operations = [
        migrations.AddField(
            "disclosureevent", "handed", models.JSONField(blank=True, default=dict)
        ),
        migrations.RunSQL(NOT_AFTER_TOLD, BACK),
    ]
