"""Sums that the database itself holds (R8, R17): parcels, money taken, money back.

Each trigger locks the row whose sum it minds, so that two at once take turns. The
legal moves are another matter: shop/states.py gives them at every migrate.
"""

from django.db import migrations

CONSIGNED = """
CREATE FUNCTION shop_consigned_within(line_id bigint) RETURNS void AS $$
DECLARE
    most integer;
    consigned integer;
BEGIN
    SELECT quantity - cancelled INTO most FROM shop_orderline
        WHERE id = line_id FOR UPDATE;
    SELECT coalesce(sum(cl.quantity), 0) INTO consigned
        FROM shop_consignmentline cl
        JOIN shop_consignment c ON c.id = cl.consignment_id
        WHERE cl.line_id = shop_consigned_within.line_id
        AND c.state NOT IN ('cancelled', 'lost', 'returned');
    IF consigned > most THEN
        RAISE EXCEPTION 'more of a line in parcels than was ordered'
            USING ERRCODE = 'check_violation';
    END IF;
END $$ LANGUAGE plpgsql;
CREATE FUNCTION shop_consignmentline_within() RETURNS trigger AS $$
BEGIN
    PERFORM shop_consigned_within(NEW.line_id);
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER shop_consignmentline_within
    AFTER INSERT OR UPDATE ON shop_consignmentline
    FOR EACH ROW EXECUTE FUNCTION shop_consignmentline_within();
CREATE FUNCTION shop_orderline_within() RETURNS trigger AS $$
BEGIN
    PERFORM shop_consigned_within(NEW.id);
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER shop_orderline_within
    AFTER UPDATE OF quantity, cancelled ON shop_orderline
    FOR EACH ROW EXECUTE FUNCTION shop_orderline_within();
"""
CONSIGNED_BACK = """
DROP TRIGGER shop_orderline_within ON shop_orderline;
DROP FUNCTION shop_orderline_within();
DROP TRIGGER shop_consignmentline_within ON shop_consignmentline;
DROP FUNCTION shop_consignmentline_within();
DROP FUNCTION shop_consigned_within(bigint);
"""

CAPTURED = """
CREATE FUNCTION shop_capture_within() RETURNS trigger AS $$
DECLARE
    most integer;
    taken integer;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.payment_id, NEW.amount_pence, NEW.key)
        IS DISTINCT FROM (OLD.payment_id, OLD.amount_pence, OLD.key)
    THEN
        RAISE EXCEPTION 'what a capture takes stands'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT amount_pence INTO most FROM shop_payment
        WHERE id = NEW.payment_id FOR UPDATE;
    SELECT coalesce(sum(amount_pence), 0) INTO taken FROM shop_capture
        WHERE payment_id = NEW.payment_id AND state IN ('asked', 'done');
    IF taken > most THEN
        RAISE EXCEPTION 'more taken of a payment than was agreed'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER shop_capture_within AFTER INSERT OR UPDATE ON shop_capture
    FOR EACH ROW EXECUTE FUNCTION shop_capture_within();
"""
CAPTURED_BACK = """
DROP TRIGGER shop_capture_within ON shop_capture;
DROP FUNCTION shop_capture_within();
"""

REFUNDED = """
CREATE FUNCTION shop_refund_within() RETURNS trigger AS $$
DECLARE
    taken integer;
    given integer;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.payment_id, NEW.order_id, NEW.amount_pence, NEW.key,
                             NEW.asked_by, NEW.needs_second)
        IS DISTINCT FROM (OLD.payment_id, OLD.order_id, OLD.amount_pence, OLD.key,
                          OLD.asked_by, OLD.needs_second)
    THEN
        RAISE EXCEPTION 'what a refund gives back stands'
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM shop_payment WHERE id = NEW.payment_id FOR UPDATE;
    SELECT coalesce(sum(amount_pence), 0) INTO taken FROM shop_capture
        WHERE payment_id = NEW.payment_id AND state = 'done';
    SELECT coalesce(sum(amount_pence), 0) INTO given FROM shop_refund
        WHERE payment_id = NEW.payment_id
        AND state IN ('waiting', 'asked', 'sent', 'done');
    IF given > taken THEN
        RAISE EXCEPTION 'more given back of a payment than was taken'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER shop_refund_within AFTER INSERT OR UPDATE ON shop_refund
    FOR EACH ROW EXECUTE FUNCTION shop_refund_within();
"""
REFUNDED_BACK = """
DROP TRIGGER shop_refund_within ON shop_refund;
DROP FUNCTION shop_refund_within();
"""

RETURNED = """
CREATE FUNCTION shop_returnline_within() RETURNS trigger AS $$
DECLARE
    most integer;
    coming integer;
BEGIN
    SELECT quantity - cancelled INTO most FROM shop_orderline
        WHERE id = NEW.line_id FOR UPDATE;
    SELECT coalesce(sum(rl.quantity), 0) INTO coming FROM shop_returnline rl
        JOIN shop_return r ON r.id = rl.back_id
        WHERE rl.line_id = NEW.line_id
        AND r.state NOT IN ('refused', 'withdrawn');
    IF coming > most THEN
        RAISE EXCEPTION 'more of a line comes back than was sent'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER shop_returnline_within AFTER INSERT OR UPDATE ON shop_returnline
    FOR EACH ROW EXECUTE FUNCTION shop_returnline_within();
"""
RETURNED_BACK = """
DROP TRIGGER shop_returnline_within ON shop_returnline;
DROP FUNCTION shop_returnline_within();
"""


class Migration(migrations.Migration):
    dependencies = [("shop", "0011_after_the_sale")]

    operations = [
        migrations.RunSQL(CONSIGNED, CONSIGNED_BACK),
        migrations.RunSQL(CAPTURED, CAPTURED_BACK),
        migrations.RunSQL(REFUNDED, REFUNDED_BACK),
        migrations.RunSQL(RETURNED, RETURNED_BACK),
    ]
