"""The database's own rules about sales of the business and demands of the law.

They hold for raw SQL and for every account of the shop, and count for themselves: the
rule of days is docs/decisions/0010, and tests/privacy compares it with Python's.
"""

from django.db import migrations

# A look is written down when it is made: nobody writes a past one in later.
SIGHTINGS = """
CREATE FUNCTION privacy_sighting_is_of_now() RETURNS trigger AS $$
BEGIN
    IF abs(extract(epoch FROM NEW.at - clock_timestamp())) > 600 THEN
        RAISE EXCEPTION 'a sighting is written when it is made'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER privacy_sighting_is_of_now
    BEFORE INSERT ON privacy_transitionsighting
    FOR EACH ROW EXECUTE FUNCTION privacy_sighting_is_of_now();
"""
SIGHTINGS_BACK = """
DROP TRIGGER privacy_sighting_is_of_now ON privacy_transitionsighting;
DROP FUNCTION privacy_sighting_is_of_now();
"""

# The unbroken, proved days (UTC) of a transition's notice as of a moment.
DAYS = """
CREATE FUNCTION privacy_transition_days(wanted text, moment timestamptz)
RETURNS integer AS $$
DECLARE
    announced timestamptz;
    seen timestamptz;   -- the last good look so far
    since timestamp;    -- midnight (UTC) at which the unbroken run begins
    look record;
BEGIN
    SELECT announced_at INTO announced FROM privacy_transition
        WHERE reference = wanted;
    IF announced IS NULL THEN
        RETURN 0;
    END IF;
    since := date_trunc('day', (announced + interval '1 minute')
        AT TIME ZONE 'UTC' + interval '1 day' - interval '1 microsecond');
    seen := announced;
    FOR look IN
        SELECT at,
               bool_and(shown) AND count(DISTINCT path) >= 7 AS good,
               bool_or(NOT shown AND why <> 'not served') AS bare
        FROM privacy_transitionsighting
        WHERE reference = wanted AND at >= announced
        GROUP BY at ORDER BY at
    LOOP
        moment := greatest(moment, look.at);
        IF look.bare THEN
            since := greatest(since, date_trunc('day', look.at AT TIME ZONE 'UTC')
                + interval '1 day');
        END IF;
        IF look.good THEN
            IF look.at - seen > interval '3 hours' THEN
                since := greatest(since, date_trunc('day', look.at AT TIME ZONE 'UTC'
                    + interval '1 day' - interval '1 microsecond'));
            END IF;
            seen := look.at;
        END IF;
    END LOOP;
    IF moment - seen > interval '3 hours' THEN
        since := greatest(since, date_trunc('day', moment AT TIME ZONE 'UTC'
            + interval '1 day' - interval '1 microsecond'));
    END IF;
    RETURN greatest(0, extract(day FROM
        date_trunc('day', seen AT TIME ZONE 'UTC') - since))::integer;
END $$ LANGUAGE plpgsql;
"""
DAYS_BACK = "DROP FUNCTION privacy_transition_days(text, timestamptz);"

TRANSITIONS = """
CREATE FUNCTION privacy_transition_alone() RETURNS trigger AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('privacy_transition'));
    IF EXISTS (
        SELECT FROM privacy_transition AS other WHERE NOT EXISTS (
            SELECT FROM privacy_transitionevent AS ended
            WHERE ended.reference = other.reference
                AND ended.code IN ('withdrawn', 'completed')))
    THEN
        RAISE EXCEPTION 'another transition is announced'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.planned_on < (NEW.announced_at AT TIME ZONE 'UTC')::date + 30 THEN
        RAISE EXCEPTION 'a transition is planned thirty days ahead at least'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER privacy_transition_alone
    BEFORE INSERT ON privacy_transition
    FOR EACH ROW EXECUTE FUNCTION privacy_transition_alone();

CREATE FUNCTION privacy_transition_locked() RETURNS trigger AS $$
DECLARE planned date;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('privacy_transition'));
    SELECT planned_on INTO planned FROM privacy_transition
        WHERE reference = NEW.reference;
    IF planned IS NULL OR EXISTS (
        SELECT FROM privacy_transitionevent WHERE reference = NEW.reference
            AND code IN ('withdrawn', 'completed'))
    THEN
        RAISE EXCEPTION 'no such transition is announced'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.code = 'withdrawn' THEN
        RETURN NEW;
    END IF;
    IF NEW.code NOT IN ('exported', 'completed') THEN
        RAISE EXCEPTION 'a transition knows no such event'
            USING ERRCODE = 'check_violation';
    END IF;
    IF abs(extract(epoch FROM NEW.at - clock_timestamp())) > 600
        OR (clock_timestamp() AT TIME ZONE 'UTC')::date < planned
        OR privacy_transition_days(NEW.reference, clock_timestamp()) < 30
    THEN
        RAISE EXCEPTION 'the notice has not stood for thirty unbroken days'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.code = 'exported' AND NEW.sha256 !~ '^[0-9a-f]{64}$' THEN
        RAISE EXCEPTION 'an export is named by its checksum'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER privacy_transition_locked
    BEFORE INSERT ON privacy_transitionevent
    FOR EACH ROW EXECUTE FUNCTION privacy_transition_locked();
"""
TRANSITIONS_BACK = """
DROP TRIGGER privacy_transition_locked ON privacy_transitionevent;
DROP FUNCTION privacy_transition_locked();
DROP TRIGGER privacy_transition_alone ON privacy_transition;
DROP FUNCTION privacy_transition_alone();
"""

# A demand moves one way: recorded, agreed to, handed over, told. Or refused.
DISCLOSURES = """
CREATE FUNCTION privacy_disclosure_step() RETURNS trigger AS $$
DECLARE
    demand record;
    agreed boolean;
    handed_over boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('privacy_disclosure ' || NEW.reference));
    SELECT * INTO demand FROM privacy_legaldisclosure
        WHERE reference = NEW.reference;
    IF NOT FOUND OR EXISTS (
        SELECT FROM privacy_disclosureevent
        WHERE reference = NEW.reference AND code = 'refused')
    THEN
        RAISE EXCEPTION 'no such disclosure is open'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_TABLE_NAME = 'privacy_disclosureapproval' THEN
        RETURN NEW;
    END IF;
    agreed := EXISTS (SELECT FROM privacy_disclosureapproval
        WHERE reference = NEW.reference);
    handed_over := EXISTS (SELECT FROM privacy_disclosureevent
        WHERE reference = NEW.reference AND code = 'exported');
    IF NEW.code = 'exported' AND agreed AND NEW.sha256 ~ '^[0-9a-f]{64}$'
        OR NEW.code = 'refused' AND NOT handed_over
        OR NEW.code = 'told' AND handed_over
            AND (NEW.at AT TIME ZONE 'UTC')::date
                >= greatest(demand.tell_on, demand.sealed_until)
            AND NOT EXISTS (SELECT FROM privacy_disclosureevent
                WHERE reference = NEW.reference AND code = 'told')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a disclosure cannot take this step now'
        USING ERRCODE = 'check_violation';
END $$ LANGUAGE plpgsql;
CREATE TRIGGER privacy_disclosure_step
    BEFORE INSERT ON privacy_disclosureevent
    FOR EACH ROW EXECUTE FUNCTION privacy_disclosure_step();
CREATE TRIGGER privacy_disclosure_open
    BEFORE INSERT ON privacy_disclosureapproval
    FOR EACH ROW EXECUTE FUNCTION privacy_disclosure_step();
"""
DISCLOSURES_BACK = """
DROP TRIGGER privacy_disclosure_open ON privacy_disclosureapproval;
DROP TRIGGER privacy_disclosure_step ON privacy_disclosureevent;
DROP FUNCTION privacy_disclosure_step();
"""


class Migration(migrations.Migration):
    dependencies = [("privacy", "0004_append_only")]

    operations = [
        migrations.RunSQL(SIGHTINGS, SIGHTINGS_BACK),
        migrations.RunSQL(DAYS, DAYS_BACK),
        migrations.RunSQL(TRANSITIONS, TRANSITIONS_BACK),
        migrations.RunSQL(DISCLOSURES, DISCLOSURES_BACK),
    ]
