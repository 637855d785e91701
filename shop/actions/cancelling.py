"""Undoing an order before it leaves: all of it, or what we have not got after all.

Nothing was taken yet, so the reservation ends; where it was taken early it is given
back. The bank is asked afterwards, without a lock.
"""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from shop import emails
from shop.actions import (
    captures,
    losses,
    orders,
    parcels,
    payments,
    refunds,
    stock,
)
from shop.models import (
    Consignment,
    ConsignmentLine,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    Refund,
    Status,
)


class CancelError(Exception):
    """An order that cannot be cancelled; the text is for staff."""


class AlreadyLeft(CancelError):
    """Some of it has left the shop: what is left can be cancelled line by line."""


def may_cancel(order: Order) -> bool:
    """Say whether all of an order can be cancelled: paid, and no buyer has any of it.

    A parcel that the carrier lost, or that came back, never reached them.
    """
    gone = order.consignments.filter(state__in=Consignment.LEFT).exists()
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
        parcels.stop(order)
        payment = (
            order.payments.select_for_update().filter(status__in=captures.PAID).first()
        )
        if payment is None:
            pass  # the bank let the money go, and what left came back or is lost
        elif payment.status == PaymentStatus.AUTHORISED and not captures.asked(payment):
            payment.status = PaymentStatus.VOIDING
            payment.save(update_fields=["status"])
        else:
            _give_all_back(order, payment, by)
        coming = {line.pk: line.quantity - line.cancelled for line in order.lines.all()}
        losses.release(order=order, pieces=_some(coming), by=by)
        # What is left are goods whose product is not the line's any more.
        stock.put_back(order=order, by=by)
        payments.close(order, Status.CANCELLED, why, by=by)
        emails.cancelled(order)
    return order


def cancel_rest(*, order: Order, pieces: Mapping[int, int], by: str) -> Order:
    """Cancel pieces of an order that will not be sent: order line to how many.

    They are not charged, or their price is given back. What is in a parcel already
    must come out of it first. Raises CancelError; cancel() is for all of an order.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.status != Status.AUTHORISED:
            raise CancelError("The order is not open.")
        lines = {line.pk: line for line in order.lines.select_for_update()}
        for pk, many in pieces.items():
            if not 0 < many <= free(lines[pk]):
                raise CancelError(f"There are not so many left of {lines[pk].sku}.")
        lost = losses.release(order=order, pieces=pieces, by=by)
        for pk, many in pieces.items():
            line = lines[pk]
            line.cancelled += many
            line.save(update_fields=["cancelled"])
            orders.event(order, "line-cancelled", by=by, detail=f"{line.sku}: {many}")
        if all(line.cancelled == line.quantity for line in lines.values()):
            raise CancelError("That is all of it: cancel the order.")
        _give_rest_back(
            order, {lines[pk]: many for pk, many in pieces.items()}, by, lost
        )
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


def _give_all_back(order: Order, payment: Payment, by: str) -> None:
    """Give back all that was taken and is not given back yet; nothing may be none."""
    _not_being_taken(payment)
    refunds.drop_waiting(payment=payment, by=by)
    pence = refunds.refundable(payment)
    if not pence:
        return
    coming = {line: line.quantity - line.cancelled for line in order.lines.all()}
    parts = refunds.line_parts(
        {line: many for line, many in coming.items() if many}, order.delivery_pence
    )
    refunds.ask(
        order=order,
        pence=pence,
        reason=Refund.Reason.CANCELLED,
        by=by,
        limit=None,
        attempt=f"cancel-{order.number}",
        parts=refunds.cut(parts, pence) if parts.worth > pence else parts,
    )


def _give_rest_back(
    order: Order, pieces: Mapping[OrderLine, int], by: str, lost: int
) -> None:
    """Give back what was taken of pieces that are cancelled by now, if any was."""
    payment = captures.paid_by(order)
    over = captures.kept(order, payment) - captures.owed(order)
    if over <= 0:
        return
    _not_being_taken(payment)
    pence = min(over, refunds.refundable(payment))
    if not pence:
        return
    parts = refunds.line_parts(pieces)
    refunds.ask(
        order=order,
        pence=pence,
        reason=Refund.Reason.LOST if lost else Refund.Reason.SHORT,
        by=by,
        limit=None,
        attempt=f"{captures.REST}-{order.number}-{payment.refunds.count()}",
        parts=refunds.cut(parts, pence) if parts.worth > pence else parts,
    )


def _not_being_taken(payment: Payment) -> None:
    if captures.asked(payment) != captures.taken(payment):
        raise CancelError("Its money is being taken just now: try again shortly.")


def _some(pieces: Mapping[int, int]) -> dict[int, int]:
    return {line: many for line, many in pieces.items() if many}
