"""Staff, a buyer and a worker press at the same moment, after the sale (issue 6)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from shop.actions import cancelling, captures, dispatch, refunds
from shop.actions.carriers import CARRIERS
from shop.models import (
    Capture,
    Consignment,
    Manifest,
    Order,
    OrderLine,
    Payment,
    Refund,
    Stock,
    StockMovement,
)
from tests.builders import product
from tests.concurrency.race import connected, outcomes
from tests.shop.sale_cast import hand_over, paid, parcel

pytestmark = pytest.mark.django_db(transaction=True)

BY = "staff:1"
Act = Callable[[], Any]


def race(*acts: Act) -> list[Any]:
    return outcomes(lambda act: act(), acts, ready=connected)


def taken(order: Order) -> None:
    Capture.objects.filter(payment__order=order).update(
        state="done", done_at=timezone.now()
    )
    Payment.objects.filter(order=order).update(status="captured")


@pytest.mark.parametrize("turn", range(3))
def test_the_van_and_the_buyers_cancelling(turn: int) -> None:
    thing = product(price=34_900, stock=10)
    order = paid({thing: 2})
    box = parcel(order)
    race(
        lambda: dispatch.hand_over(consignment=box, by=BY),
        lambda: cancelling.cancel(order=order, by="customer"),
    )
    order.refresh_from_db()
    box.refresh_from_db()
    here = Stock.objects.get(pk=thing.pk).on_hand
    ends = (order.status, box.state, Capture.objects.count(), here)
    assert ends in {
        ("authorised", "handed-over", 1, 8),
        ("cancelled", "cancelled", 0, 10),
    }


def test_the_day_is_closed_once_by_two_people(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        box = parcel(paid({product(): 1}))
        box.booking = f"JP{box.pk}"
        box.save(update_fields=["booking"])
    carrier = CARRIERS["courier"]
    monkeypatch.setattr(carrier, "manifest", lambda numbers, about: "MF1")
    found = race(*[lambda: dispatch.close_day(carrier="courier", by=BY)] * 2)
    assert not Consignment.objects.exclude(state="handed-over").exists()
    assert Capture.objects.count() == 3
    assert all(isinstance(one, Manifest | dispatch.NotPossible) for one in found)
    assert all(one.consignments.exists() for one in Manifest.objects.all())


def test_a_rest_is_cancelled_once_and_paid_back_once() -> None:
    thing = product(price=34_900, stock=10)
    order = paid({thing: 3})
    captures.ask_early(order=order, by=BY)
    taken(order)
    line = order.lines.get()

    def cancel() -> Order:
        return cancelling.cancel_rest(order=order, pieces={line.pk: 2}, by=BY)

    def start() -> Consignment:
        return dispatch.start(order=order, by=BY, quantities={line.pk: 3})

    found = race(cancel, cancel, start)
    line = OrderLine.objects.get(pk=line.pk)
    refunded = list(Refund.objects.values_list("amount_pence", flat=True))
    here = Stock.objects.get(pk=thing.pk).on_hand
    boxes = Consignment.objects.count()
    assert (line.cancelled, refunded, here, boxes) in [
        (2, [69_800], 9, 0),
        (0, [], 7, 1),
    ], found


def test_agreed_to_and_refused_at_once_is_one_of_them() -> None:
    order = paid({product(price=34_900): 1})
    hand_over(parcel(order))
    taken(order)
    refund = refunds.ask(
        order=order,
        pence=30_000,
        reason=Refund.Reason.GOODWILL,
        by=BY,
        limit=25_000,
        attempt="w" * 24,
    )
    found = race(
        lambda: refunds.approve(refund=refund, by="staff:2"),
        lambda: refunds.refuse(refund=refund, by="staff:3"),
        lambda: refunds.approve(refund=refund, by="staff:4"),
    )
    refund.refresh_from_db()
    assert refund.state in ("asked", "refused")
    assert bool(refund.approved_by) == (refund.state == "asked")
    assert not [one for one in found if isinstance(one, Exception)]


def test_a_lost_piece_and_a_new_buyer_want_the_last_one() -> None:
    """One is on the shelf: either it replaces what was lost, or nothing leaves."""
    thing = product(price=34_900, stock=3)
    orders = [paid({thing: 1}) for _ in range(2)]
    for order in orders:
        box = hand_over(parcel(order))
        dispatch.lose(consignment=box, by=BY)
        Order.objects.filter(pk=order.pk).update(review="")
    found = race(
        *[lambda order=order: dispatch.start(order=order, by=BY) for order in orders]
    )
    assert sorted(type(one).__name__ for one in found) == ["Consignment", "NotPossible"]
    assert Stock.objects.get(pk=thing.pk).on_hand == 0
    assert StockMovement.objects.filter(reason="lost").count() == 1
