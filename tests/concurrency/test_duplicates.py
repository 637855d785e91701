"""Told a hundred times and asked twenty times at once, the shop sells once (R11)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.models import Message
from shop.models import (
    BankEvent,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Status,
    Stock,
    StockMovement,
)
from tests.builders import product
from tests.concurrency.race import Shop, at_once, at_review, order_of

pytestmark = pytest.mark.django_db(transaction=True)

COPIES = 100
PARALLEL = 50
RETURNS = 20


def test_every_event_a_hundred_times_and_the_return_twenty_times(shop: Shop) -> None:
    camera = product(stock=3)
    buyer = at_review({camera.sku: 1})
    shop.bank.sandbox.fault(party="bank", kind="drop_webhooks")
    answer = shop.bank.pay(shop.press(buyer).location)
    payment = Payment.objects.get()
    assert payment.status == PaymentStatus.OPEN

    session = {"object": "checkout.session", "id": payment.session}
    entry = shop.bank.ledger()[-1]
    intent = {"object": "payment_intent", "id": entry["payment_intent"]}
    kinds = [
        ("evt_completed", "checkout.session.completed", session),
        ("evt_capturable", "payment_intent.amount_capturable_updated", intent),
    ]
    # The same fact under other names too.
    kinds += [
        (f"evt_other_{n}", "checkout.session.completed", session) for n in range(20)
    ]
    path = answer.headers["Location"].removeprefix(shop.server.url)

    def tell(event: dict[str, Any]) -> int:
        body = json.dumps(event).encode()
        headers = {
            "Content-Type": "application/json",
            "Stripe-Signature": shop.bank.signed(body),
        }
        return shop.send("POST", "/webhooks/stripe/", body=body, headers=headers).status

    events = [shop.bank.event(kind, about, name) for name, kind, about in kinds]
    jobs: list[Callable[[], int]] = [
        *[lambda e=event: tell(e) for event in events[:2] for _ in range(COPIES)],
        *[lambda e=event: tell(e) for event in events[2:]],
        *[
            lambda: shop.send("GET", path, trolley=buyer.trolley).status
            for _ in range(RETURNS)
        ],
    ]
    # Spread, so that returns and different events are under way at the same time.
    spread = [jobs[n::PARALLEL] for n in range(PARALLEL)]
    statuses = [
        status
        for found in at_once(lambda mine: [job() for job in mine], spread)
        for status in found
    ]
    assert statuses.count(303) == RETURNS
    assert statuses.count(200) == len(statuses) - RETURNS == 2 * COPIES + 20

    shop.bank.sandbox.clear_faults()
    shop.rest()
    order = order_of(buyer)
    assert order.status == Status.AUTHORISED
    assert Payment.objects.get().status == PaymentStatus.AUTHORISED
    assert OrderEvent.objects.filter(code="authorised").count() == 1
    assert Message.objects.count() == 1
    assert StockMovement.objects.filter(reason="sold").count() == 1
    row = Stock.objects.get(pk=camera.pk)
    assert (row.on_hand, row.held) == (2, 0)
    assert Order.objects.count() == 1
    assert BankEvent.objects.count() == len(events)
    assert set(BankEvent.objects.values_list("outcome", flat=True)) <= {
        "settled",
        "unknown",  # an intent that was told of before we knew its name
    }
