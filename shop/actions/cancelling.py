"""Undoing an order before it leaves: all of it, or what we have not got after all.

Nothing was taken yet, so the reservation ends; where it was taken early it is given
back. The bank is asked afterwards, without a lock.
"""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from shop import emails
from shop.actions import captures, orders, payments, refunds, stock
from shop.models import (
    Consignment,
    ConsignmentLine,
    Order,
    OrderLine,
    PaymentStatus,
    Refund,
    Status,
)


class CancelError(Exception):
    """An order that cannot be cancelled; the text is for staff."""


class AlreadyLeft(CancelError):
    """Some of it has left the shop: what is left can be cancelled line by line."""


def may_cancel(order: Order) -> bool:
    """Say whether all of an order can be cancelled: paid, and nothing has left."""
    left = (*Consignment.LEFT, Consignment.State.LOST, Consignment.State.RETURNED)
    gone = order.consignments.filter(state__in=left).exists()
    return order.status == Status.AUTHORISED and not gone


def cancel(*, order: Order, by: str, why: str = "customer") -> Order:
    """Cancel a paid order before dispatch; the same again does nothing.

    Its parcels are stopped, its goods go back on the shelf, its money back to the card.
    Raises AlreadyLeft. payments.settle() tells the bank; a sweep does if that is lost.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.status == Status.CANCELLED:
            return order
        if not may_cancel(order):
            raise AlreadyLeft("Some of it has left, or it was never paid.")
        _stop_parcels(order)
        payment = captures.paid_by(order)
        if payment.status == PaymentStatus.AUTHORISED and not captures.asked(payment):
            payment.status = PaymentStatus.VOIDING
            payment.save(update_fields=["status"])
        elif pence := refunds.refundable(payment):
            refunds.ask(
                order=order,
                pence=pence,
                reason=Refund.Reason.CANCELLED,
                by=by,
                limit=None,
                attempt=f"cancel-{order.number}",
                parts=refunds.line_parts(
                    {line: line.quantity for line in order.lines.all()},
                    order.delivery_pence,
                ),
            )
        else:
            # Somebody is taking it at this moment.
            raise CancelError("Its money is being taken just now: try again shortly.")
        stock.put_back(order=order, by=by)
        payments.close(order, Status.CANCELLED, why, by=by)
        emails.cancelled(order)
    return order


def cancel_rest(*, order: Order, pieces: Mapping[int, int], by: str) -> Order:
    """Cancel pieces of an order that will not be sent: order line to how many.

    They are not charged. What is in a parcel already must come out of it first. Raises
    CancelError; cancel() is for all of an order.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.status != Status.AUTHORISED:
            raise CancelError("The order is not open.")
        lines = {line.pk: line for line in order.lines.select_for_update()}
        put_back: dict[int, int] = {}
        for pk, many in pieces.items():
            line = lines[pk]
            if not 0 < many <= free(line):
                raise CancelError(f"There are not so many left of {line.sku}.")
            line.cancelled += many
            line.save(update_fields=["cancelled"])
            if line.product_id:
                put_back[line.product_id] = many
            orders.event(order, "line-cancelled", by=by, detail=f"{line.sku}: {many}")
        if all(line.cancelled == line.quantity for line in lines.values()):
            raise CancelError("That is all of it: cancel the order.")
        stock.put_back_some(order=order, wanted=put_back, by=by)
        if captures.complete(order):
            order.sent_at = order.sent_at or timezone.now()
            order.save(update_fields=["sent_at"])
        emails.part_cancelled(order, sum(pieces.values()))
    return order


def free(line: OrderLine) -> int:
    """Return how many of a line are in no live parcel and not cancelled."""
    held = ConsignmentLine.objects.filter(line=line).exclude(
        consignment__state__in=Consignment.GONE
    )
    return line.quantity - line.cancelled - sum(held.values_list("quantity", flat=True))


def _stop_parcels(order: Order) -> None:
    live = order.consignments.exclude(state__in=Consignment.GONE)
    live.update(state=Consignment.State.CANCELLED, closed_at=timezone.now())
