"""Webhooks of the stand-in bank: signed, sent again, and disturbed on demand."""

import json
import time

import pytest
import stripe

from tests.sandbox.customer import DECLINED, Bank
from tests.sandbox.receiver import Receiver


def kinds(bank: Bank, receiver: Receiver) -> list[str]:
    return [event.type for event in receiver.events(bank.sandbox.webhook_secret)]


def test_a_payment_is_told_by_signed_webhooks(bank: Bank, receiver: Receiver) -> None:
    session = bank.session()
    bank.pay(session, DECLINED)
    bank.pay(session)
    receiver.wait_for(3)
    intent = bank.client.v1.checkout.sessions.retrieve(session.id).payment_intent
    bank.client.v1.payment_intents.capture(str(intent))
    bank.client.v1.refunds.create(params={"payment_intent": str(intent)})
    receiver.wait_for(7)
    assert kinds(bank, receiver) == [
        "payment_intent.payment_failed",
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
        "charge.captured",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    headers, body = receiver.got[0]
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    with pytest.raises(stripe.SignatureVerificationError):
        bank.client.construct_event(body, headers["Stripe-Signature"], "whsec_other")
    event = json.loads(receiver.got[3][1])
    assert event["request"]["id"].startswith("req_")
    kept = bank.client.v1.events.retrieve(event["id"])
    assert kept.data.object["id"] == event["data"]["object"]["id"]


def test_expiry_and_cancellation_are_told(bank: Bank, receiver: Receiver) -> None:
    now = bank.sandbox.get_json("/bank/clock")["now"]
    bank.session(expires_at=now + 1900)
    paid = bank.paid_session()
    receiver.wait_for(2)
    bank.client.v1.payment_intents.cancel(str(paid.payment_intent))
    bank.sandbox.post_json("/bank/clock", {"advance": 2000})
    receiver.wait_for(5)
    assert kinds(bank, receiver)[2:] == [
        "charge.refunded",
        "payment_intent.canceled",
        "checkout.session.expired",
    ]


def test_webhook_is_sent_again_until_it_is_taken(
    bank: Bank, receiver: Receiver
) -> None:
    receiver.answer = lambda number: (500, 404, 302, 200)[min(number, 3)]
    now = bank.sandbox.get_json("/bank/clock")["now"]
    session = bank.session(expires_at=now + 1900)
    bank.client.v1.checkout.sessions.expire(session.id)
    receiver.wait_for(4)
    events = receiver.events(bank.sandbox.webhook_secret)
    assert len({event.id for event in events}) == 1
    # At least the planned pauses lay between: 50, 100 and 200 ms.
    time.sleep(0.5)
    assert len(receiver.got) == 4
    delivery = bank.sandbox.get_json("/bank/webhooks.json")[-1]
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 4)
    assert bank.client.v1.events.retrieve(events[0].id).pending_webhooks == 0


def test_duplicates_on_demand(bank: Bank, receiver: Receiver) -> None:
    bank.sandbox.fault(party="bank", kind="duplicate_webhooks", copies=5, count=1)
    bank.client.v1.checkout.sessions.expire(bank.session().id)
    receiver.wait_for(5)
    events = receiver.events(bank.sandbox.webhook_secret)
    assert len({event.id for event in events}) == 1
    bank.client.v1.checkout.sessions.expire(bank.session().id)
    receiver.wait_for(6)
    time.sleep(0.2)
    assert len(receiver.got) == 6


def test_dropped_webhooks_leave_their_events(bank: Bank, receiver: Receiver) -> None:
    bank.sandbox.fault(
        party="bank", kind="drop_webhooks", path="checkout.session.expired"
    )
    session = bank.session()
    bank.client.v1.checkout.sessions.expire(session.id)
    time.sleep(0.3)
    assert receiver.got == []
    event = bank.client.v1.events.list(params={"limit": 1}).data[0]
    assert event.type == "checkout.session.expired"
    bank.paid_session()
    receiver.wait_for(2)
    assert "checkout.session.expired" not in kinds(bank, receiver)
    bank.sandbox.clear_faults()
    bank.client.v1.checkout.sessions.expire(bank.session().id)
    receiver.wait_for(3)


def test_share_of_webhooks_is_dropped(bank: Bank, receiver: Receiver) -> None:
    bank.sandbox.fault(party="bank", kind="drop_webhooks", rate=0.5)
    for _ in range(40):
        bank.client.v1.checkout.sessions.expire(bank.session().id)
    bank.sandbox.clear_faults()
    bank.client.v1.checkout.sessions.expire(bank.session().id)
    states = [one["state"] for one in bank.sandbox.get_json("/bank/webhooks.json")]
    # 40 tosses of a coin: outside of this once in 10 million times.
    assert 4 < states[-41:].count("dropped") < 36


def test_shuffled_webhooks_all_come_in_another_order(
    bank: Bank, receiver: Receiver
) -> None:
    bank.sandbox.fault(party="bank", kind="shuffle_webhooks", seconds=0.5)
    sent = []
    for _ in range(20):
        session = bank.session()
        bank.client.v1.checkout.sessions.expire(session.id)
        sent.append(session.id)
    receiver.wait_for(20)
    events = receiver.events(bank.sandbox.webhook_secret)
    came = [event.data.object["id"] for event in events]
    assert came != sent
    assert sorted(came) == sorted(sent)


def test_any_event_can_be_told_about_any_object(bank: Bank, receiver: Receiver) -> None:
    """For what the bank never does by itself, such as late payment methods."""
    session = bank.paid_session()
    receiver.wait_for(2)
    bank.sandbox.post_json(
        "/bank/emit",
        {"type": "checkout.session.async_payment_failed", "id": session.id},
    )
    receiver.wait_for(3)
    assert kinds(bank, receiver)[-1] == "checkout.session.async_payment_failed"
