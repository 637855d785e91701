"""Orders after the sale: paid for, sent and delivered, without a carrier."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from jessops.lib.hashing import email_hash
from shop.actions import captures
from shop.models import (
    Capture,
    Consignment,
    ConsignmentLine,
    Order,
    OrderLine,
    Payment,
    Product,
    Refund,
    Status,
    Stock,
    StockMovement,
)
from tests.shop.test_retention import order as an_order

_numbers = itertools.count(1)


def paid(
    things: Mapping[Product, int], *, delivery_pence: int = 495, several: bool = True
) -> Order:
    """An order whose money is reserved and whose goods are booked out; no bank asked.

    Its payment may be taken in parts where `several`.
    """
    number = next(_numbers)
    first = next(iter(things))
    goods = sum(thing.price * many for thing, many in things.items())
    made = an_order(
        first,
        Status.AUTHORISED,
        at=timezone.now(),
        number=f"J26-1111-{number:04d}",
        token=f"sale{number:028d}",
        email_hash=email_hash("priya@example.co.uk"),
        goods_pence=goods,
        delivery_pence=delivery_pence,
        total_pence=goods + delivery_pence,
        vat_pence=0,
    )
    made.lines.all().delete()
    made.payments.all().delete()
    for position, (thing, many) in enumerate(things.items()):
        OrderLine.objects.create(
            order=made,
            product=thing,
            position=position,
            sku=thing.sku,
            name=thing.name,
            condition="new",
            quantity=many,
            unit_pence=thing.price,
            line_pence=thing.price * many,
            vat="standard",
            vat_pence=0,
            warranty_months=24,
            drawing="cam-slr",
        )
        StockMovement.objects.create(
            product=thing, quantity=-many, reason="sold", order_number=made.number
        )
        row = Stock.objects.get(pk=thing.pk)
        row.on_hand -= many
        row.save(update_fields=["on_hand"])
    Payment.objects.create(
        order=made,
        reference=f"sale-{number}",
        amount_pence=made.total_pence,
        status="authorised",
        session=f"cs_{number}",
        intent=f"pi_{number}",
        expires_at=timezone.now(),
        authorised_at=timezone.now(),
        multicapture=several,
    )
    return made


def parcel(order: Order, pieces: Mapping[OrderLine, int] | None = None) -> Consignment:
    """A parcel of an order, all of it by default, booked and not gone."""
    count = order.consignments.count() + 1
    made = Consignment.objects.create(
        order=order,
        number=f"{order.number}-{count}",
        state="booked",
        carrier="courier",
        weight_g=900,
    )
    whole = {line: line.quantity - line.cancelled for line in order.lines.all()}
    for line, many in (pieces or whole).items():
        ConsignmentLine.objects.create(consignment=made, line=line, quantity=many)
    return made


def hand_over(consignment: Consignment) -> Consignment:
    with transaction.atomic():
        consignment.state = Consignment.State.HANDED_OVER
        consignment.handed_at = timezone.now()
        consignment.save(update_fields=["state", "handed_at"])
        captures.ask(consignment=consignment, by="staff:1")
    return consignment


def deliver(consignment: Consignment, at: datetime | None = None) -> Consignment:
    consignment.state = Consignment.State.DELIVERED
    consignment.delivered_at = at or timezone.now()
    consignment.save(update_fields=["state", "delivered_at"])
    return consignment


def money_adds_up(order: Order) -> None:
    """Money in less money out is what the papers say, and never more than was paid."""
    taken = _pence(Capture.objects.filter(payment__order=order, state="done"))
    given = _pence(Refund.objects.filter(order=order, state="done"))
    papers = {"INV": 0, "CRN": 0}
    for paper in order.documents.all():
        papers[paper.kind] += paper.total_pence
    assert papers == {"INV": taken, "CRN": given}
    assert 0 <= given <= taken <= order.total_pence


def _pence(rows: QuerySet[Any]) -> int:
    return int(rows.aggregate(all=Sum("amount_pence"))["all"] or 0)
