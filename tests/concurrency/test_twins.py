"""Two windows' payments settled at the same moment: one order is kept (R7)."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from newsletter.models import Message
from shop.actions import orders, payments, stock
from shop.models import Order, Payment, PaymentStatus, Product, Status, Stock
from tests.builders import product
from tests.concurrency.race import (
    Buyer,
    Shop,
    at_once,
    at_review,
    connected,
    one_value,
    outcomes,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8
WINDOWS = 2
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def paid_in(shop: Shop, thing: Product, windows: int, name: str) -> list[str]:
    """Fill in the same form in so many windows and pay in each, the bank telling none.

    Out: the address on which each window comes back.
    """
    buyers: list[Buyer] = [
        at_review({thing.sku: 1}, full_name=name, email="twins@example.co.uk")
        for _ in range(windows)
    ]
    pages = [shop.press(buyer).location for buyer in buyers]
    answers = [shop.bank.pay(page) for page in pages]
    return [
        answer.headers["Location"].removeprefix(shop.server.url) for answer in answers
    ]


def assert_one_is_kept(shop: Shop, name: str, windows: int, thing: Product) -> None:
    named = [order.pk for order in Order.objects.all() if order.full_name == name]
    found = Order.objects.filter(pk__in=named)
    kept = found.get(status=Status.AUTHORISED)
    back = found.exclude(pk=kept.pk)
    assert list(back.values_list("status", "closed_why")) == (
        [(Status.CANCELLED, "twin")] * (windows - 1)
    )
    assert "twin" not in kept.review_codes
    row = Stock.objects.get(pk=thing.pk)
    assert (row.on_hand, row.held) == (4, 0)
    at_bank = {row["payment_intent"]: row["status"] for row in shop.bank.ledger()}
    for order in found:
        payment = order.payments.get()
        mail = Message.objects.get(about=order.about)
        if order == kept:
            assert at_bank[payment.intent] == "requires_capture"
            assert mail.key.startswith("confirmation:")
        else:
            assert payment.status == PaymentStatus.VOID
            assert at_bank[payment.intent] == "canceled"
            assert mail.key.startswith("twin:")
            assert kept.number in mail.text


def test_windows_that_come_back_at_the_same_moment(shop: Shop) -> None:
    for number in range(ROUNDS):
        windows = WINDOWS + number % 2
        name = f"Window {'ABCDEFGH'[number]}"
        thing = product(stock=5)
        shop.bank.sandbox.fault(party="bank", kind="drop_webhooks")
        doors = paid_in(shop, thing, windows, name)
        # Each window twice: its own return, pressed again at once.
        answers = at_once(lambda door: shop.send("GET", door), doors * 2)
        assert {answer.status for answer in answers} == {303}
        shop.bank.sandbox.clear_faults()
        shop.rest()
        assert_one_is_kept(shop, name, windows, thing)


def test_the_banks_webhooks_come_at_the_same_moment(shop: Shop) -> None:
    """The worker and both windows settle whatever they hear of first."""
    for number in range(ROUNDS // 2):
        name = f"Webhook {'ABCD'[number]}"
        thing = product(stock=5)
        doors = paid_in(shop, thing, WINDOWS, name)
        at_once(lambda door: shop.send("GET", door), doors)
        shop.rest()
        assert_one_is_kept(shop, name, WINDOWS, thing)


# --- the same with the lock, and without it -------------------------------------------


@contextmanager
def stock_is_busy(thing: Product) -> Iterator[threading.Event]:
    """Somebody else has the goods' row until told to let go: a moment made long."""
    taken, let_go = threading.Event(), threading.Event()

    def keep() -> None:
        try:
            with transaction.atomic():
                stock.lock([thing.pk])
                taken.set()
                let_go.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        assert taken.wait(10)
        yield let_go
    finally:
        let_go.set()
        thread.join()


def settle_both(shop: Shop, settings: Any) -> set[str]:
    """Settle two twins in two threads that stand side by side; how the orders end."""
    settings.STRIPE_API_BASE = f"{shop.bank.sandbox.base}/bank"
    settings.STRIPE_CHECKOUT_ORIGIN = shop.bank.sandbox.base
    settings.STRIPE_API_KEY = shop.bank.sandbox.api_key
    thing = product(stock=5)
    shop.bank.sandbox.fault(party="bank", kind="drop_webhooks")
    paid_in(shop, thing, WINDOWS, "Both Windows")
    both = list(Payment.objects.select_related("order"))
    assert len(both) == WINDOWS
    with stock_is_busy(thing) as let_go:

        def release() -> None:
            deadline = time.monotonic() + 1.5  # within the shop's own lock_timeout
            while one_value(WAITING) < WINDOWS and time.monotonic() < deadline:
                time.sleep(0.01)
            let_go.set()

        def settle(payment: Payment | None) -> None:
            if payment is None:
                release()
            else:
                payments.settle(payment=payment, by="webhook")

        results = outcomes(settle, [*both, None], ready=connected)
    assert results == [None] * (WINDOWS + 1)
    # Nobody wakes the worker for what was queued in this process.
    Message.objects.all().delete()
    return set(Order.objects.values_list("status", flat=True))


def test_side_by_side_one_waits_for_the_other(shop: Shop, settings: Any) -> None:
    assert settle_both(shop, settings) == {Status.AUTHORISED, Status.CANCELLED}


def test_control_without_taking_turns_each_misses_the_other(
    shop: Shop, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "take_turns", lambda order: None)
    assert settle_both(shop, settings) == {Status.AUTHORISED}
