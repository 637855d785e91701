"""Goods that a carrier lost: written off when they are replaced or given back.

An order's goods leave the shelf's count when they are sold. What replaces a lost piece
comes off the shelf as well, and what is cancelled after its parcel was lost does not
come back to it. Callers hold the order's lock.
"""

from collections.abc import Mapping

from django.db.models import Sum

from shop.actions import stock
from shop.models import (
    Consignment,
    ConsignmentLine,
    Order,
    OrderLine,
    StockMovement,
)


class NotOnTheShelf(Exception):
    """Nothing is there to replace what was lost; the text is for staff."""


def in_the_house(order: Order) -> dict[int, int]:
    """Return how many of each line (by key) are here, booked out and in no parcel."""
    lines = list(order.lines.all())
    boxes = ConsignmentLine.objects.filter(consignment__order=order).order_by()
    back = (Consignment.State.CANCELLED, Consignment.State.RETURNED)
    away = dict(
        boxes.exclude(consignment__state__in=back)
        .values_list("line")
        .annotate(Sum("quantity"))
    )
    written_off = dict(
        StockMovement.objects.filter(
            order_number=order.number, reason=StockMovement.Reason.LOST
        )
        .order_by()
        .values_list("product")
        .annotate(Sum("quantity"))
    )
    return {
        line.pk: line.quantity
        - line.cancelled
        - away.get(line.pk, 0)
        - written_off.get(line.product_id or 0, 0)
        for line in lines
    }


def replace(*, order: Order, wanted: Mapping[int, int], by: str) -> None:
    """Take off the shelf what a new parcel needs in place of what was lost.

    In: order line (by key) to how many go into the parcel, before it is made. Raises
    NotOnTheShelf.
    """
    here = in_the_house(order)
    for line in order.lines.filter(pk__in=wanted).order_by("product_id"):
        short = wanted[line.pk] - max(0, here[line.pk])
        if short > 0 and not _write_off(order, line, short, by):
            raise NotOnTheShelf(f"none of {line.sku} is left to replace what was lost")


def release(*, order: Order, pieces: Mapping[int, int], by: str) -> int:
    """Put cancelled pieces back on the shelf, but for those that are lost.

    In: order line to how many, before they are cancelled. Return how many were lost.
    """
    here, lost = in_the_house(order), 0
    for line in order.lines.filter(pk__in=pieces).order_by("product_id"):
        many = pieces[line.pk]
        gone = many - min(many, max(0, here[line.pk]))
        lost += gone
        if line.product_id:
            stock.put_back_some(order=order, wanted={line.product_id: many}, by=by)
            if gone:
                _write_off(order, line, gone, by)
    return lost


def _write_off(order: Order, line: OrderLine, many: int, by: str) -> bool:
    return line.product_id is None or stock.write_off(
        order=order, product=line.product_id, quantity=many, by=by
    )
