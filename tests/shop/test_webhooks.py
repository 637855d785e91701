"""What only the bank can have sent is believed worth asking about (R10, R11)."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as current
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st
from pytest_django import Settings

from newsletter.models import Message
from shop.actions import payments
from shop.clients import bank as bank_client
from shop.models import (
    BankEvent,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Product,
    Status,
    Stock,
    StockMovement,
)
from shop.views import webhooks
from tests.bank import TestBank
from tests.builders import draft_token, product
from tests.concurrency.race import outcomes

OLD = "whsec_before_the_roll"
BODY = json.dumps(
    {
        "id": "evt_genuine",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": {"object": "checkout.session", "id": "cs_unknown"}},
    },
    indent=2,
).encode()


def v0(header: str) -> str:
    return header.replace("v1=", "v0=")


def two_v1(header: str) -> str:
    moment, good = header.split(",")
    return f"{moment},v1={'0' * 64},{good}"


def reserialised(body: bytes) -> bytes:
    return json.dumps(json.loads(body)).encode()


def deep(levels: int = 10_000) -> bytes:
    return b'{"data": ' + b"[" * levels + b"]" * levels + b"}"


# What each case sends: a body, and the signature of it; and what the shop answers.
Case = tuple[Callable[[TestBank], tuple[bytes, str | None]], int]
CASES: dict[str, Case] = {
    "genuine": (lambda b: (BODY, b.signed(BODY)), 200),
    "two v1, one of them right": (lambda b: (BODY, two_v1(b.signed(BODY))), 200),
    "299 seconds old": (lambda b: (BODY, b.signed(BODY, at=-297)), 200),
    "no header": (lambda b: (BODY, None), 400),
    "wrong secret": (lambda b: (BODY, b.signed(BODY, secret="whsec_x")), 400),
    "a byte more": (lambda b: (BODY + b" ", b.signed(BODY)), 400),
    "written anew": (lambda b: (reserialised(BODY), b.signed(BODY)), 400),
    "301 seconds old": (lambda b: (BODY, b.signed(BODY, at=-301)), 400),
    "an hour ahead": (lambda b: (BODY, b.signed(BODY, at=3600)), 400),
    "v0 only": (lambda b: (BODY, v0(b.signed(BODY))), 400),
    "bad UTF-8": (lambda b: (b"\xff" + BODY, b.signed(b"\xff" + BODY)), 400),
    "10 000 levels deep": (lambda b: (deep(), b.signed(deep())), 400),
    "1 MB": (lambda b: (b" " * 2**20 + BODY, b.signed(b" " * 2**20 + BODY)), 413),
    "no object in it": (lambda b: (b"{}", b.signed(b"{}")), 400),
    "a list": (lambda b: (b"[]", b.signed(b"[]")), 400),
    "NUL in its id": (
        lambda b: (
            BODY.replace(b"genuine", b"\\u0000"),
            b.signed(BODY.replace(b"genuine", b"\\u0000")),
        ),
        400,
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", CASES)
def test_only_a_genuine_event_is_taken(
    client: Client, bank: TestBank, name: str
) -> None:
    make, expected = CASES[name]
    body, signature = make(bank)
    with CaptureQueriesContext(connection) as queries:
        assert bank.post(client, body, signature) == expected
    if expected == 200:
        assert BankEvent.objects.get().event_id == "evt_genuine"
    else:
        assert not queries.captured_queries
        assert not BankEvent.objects.exists()


@pytest.mark.django_db
def test_the_old_secret_counts_while_it_is_being_rolled_and_not_after(
    client: Client, bank: TestBank, settings: Settings
) -> None:
    signature = bank.signed(BODY, secret=OLD)
    settings.STRIPE_WEBHOOK_SECRET_OLD = OLD
    assert bank.post(client, BODY, signature) == 200
    assert bank.post(client, BODY, bank.signed(BODY)) == 200
    settings.STRIPE_WEBHOOK_SECRET_OLD = ""
    with CaptureQueriesContext(connection) as queries:
        assert bank.post(client, BODY, signature) == 400
    assert not queries.captured_queries


def test_it_cannot_be_read_and_reading_asks_the_database_nothing(
    client: Client,
) -> None:
    # Without the django_db mark any query at all would fail here.
    assert client.get("/webhooks/stripe/").status_code == 405
    assert client.head("/webhooks/stripe/").status_code == 405
    assert client.delete("/webhooks/stripe/").status_code == 405


headers = st.lists(
    st.tuples(st.sampled_from(["t", "v1", "v0", "", "é"]), st.text(max_size=70))
).map(lambda pairs: ",".join("=".join(pair) for pair in pairs))


@run(max_examples=100, deadline=None)
@given(st.one_of(headers, st.text()), st.binary(min_size=1, max_size=200))
def test_whatever_is_sent_is_refused_and_never_an_error(
    header: str, body: bytes
) -> None:
    shown = header.encode("utf-8").decode("latin-1")
    shown = "".join(c for c in shown if c not in "\r\n\0")
    answer = Client().post(
        "/webhooks/stripe/",
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": shown},
    )
    assert answer.status_code == 400


@pytest.mark.django_db
def test_genuine_events_are_answered_quickly(client: Client, bank: TestBank) -> None:
    took = []
    for number in range(100):
        event = json.loads(BODY) | {"id": f"evt_{number}"}
        started = time.perf_counter()
        assert bank.tell(client, event) == 200
        took.append(time.perf_counter() - started)
    p95 = sorted(took)[94]
    print(f"p95 of a webhook in-process: {p95 * 1000:.1f} ms")
    assert p95 < 0.2


# --- the same without the checks ------------------------------------------------------


@pytest.mark.django_db
def test_control_the_banks_own_package_takes_what_is_dated_ahead(
    client: Client, bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case "an hour ahead" fails with stripe-python's check alone."""
    import stripe

    def theirs(body: str, header: str, now: object) -> bool:
        try:
            stripe.WebhookSignature.verify_header(
                body, header, current.STRIPE_WEBHOOK_SECRET, 300
            )
        except stripe.SignatureVerificationError:
            return False
        return True

    monkeypatch.setattr(webhooks, "signature_is_good", theirs)
    assert bank.post(client, BODY, bank.signed(BODY, at=3600)) == 200


@pytest.mark.django_db
def test_control_without_the_signature_every_forgery_would_be_taken(
    client: Client, bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "signature_is_good", lambda *_: True)
    forged = [
        make(bank)
        for name, (make, _) in CASES.items()
        if name in ("no header", "wrong secret", "a byte more", "301 seconds old")
    ]
    assert {bank.post(client, *sent) for sent in forged} == {200}
    assert BankEvent.objects.exists()


# --- duplicates (R11); by HTTP in tests/concurrency/test_duplicates.py ----------------


@pytest.fixture
def paid(client: Client, bank: TestBank, transactional_db: None) -> Payment:
    """A payment that was paid at the bank, and of which the shop knows nothing yet."""
    camera: Product = product(stock=3)
    bank.pay(bank.place(client, draft_token(client, {camera.sku: 1})))
    return Payment.objects.select_related("order").get()


def counts() -> dict[str, Any]:
    return {
        "paid": Order.objects.filter(status=Status.AUTHORISED).count(),
        "mails": Message.objects.count(),
        "sold": StockMovement.objects.filter(reason="sold").count(),
        "audit": OrderEvent.objects.filter(code="authorised").count(),
        "left": Stock.objects.get().on_hand,
    }


ONCE = {"paid": 1, "mails": 1, "sold": 1, "audit": 1, "left": 2}


@pytest.mark.django_db(transaction=True)
def test_eight_who_settle_at_once_are_one(paid: Payment) -> None:
    results = outcomes(
        lambda _: payments.settle(payment=Payment.objects.get(), by="webhook"),
        range(8),
    )
    assert [p.status for p in results if isinstance(p, Payment)] == (
        [PaymentStatus.AUTHORISED] * 8
    )
    assert counts() == ONCE


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_they_get_in_each_others_way(
    paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left then are the unique rows of stock and mail, as errors."""
    meet = threading.Barrier(8, timeout=20)

    def lock(payment: Payment) -> tuple[Order, Payment]:
        found = Payment.objects.select_related("order").get(pk=payment.pk)
        meet.wait()
        return found.order, found

    monkeypatch.setattr(payments, "_lock", lock)
    results = outcomes(
        lambda _: payments.settle(payment=Payment.objects.get(), by="webhook"),
        range(8),
    )
    assert any(isinstance(result, Exception) for result in results)


@pytest.mark.django_db(transaction=True)
def test_a_webhook_asks_the_bank_and_does_not_believe_itself(
    client: Client, bank: TestBank
) -> None:
    """A signed event about a session that nobody paid changes nothing."""
    camera = product(stock=3)
    bank.place(client, draft_token(client, {camera.sku: 1}))
    payment = Payment.objects.get()
    found = {
        "object": "checkout.session",
        "id": payment.session,
        "status": "complete",
        "payment_status": "paid",
    }
    assert bank.tell(client, bank.event("checkout.session.completed", found)) == 200
    assert BankEvent.objects.get().outcome == "settled"
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.OPEN
    assert Order.objects.get().status == Status.PENDING


@pytest.mark.django_db(transaction=True)
def test_a_bank_out_of_reach_leaves_the_event_for_the_sweep(
    client: Client, bank: TestBank, paid: Payment, settings: Settings
) -> None:
    there, nowhere = settings.STRIPE_API_BASE, "http://127.0.0.1:1/bank"
    settings.STRIPE_API_BASE = nowhere
    found = {"object": "checkout.session", "id": paid.session}
    assert bank.tell(client, bank.event("checkout.session.completed", found)) == 200
    event = BankEvent.objects.get()
    assert (event.done_at, event.attempts) == (None, 1)
    with pytest.raises(bank_client.BankUnavailable):
        payments.process_event(event=event)
    settings.STRIPE_API_BASE = there
    payments.process_event(event=event)
    event.refresh_from_db()
    assert event.outcome == "settled"
    assert counts() == ONCE
