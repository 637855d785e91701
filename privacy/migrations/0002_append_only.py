from django.db import migrations

from jessops.lib.append_only import append_only

# A receipt is written before the call; how the call ended is the one later entry.
RECEIPT = """
CREATE FUNCTION privacy_receipt_outcome_only() RETURNS trigger AS $$
BEGIN
    IF OLD.outcome = 'attempted'
       AND to_jsonb(OLD) - 'outcome' = to_jsonb(NEW) - 'outcome' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'privacy_receipt is append-only'
        USING ERRCODE = 'restrict_violation';
END $$ LANGUAGE plpgsql;
DROP TRIGGER privacy_receipt_rows ON privacy_receipt;
CREATE TRIGGER privacy_receipt_rows BEFORE DELETE ON privacy_receipt
    FOR EACH ROW EXECUTE FUNCTION privacy_receipt_is_append_only();
CREATE TRIGGER privacy_receipt_outcome BEFORE UPDATE ON privacy_receipt
    FOR EACH ROW EXECUTE FUNCTION privacy_receipt_outcome_only();
"""
RECEIPT_BACK = """
DROP TRIGGER privacy_receipt_outcome ON privacy_receipt;
DROP FUNCTION privacy_receipt_outcome_only();
"""


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]

    operations = [
        append_only("privacy_wording"),
        append_only("privacy_choice"),
        append_only("privacy_receipt"),
        migrations.RunSQL(RECEIPT, RECEIPT_BACK),
    ]
