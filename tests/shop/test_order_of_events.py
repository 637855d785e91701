"""Events come in any order; the end is the same (R12).

The bank's real answers are taken once at each stage of a scenario. Then its events are
delivered in every order, each not before the bank has reached the stage it tells of.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import requests
from django.db import connection, transaction
from django.test import Client

from newsletter.models import Message
from shop.actions import payments
from shop.clients import bank as client_of_bank
from shop.clients.bank import Session
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
from tests.bank import DECLINED, TestBank
from tests.builders import draft_token, product

pytestmark = pytest.mark.django_db

LEAST_SEQUENCES = 300
Stages = list[Session]
Event = tuple[str, int]  # its type, and the stage of the bank that it tells of


def call(bank: TestBank, path: str) -> None:
    """One of the bank's own hands on a payment, past the shop."""
    answer = requests.post(
        f"{bank.sandbox.base}/bank/v1/{path}",
        headers={"Authorization": f"Bearer {bank.sandbox.api_key}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def pay(bank: TestBank, payment: Payment) -> None:
    assert bank.pay(payment.url).status_code == 303


def decline(bank: TestBank, payment: Payment) -> None:
    assert bank.pay(payment.url, DECLINED).status_code != 303


def expire(bank: TestBank, payment: Payment) -> None:
    call(bank, f"checkout/sessions/{payment.session}/expire")


def intent(bank: TestBank, payment: Payment) -> str:
    found = client_of_bank.retrieve_session(session=str(payment.session), about="")
    return found.intent


def cancel(bank: TestBank, payment: Payment) -> None:
    call(bank, f"payment_intents/{intent(bank, payment)}/cancel")


def capture(bank: TestBank, payment: Payment) -> None:
    call(bank, f"payment_intents/{intent(bank, payment)}/capture")


# What happens at the bank, one stage each; and the events that tell of it.
SCENARIOS: dict[str, tuple[list[Callable[[TestBank, Payment], None]], list[Event]]] = {
    "paid": (
        [pay],
        [
            ("payment_intent.created", 0),
            ("checkout.session.completed", 1),
            ("checkout.session.async_payment_succeeded", 1),
            ("payment_intent.amount_capturable_updated", 1),
        ],
    ),
    "declined, then paid": (
        [decline, pay],
        [
            ("payment_intent.payment_failed", 1),
            ("charge.failed", 1),
            ("checkout.session.completed", 2),
            ("payment_intent.amount_capturable_updated", 2),
        ],
    ),
    "never paid": (
        [decline, expire],
        [
            ("payment_intent.payment_failed", 1),
            ("checkout.session.async_payment_failed", 1),
            ("checkout.session.expired", 2),
            ("payment_intent.canceled", 2),
        ],
    ),
    "paid, then taken back": (
        [pay, cancel],
        [
            ("checkout.session.completed", 1),
            ("checkout.session.async_payment_succeeded", 1),
            ("payment_intent.amount_capturable_updated", 1),
            ("payment_intent.canceled", 2),
            ("charge.refunded", 2),
        ],
    ),
    "paid, captured, disputed": (
        [pay, capture],
        [
            ("checkout.session.completed", 1),
            ("charge.captured", 2),
            ("charge.dispute.created", 2),
            ("charge.dispute.closed", 2),
        ],
    ),
}
ENDS = {
    "paid": (Status.AUTHORISED, PaymentStatus.AUTHORISED, 4),
    "declined, then paid": (Status.AUTHORISED, PaymentStatus.AUTHORISED, 4),
    "never paid": (Status.LAPSED, PaymentStatus.EXPIRED, 5),
    "paid, then taken back": (Status.CANCELLED, PaymentStatus.VOID, 5),
    "paid, captured, disputed": (Status.AUTHORISED, PaymentStatus.CAPTURED, 4),
}


class World:
    """The shop as it was before the first event, to go back to for each order."""

    def __init__(self, bank: TestBank, name: str, patch: pytest.MonkeyPatch) -> None:
        camera: Product = product(stock=5)
        client = Client()
        bank.place(client, draft_token(client, {camera.sku: 1}))
        self.bank = bank
        self.payment = Payment.objects.select_related("order").get()
        happenings, self.events = SCENARIOS[name]
        self.stages: Stages = [self.ask()]
        for happen in happenings:
            happen(bank, self.payment)
            self.stages.append(self.ask())
        self.stage = 0
        # What the bank said at that stage, without asking it a thousand times.
        patch.setattr(
            client_of_bank, "retrieve_session", lambda **_: self.stages[self.stage]
        )
        patch.setattr(client_of_bank, "cancel_intent", lambda **_: None)

    def ask(self) -> Session:
        return client_of_bank.retrieve_session(
            session=str(self.payment.session), about=self.payment.order.about
        )

    def deliver(self, event: Event, number: int) -> None:
        """Take and process an event as the webhook and its task do."""
        kind, _ = event
        of_session = kind.startswith("checkout.session")
        row = payments.take_event(
            event_id=f"evt_{number}",
            type=kind,
            object_id="",
            session=str(self.payment.session) if of_session else "",
            intent="" if of_session else self.stages[-1].intent,
        )
        payments.process_event(event=row)

    def run(self, events: Sequence[Event], *, late: bool) -> dict[str, Any]:
        """Deliver; the end it comes to. `late`: the bank is done before the first."""
        self.stage = len(self.stages) - 1 if late else 0
        seen: list[str] = []
        savepoint = transaction.savepoint()
        try:
            for number, event in enumerate(events):
                self.stage = max(self.stage, event[1])
                self.deliver(event, number)
                seen.append(Order.objects.get().status)
            assert_never_back(seen)
            return self.end()
        finally:
            transaction.savepoint_rollback(savepoint)

    def end(self) -> dict[str, Any]:
        order, payment, row = Order.objects.get(), Payment.objects.get(), stock()
        sold = StockMovement.objects.filter(reason="sold").count()
        assert row.on_hand == 5 - sold + (
            StockMovement.objects.filter(reason="released").count()
        )
        assert OrderEvent.objects.filter(code="authorised").count() <= 1
        assert BankEvent.objects.filter(done_at=None).count() == 0
        return {
            "order": order.status,
            "why": order.closed_why,
            "review": order.review,
            "payment": payment.status,
            "on hand": row.on_hand,
            "held": row.held,
            "last mail": last_mail(),
        }


def stock() -> Stock:
    return Stock.objects.get()


def last_mail() -> str:
    """What was said last; who was told of a cancellation need not hear of a sale."""
    keys = {key.split(":")[0] for key in Message.objects.values_list("key", flat=True)}
    for name in ("payment_cancelled", "sold_out", "confirmation"):
        if name in keys:
            return name
    return ""


def assert_never_back(seen: Sequence[str]) -> None:
    """Once paid, an order waits for no payment again."""
    if Status.AUTHORISED in seen:
        after = seen[list(seen).index(Status.AUTHORISED) :]
        assert set(after) <= {Status.AUTHORISED, Status.CANCELLED}


def sequences(events: Sequence[Event]) -> list[tuple[tuple[Event, ...], bool]]:
    """Every order, as it happens and late; of many events each order one way."""
    orders = list(itertools.permutations(events))
    if len(events) > 4:
        return [(order, index % 2 == 1) for index, order in enumerate(orders)]
    return list(itertools.product(orders, (False, True)))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_order_of_the_events_comes_to_the_same_end(
    bank: TestBank, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(bank, name, monkeypatch)
    expected = world.run(world.events, late=False)
    end = (expected["order"], expected["payment"], expected["on hand"])
    assert end == ENDS[name]
    assert expected["held"] == 0
    for events, late in sequences(world.events):
        assert world.run(events, late=late) == expected, (events, late)


def test_that_is_enough_of_them() -> None:
    number = sum(len(sequences(events)) for _, events in SCENARIOS.values())
    print(f"{number} sequences")
    assert number >= LEAST_SEQUENCES


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_was_asked_early_and_is_applied_late_does_no_harm(
    bank: TestBank, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers: one asked the bank, slept, and goes on with an old answer."""
    world = World(bank, name, monkeypatch)
    expected = world.run(world.events, late=False)
    for answers in itertools.product(world.stages, repeat=3):
        savepoint = transaction.savepoint()
        seen = []
        for answer in answers:
            payments._apply(Payment.objects.get(), answer, "webhook")
            seen.append(Order.objects.get().status)
        world.stage = len(world.stages) - 1
        payments.settle(payment=Payment.objects.get(), by="reconciler")
        seen.append(Order.objects.get().status)
        assert_never_back(seen)
        assert world.end() == expected, answers
        transaction.savepoint_rollback(savepoint)


def test_control_a_shop_that_believes_the_event_itself_is_found_out(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acting on what an event is called, without asking, ends as the last one says."""
    world = World(bank, "paid, then taken back", monkeypatch)
    said = {
        "checkout.session.completed": Status.AUTHORISED,
        "checkout.session.async_payment_succeeded": Status.AUTHORISED,
        "payment_intent.amount_capturable_updated": Status.PENDING,
    }

    def believe(event: Event, number: int) -> None:
        status = said.get(event[0])
        if status:
            Order.objects.update(status=status, authorised_at="2026-01-01T00:00Z")

    monkeypatch.setattr(world, "deliver", believe)
    with connection.cursor() as cursor:  # the database refuses to go back, too (R6)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE shop_order DISABLE TRIGGER shop_order_moves")
    ends = set()
    went_back = 0
    for events, _ in sequences(world.events):
        try:
            ends.add(world.run(events, late=False)["order"])
        except AssertionError:
            went_back += 1
    assert len(ends) > 1 or went_back
