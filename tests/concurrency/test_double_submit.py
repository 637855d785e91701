"""Pressing twice, or again after a lost answer, makes one order (R7)."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from shop.actions import orders, payments
from shop.clients.bank import BankUnavailable
from shop.models import (
    Hold,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Product,
    Status,
    Stock,
)
from tests.builders import PRIYA, product
from tests.concurrency.race import (
    Answer,
    Buyer,
    Shop,
    at_once,
    at_page,
    at_review,
    connected,
    order_of,
    outcomes,
)

pytestmark = pytest.mark.django_db(transaction=True)

PRESSES = 20


@pytest.fixture
def camera() -> Product:
    return product(stock=5)


def sessions(shop: Shop, reference: str) -> list[dict[str, Any]]:
    """The bank's own list of the sessions it opened for a reference."""
    answer = requests.get(
        f"{shop.bank.sandbox.base}/bank/v1/checkout/sessions",
        params={"limit": "100"},
        headers={"Authorization": f"Bearer {shop.bank.sandbox.api_key}"},
        timeout=10,
    )
    return [
        found
        for found in answer.json()["data"]
        if found["client_reference_id"] == reference
    ]


def assert_one_order(shop: Shop, buyer: Buyer, thing: Product) -> Payment:
    payment = Payment.objects.get(order__token=buyer.token)
    assert [s["id"] for s in sessions(shop, payment.reference)] == [payment.session]
    assert Order.objects.count() == 1
    assert OrderEvent.objects.filter(code="placed").count() == 1
    row = Stock.objects.get(pk=thing.pk)
    assert row.held + (5 - row.on_hand) == 1
    return payment


def test_the_button_pressed_twenty_times_at_once(shop: Shop, camera: Product) -> None:
    buyer = at_review({camera.sku: 1})
    at_once(lambda _: shop.press(buyer), range(PRESSES))
    assert [answer.status for answer in buyer.answers] == [303] * PRESSES
    payment = assert_one_order(shop, buyer, camera)
    assert {answer.location for answer in buyer.answers} == {payment.url}


def test_the_form_sent_twenty_times_at_once(shop: Shop, camera: Product) -> None:
    trolley = {camera.sku: 1}
    page = shop.send("GET", "/checkout/", trolley=trolley)
    found = re.search(r'name="attempt" value="([^"]+)"', page.body)
    assert found
    typed = {**PRIYA, "attempt": found[1]}
    answers: list[Answer] = at_once(
        lambda _: shop.post("/checkout/", typed, trolley), range(PRESSES)
    )
    assert [answer.status for answer in answers] == [303] * PRESSES
    assert len({answer.location for answer in answers}) == 1
    order = Order.objects.get()
    assert [(line.sku, line.quantity) for line in order.lines.all()] == [
        (camera.sku, 1)
    ]


def gunicorn_workers(shop: Shop) -> list[int]:
    children = Path(f"/proc/{shop.server.web.pid}/task/{shop.server.web.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def until(ready: Callable[[], bool], limit: float = 20.0) -> None:
    deadline = time.monotonic() + limit
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_killed_between_commit_and_answer_then_pressed_again(
    shop: Shop, camera: Product
) -> None:
    buyer = at_review({camera.sku: 1})
    # The order is committed before the bank is asked; the bank takes its time.
    shop.bank.sandbox.fault(party="bank", kind="latency", seconds=4, path="/sessions")
    lost: list[Exception] = []

    def press() -> None:
        try:
            shop.press(buyer)
        except OSError as error:
            lost.append(error)

    thread = threading.Thread(target=press)
    thread.start()
    until(Payment.objects.exists)
    old = gunicorn_workers(shop)
    assert len(old) == 2
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    thread.join()
    assert len(lost) == 1  # a reset connection, and no answer
    assert not buyer.answers
    assert order_of(buyer).status == Status.PENDING
    shop.bank.sandbox.clear_faults()
    until(lambda: len(set(gunicorn_workers(shop)) - set(old)) == 2)

    answer = shop.press(buyer)
    assert answer.status == 303, answer.body
    payment = assert_one_order(shop, buyer, camera)
    assert answer.location == payment.url
    assert Hold.objects.get().quantity == 1


def test_the_banks_answer_lost_then_pressed_again(shop: Shop, camera: Product) -> None:
    buyer = at_review({camera.sku: 1})
    shop.bank.sandbox.fault(party="bank", kind="lost_answer", count=1, path="/sessions")
    assert shop.press(buyer).status == 503
    assert shop.press(buyer).status == 303
    assert_one_order(shop, buyer, camera)


def test_pressed_again_after_the_back_button(shop: Shop, camera: Product) -> None:
    """Back from the bank's page, and back once more after paying."""
    buyer = at_review({camera.sku: 1})
    first = shop.press(buyer)
    review = f"/orders/{buyer.token}/review/"
    assert shop.send("GET", review, trolley=buyer.trolley).status == 200
    assert shop.press(buyer).location == first.location

    assert shop.bank.pay(first.location).status_code == 303
    again = shop.press(buyer)
    assert again.status == 303
    shop.rest()
    page = f"/orders/{buyer.token}/"
    assert shop.press(buyer).location == page
    assert shop.send("GET", review, trolley=buyer.trolley).location == page
    payment = assert_one_order(shop, buyer, camera)
    assert payment.status == PaymentStatus.AUTHORISED


def test_the_form_sent_again_after_paying_leads_to_the_order(
    shop: Shop, camera: Product
) -> None:
    trolley = {camera.sku: 1}
    typed = {**PRIYA, "attempt": "a" * 32}
    location = shop.post("/checkout/", typed, trolley).location
    buyer = at_page(shop, location, trolley)
    assert shop.bank.pay(shop.press(buyer).location).status_code == 303
    shop.rest()
    again = shop.post("/checkout/", typed, trolley)
    assert again.location == location
    answer = shop.send("GET", location, trolley=trolley)
    assert answer.location == f"/orders/{buyer.token}/"
    assert_one_order(shop, buyer, camera)


# --- the same with the protections taken away -----------------------------------------


def test_control_without_the_orders_lock_the_constraint_must_refuse(
    camera: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the order's row: of two payments the database refuses one."""
    monkeypatch.setattr(
        Order.objects, "select_for_update", lambda *_, **__: Order.objects.all()
    )
    buyer = at_review({camera.sku: 1})
    order = order_of(buyer)
    results = outcomes(
        lambda _: orders.place(order=order, sure=True), range(8), ready=connected
    )
    assert any(isinstance(result, Exception) for result in results)
    assert Payment.objects.count() == 1


def test_control_with_a_new_key_each_time_the_bank_opens_more_sessions(
    shop: Shop, camera: Product, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Without the kept idempotency key a lost answer costs a second session."""
    settings.STRIPE_API_BASE = f"{shop.bank.sandbox.base}/bank"
    settings.STRIPE_CHECKOUT_ORIGIN = shop.bank.sandbox.base
    settings.STRIPE_API_KEY = shop.bank.sandbox.api_key
    buyer = at_review({camera.sku: 1})
    payment = orders.place(order=order_of(buyer), sure=True)
    keys = iter(["first", "second"])
    monkeypatch.setattr(
        Payment,
        "idempotency_key",
        property(lambda self: f"{self.reference}-{next(keys)}"),
    )
    shop.bank.sandbox.fault(party="bank", kind="lost_answer", count=1, path="/sessions")
    with pytest.raises(BankUnavailable):
        payments.open_session(payment=payment)
    payments.open_session(payment=payment)
    assert len(sessions(shop, payment.reference)) == 2
