from django.db import migrations

from jessops.lib.append_only import append_only

LEDGERS = (
    "attestation",
    "certificate",
    "clausechange",
    "disclosureapproval",
    "disclosureevent",
    "legaldisclosure",
    "policyversion",
    "retentionrun",
    "transition",
    "transitionevent",
    "transitionsighting",
)

# P52: nobody approves what they requested, and nothing is approved that is not there.
SECOND_PERSON = """
CREATE FUNCTION privacy_disclosure_second_person() RETURNS trigger AS $$
DECLARE requester bigint;
BEGIN
    SELECT requested_by INTO requester FROM privacy_legaldisclosure
        WHERE reference = NEW.reference;
    IF requester IS NULL OR requester = NEW.approved_by THEN
        RAISE EXCEPTION 'a disclosure needs two different people'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER privacy_disclosure_second_person
    BEFORE INSERT ON privacy_disclosureapproval
    FOR EACH ROW EXECUTE FUNCTION privacy_disclosure_second_person();
"""
SECOND_PERSON_BACK = """
DROP TRIGGER privacy_disclosure_second_person ON privacy_disclosureapproval;
DROP FUNCTION privacy_disclosure_second_person();
"""


class Migration(migrations.Migration):
    dependencies = [("privacy", "0003_living_policy")]

    operations = [
        *(append_only(f"privacy_{ledger}") for ledger in LEDGERS),
        migrations.RunSQL(SECOND_PERSON, SECOND_PERSON_BACK),
    ]
