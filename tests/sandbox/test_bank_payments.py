"""A payment's life at the stand-in bank, driven by Stripe's own client."""

from typing import Any

import pytest
import stripe

from tests.sandbox import schema
from tests.sandbox.customer import DECLINED, SECURE, Bank


def test_a_payment_from_decline_to_refund(bank: Bank, client: Any) -> None:
    session = bank.session()
    assert session.status == "open"
    assert session.payment_status == "unpaid"
    assert session.payment_intent is None

    assert bank.pay(session, DECLINED).status_code == 402
    intent = intent_of(bank, session)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.decline_code == "generic_decline"

    challenge = bank.pay(session, SECURE)
    assert challenge.status_code == 303
    assert intent_of(bank, session).status == "requires_action"
    failed = bank.secure(challenge, "fail")
    assert failed.headers["Location"] == f"/bank/pay/{session.id}"
    error = intent_of(bank, session).last_payment_error
    assert error.code == "payment_intent_authentication_failure"

    passed = bank.secure(bank.pay(session, SECURE), "pass")
    assert passed.status_code == 303
    assert passed.headers["Location"] == (
        f"http://localhost:8000/paid/?session={session.id}"
    )
    session = client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.url) == ("complete", None)
    intent = intent_of(bank, session)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 12999)

    intent = client.v1.payment_intents.capture(
        intent.id, params={"amount_to_capture": 10000}
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 10000)
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.payment_intents.capture(intent.id)
    assert again.value.code == "payment_intent_unexpected_state"

    refund = client.v1.refunds.create(
        params={"payment_intent": intent.id, "amount": 2500}
    )
    assert (refund.status, refund.amount) == ("succeeded", 2500)
    with pytest.raises(stripe.InvalidRequestError, match=r"£80\.00.*£75\.00"):
        client.v1.refunds.create(params={"payment_intent": intent.id, "amount": 8000})
    client.v1.refunds.create(params={"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as spent:
        client.v1.refunds.create(params={"payment_intent": intent.id})
    assert spent.value.code == "charge_already_refunded"

    rows = bank.sandbox.get_json("/bank/ledger.json")
    (row,) = [row for row in rows if row["payment_intent"] == intent.id]
    assert row == {
        "payment_intent": intent.id,
        "amount": 12999,
        "currency": "gbp",
        "status": "succeeded",
        "captured": 10000,
        "refunded": 10000,
        "created": intent.created,
    }


def test_partial_capture_gives_the_rest_back_as_a_refund(
    bank: Bank, client: Any
) -> None:
    intent = intent_of(bank, bank.paid_session())
    client.v1.payment_intents.capture(intent.id, params={"amount_to_capture": 12000})
    charge = client.v1.charges.retrieve(
        intent.latest_charge, params={"expand": ["refunds"]}
    )
    assert (charge.amount_captured, charge.amount_refunded) == (12000, 999)
    assert charge.refunds.data[0].destination_details.card.type == "reversal"
    rows = bank.sandbox.get_json("/bank/ledger.json")
    (row,) = [row for row in rows if row["payment_intent"] == intent.id]
    assert (row["captured"], row["refunded"]) == (12000, 0)


def test_automatic_capture_takes_the_money_at_once(bank: Bank) -> None:
    data = {"capture_method": "automatic"}
    session = bank.session(payment_intent_data=data)
    assert bank.pay(session).status_code == 303
    session = bank.client.v1.checkout.sessions.retrieve(session.id)
    assert session.payment_status == "paid"
    intent = intent_of(bank, session)
    assert (intent.status, intent.amount_received) == ("succeeded", 12999)


def test_cancelling_frees_the_held_money(bank: Bank, client: Any) -> None:
    intent = intent_of(bank, bank.paid_session())
    intent = client.v1.payment_intents.cancel(
        intent.id, params={"cancellation_reason": "requested_by_customer"}
    )
    assert (intent.status, intent.amount_capturable) == ("canceled", 0)
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.refunded, charge.captured) == (True, False)
    for call in (client.v1.payment_intents.cancel, client.v1.payment_intents.capture):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call(intent.id)
        assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        client.v1.refunds.create(params={"payment_intent": intent.id})


def test_capture_cannot_take_more_than_was_authorised(bank: Bank, client: Any) -> None:
    intent = intent_of(bank, bank.paid_session())
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(
            intent.id, params={"amount_to_capture": 13000}
        )
    assert refused.value.code == "amount_too_large"
    assert intent_of(bank, intent).status == "requires_capture"


def test_payment_of_an_open_session_ends_only_by_expiring_it(
    bank: Bank, client: Any
) -> None:
    session = bank.session()
    bank.pay(session, DECLINED)
    intent = intent_of(bank, session)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        client.v1.payment_intents.cancel(intent.id)
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert intent_of(bank, intent).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        client.v1.checkout.sessions.expire(session.id)


def test_session_expires_when_its_time_is_up(bank: Bank, client: Any) -> None:
    now = bank.sandbox.get_json("/bank/clock")["now"]
    session = bank.session(expires_at=now + 1860)
    late = bank.session(expires_at=now + 7200)
    bank.sandbox.post_json("/bank/clock", {"advance": 1900})
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert client.v1.checkout.sessions.retrieve(late.id).status == "open"
    assert bank.pay(session).status_code == 410


def test_authorisation_lapses_after_seven_days(bank: Bank, client: Any) -> None:
    intent = intent_of(bank, bank.paid_session())
    bank.sandbox.post_json("/bank/clock", {"advance": 8 * 24 * 3600})
    intent = intent_of(bank, intent)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")
    assert client.v1.charges.retrieve(intent.latest_charge).refunded


@pytest.mark.parametrize("status", ["paid", "unpaid"])
def test_uncaptured_session_says_what_the_setting_says(bank: Bank, status: str) -> None:
    bank.sandbox.post_json("/bank/settings", {"manual_payment_status": status})
    session = bank.paid_session()
    assert (session.status, session.payment_status) == ("complete", status)
    intent = bank.client.v1.payment_intents.capture(intent_of(bank, session).id)
    assert intent.status == "succeeded"
    session = bank.client.v1.checkout.sessions.retrieve(session.id)
    assert session.payment_status == "paid"


@pytest.mark.parametrize(
    ("number", "code", "decline"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000009979", "card_declined", "stolen_card"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4000000000000119", "processing_error", "processing_error"),
        ("4111111111111111", "card_declined", "test_mode_live_card"),
    ],
)
def test_card_is_declined_with_its_reason(
    bank: Bank, number: str, code: str, decline: str
) -> None:
    session = bank.session()
    assert bank.pay(session, number).status_code == 402
    error = intent_of(bank, session).last_payment_error
    assert (error.code, error.decline_code) == (code, decline)
    assert bank.client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert bank.pay(session).status_code == 303


@pytest.mark.parametrize(
    ("number", "brand", "cvc"),
    [
        ("4242424242424242", "visa", "123"),
        ("4000056655665556", "visa", "123"),
        ("5555555555554444", "mastercard", "123"),
        ("378282246310005", "amex", "1234"),
    ],
)
def test_good_card_pays(bank: Bank, number: str, brand: str, cvc: str) -> None:
    session = bank.session()
    assert bank.pay(session, number, cvc=cvc).status_code == 303
    card = charge_of(bank, session).payment_method_details.card
    assert (card.brand, card.last4) == (brand, number[-4:])


@pytest.mark.parametrize(
    ("number", "line1", "postcode", "cvc"),
    [
        ("4000000000000036", "pass", "fail", "pass"),
        ("4000000000000028", "fail", "pass", "pass"),
        ("4000000000000010", "fail", "fail", "pass"),
        ("4000000000000044", "unavailable", "unavailable", "pass"),
        ("4000000000000101", "pass", "pass", "fail"),
    ],
)
def test_card_pays_and_its_checks_fail(
    bank: Bank, number: str, line1: str, postcode: str, cvc: str
) -> None:
    session = bank.session()
    assert bank.pay(session, number).status_code == 303
    checks = charge_of(bank, session).payment_method_details.card.checks
    assert checks.address_line1_check == line1
    assert checks.address_postal_code_check == postcode
    assert checks.cvc_check == cvc


@pytest.mark.parametrize(
    "number", ["4000002760003184", "4000000000003220", "4000002500003155"]
)
def test_card_asks_for_3d_secure(bank: Bank, number: str) -> None:
    session = bank.session()
    challenge = bank.pay(session, number)
    assert "/bank/3d-secure/" in challenge.headers["Location"]
    assert bank.secure(challenge, "pass").status_code == 303
    secured = charge_of(bank, session).payment_method_details.card.three_d_secure
    assert secured.result == "authenticated"
    # The same answer once more ends where the first one ended.
    again = bank.secure(challenge, "fail")
    assert again.headers["Location"].startswith("http://localhost:8000/paid/")


def test_card_can_be_declined_after_3d_secure(bank: Bank) -> None:
    session = bank.session()
    challenge = bank.pay(session, "4000008400001629")
    answer = bank.secure(challenge, "pass")
    assert answer.headers["Location"] == f"/bank/pay/{session.id}"
    assert intent_of(bank, session).last_payment_error.code == "card_declined"


def test_old_challenge_is_void_once_another_card_is_tried(bank: Bank) -> None:
    session = bank.session()
    old = bank.pay(session, SECURE)
    bank.pay(session, DECLINED)
    assert bank.secure(old, "pass").headers["Location"] == f"/bank/pay/{session.id}"
    assert intent_of(bank, session).status == "requires_payment_method"


def test_every_object_is_as_stripe_describes_it(bank: Bank) -> None:
    """Over all that this module's tests have made, by the raw JSON."""
    session = bank.session()
    bank.pay(session, DECLINED)
    bank.secure(bank.pay(session, SECURE), "pass")
    intent = intent_of(bank, session)
    bank.client.v1.payment_intents.capture(intent.id, params={"amount_to_capture": 1})
    bank.client.v1.refunds.create(params={"payment_intent": intent.id})
    seen: set[str] = set()
    for path in (
        "checkout/sessions",
        "payment_intents",
        "charges",
        "refunds",
        "events",
    ):
        after = ""
        while True:
            query = "?limit=100" + (f"&starting_after={after}" if after else "")
            listing = bank.raw("GET", f"/v1/{path}{query}").json()
            schema.check(listing)
            seen |= {entry.get("type") or path for entry in listing["data"]}
            if not listing["has_more"]:
                break
            after = listing["data"][-1]["id"]
    for path in (
        f"checkout/sessions/{session.id}/line_items",
        f"payment_methods/{intent.payment_method}",
        "checkout/sessions/cs_test_none",
    ):
        schema.check(bank.raw("GET", f"/v1/{path}").json())
    assert {
        "checkout.session.completed",
        "payment_intent.amount_capturable_updated",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "charge.refunded",
    } <= seen


def test_schema_check_notices_a_wrong_object(bank: Bank) -> None:
    """The control: a field too many and a field of the wrong type are both seen."""
    good = bank.raw("GET", f"/v1/checkout/sessions/{bank.session().id}").json()
    assert schema.problems("checkout.session", good) == []
    assert schema.problems("checkout.session", good | {"extra": 1}) != []
    assert schema.problems("checkout.session", good | {"amount_total": "1"}) != []
    assert schema.problems("checkout.session", good | {"status": "done"}) != []


def test_no_card_number_is_written_down(bank: Bank) -> None:
    session = bank.session()
    bank.pay(session, "4000 0000 0000 9995")
    bank.pay(session, "4242-4242-4242-4242")
    bank.sandbox.get_json("/egress.json")
    everything = b"".join(
        path.read_bytes() for path in bank.sandbox.data.iterdir() if path.is_file()
    )
    assert session.id.encode() in everything
    for number in ("4242424242424242", "4000000000009995", "4242-4242", "4242 4242"):
        assert number.encode() not in everything


def intent_of(bank: Bank, subject: Any) -> Any:
    """The payment as it is now, of a session or of itself."""
    identity = subject.id
    if subject.object == "checkout.session":
        session = bank.client.v1.checkout.sessions.retrieve(subject.id)
        identity = session.payment_intent
    return bank.client.v1.payment_intents.retrieve(identity)


def charge_of(bank: Bank, session: Any) -> Any:
    return bank.client.v1.charges.retrieve(intent_of(bank, session).latest_charge)
