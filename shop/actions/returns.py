"""What customers send back: announced, received, looked at, and paid for.

Changed minds: Consumer Contracts Regulations 2013, regulations 29 to 36. Faulty, not
as described: Consumer Rights Act 2015, sections 20 to 24. Late: section 28.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from jessops.lib.clock import in_london
from shop import emails
from shop.actions import orders, refunds, stock
from shop.models import (
    Consignment,
    ConsignmentLine,
    Order,
    OrderLine,
    Refund,
    Return,
    ReturnLine,
    Status,
)

WITHDRAWAL = timedelta(days=14)
REFUND_WITHIN = timedelta(days=14)


class ReturnError(Exception):
    """A return that the shop refuses; the text is for people."""


class NotSent(ReturnError):
    """More of a line than was sent and is not coming back already."""


class TooLate(ReturnError):
    """The fourteen days for a change of mind are over."""


@dataclass(frozen=True)
class Found:
    """How a line was found: `into` is the used product that it is sold as from now."""

    condition: ReturnLine.Found
    into: int | None = None


def last_day(order: Order) -> date | None:
    """Return the last day for a change of mind; None while it has not begun.

    It runs from the day the last of the order came (regulation 30).
    """
    if order.sent_at is None:
        return None
    left = order.consignments.filter(state__in=Consignment.LEFT)
    days = [one.delivered_at for one in left]
    if not days or None in days:
        return None
    latest = max(day for day in days if day)
    return in_london(latest).date() + WITHDRAWAL


def returnable(order: Order) -> dict[OrderLine, int]:
    """Return how many of each line were sent and are not coming back already."""
    if order.status != Status.AUTHORISED:
        return {}
    sent: dict[int, int] = {}
    gone = ConsignmentLine.objects.filter(
        consignment__order=order, consignment__state__in=Consignment.LEFT
    )
    for line, many in gone.values_list("line", "quantity"):
        sent[line] = sent.get(line, 0) + many
    ended = (Return.State.REFUSED, Return.State.WITHDRAWN)
    coming = ReturnLine.objects.filter(back__order=order).exclude(back__state__in=ended)
    for line, many in coming.values_list("line", "quantity"):
        sent[line] = sent.get(line, 0) - many
    return {line: sent[line.pk] for line in order.lines.all() if sent.get(line.pk)}


def ask(
    *,
    order: Order,
    pieces: Mapping[int, int],
    reason: Return.Reason,
    by: str,
    attempt: str,
) -> Return:
    """Announce a return: order line to how many. The same form is the same return.

    Raises NotSent, TooLate.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order.pk)
        found = Return.objects.filter(attempt=attempt).first()
        if found and found.order_id == order.pk:
            return found
        if found:
            attempt = secrets.token_urlsafe(24)  # some other order's form
        may = {line.pk: many for line, many in returnable(order).items()}
        if not pieces or any(
            not 0 < many <= may.get(line, 0) for line, many in pieces.items()
        ):
            raise NotSent("Not so many of it were sent.")
        end = last_day(order)
        today = in_london(now).date()
        if reason == Return.Reason.CHANGED_MIND and end and today > end:
            raise TooLate("The fourteen days to change your mind are over.")
        back = Return.objects.create(
            order=order,
            number=_number(),
            attempt=attempt,
            reason=reason,
            by=by,
            asked_at=now,
        )
        ReturnLine.objects.bulk_create(
            ReturnLine(back=back, line_id=line, quantity=many)
            for line, many in pieces.items()
        )
        orders.event(order, "return-asked", by=by, detail=back.number)
        emails.return_asked(order, back)
    return back


def withdraw(*, back: Return, by: str) -> Return:
    """The customer keeps the things after all."""
    with transaction.atomic(durable=True):
        back = _locked(back)
        if back.state == Return.State.ASKED:
            _close(back, Return.State.WITHDRAWN)
            orders.event(back.order, "return-withdrawn", by=by, detail=back.number)
    return back


def receive(*, back: Return, found: Mapping[int, Found], by: str) -> Return:
    """Note that the parcel came, and how each line was found; stock follows.

    In: return line to how it was found. What is as it was sold goes back on the shelf;
    what is used is sold on as another product, or is scrap until somebody says which.
    The refund is due fourteen days from now (regulation 34). Raises ReturnError.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        back = _locked(back)
        if back.state != Return.State.ASKED:
            return back
        lines = list(back.lines.select_related("line").order_by("line__product_id"))
        if {line.pk for line in lines} != set(found):
            raise ReturnError("Say of every line how it was found.")
        for line in lines:
            _take_in(back.order, line, found[line.pk], by)
        back.state, back.received_at = Return.State.RECEIVED, now
        back.refund_due_on = in_london(now + REFUND_WITHIN).date()
        back.save(update_fields=["state", "received_at", "refund_due_on"])
        orders.event(back.order, "return-received", by=by, detail=back.number)
        emails.return_received(back.order, back)
    return back


def due_to(back: Return) -> refunds.Parts:
    """Return what the law gives for a return: the goods, and delivery if all goes back.

    Regulation 34: the standard delivery comes back with the contract, not with a part
    of it; the supplement for a dearer one does not (regulation 34(3)), which the shop
    gives where the fault is ours.
    """
    lines = {line.line: line.quantity for line in back.lines.select_related("line")}
    order = back.order
    rest = {line.pk: line.quantity - line.cancelled for line in order.lines.all()}
    earlier = ReturnLine.objects.filter(
        back__order=order, back__state=Return.State.SETTLED
    ).exclude(back=back)
    for line, many in earlier.values_list("line", "quantity"):
        rest[line] -= many
    whole = all(rest[line.pk] == many for line, many in lines.items()) and all(
        many == 0 for pk, many in rest.items() if pk not in {one.pk for one in lines}
    )
    given = sum(
        one.delivery_pence for one in order.refunds.filter(state__in=Refund.COUNTS)
    )
    delivery = max(0, order.delivery_pence - given) if whole else 0
    return refunds.line_parts(lines, delivery)


def settle(*, back: Return, pence: int, by: str, limit: int | None) -> Refund:
    """Pay for a return and close it; above the limit a second person agrees first.

    In: `pence`, what is due or, where it came back more worn than from trying it in a
    shop, less (regulation 34(9)). Raises refunds.TooMuch, ReturnError.
    """
    with transaction.atomic(durable=True):
        back = _locked(back)
        if back.state not in (Return.State.RECEIVED, Return.State.ASKED):
            raise ReturnError("This return is closed.")
        parts = due_to(back)
        if pence > parts.worth:
            raise refunds.TooMuch("That is more than these things cost.")
        less = pence < parts.worth
        refund = refunds.ask(
            order=back.order,
            pence=pence,
            reason=Refund.Reason(back.reason),
            by=by,
            limit=limit,
            # One that was not agreed to is asked anew under another name.
            attempt=f"{back.number}-{back.refunds.count()}",
            parts=refunds.cut(parts, pence) if less else parts,
            back=back,
            due_on=back.refund_due_on,
        )
        _close(back, Return.State.SETTLED)
        orders.event(back.order, "return-settled", by=by, detail=back.number)
    return refund


def refuse(*, back: Return, by: str) -> Return:
    """Send the things back again: they are not ours, or nothing is wrong with them."""
    with transaction.atomic(durable=True):
        back = _locked(back)
        if back.state == Return.State.RECEIVED:
            _close(back, Return.State.REFUSED)
            orders.event(back.order, "return-refused", by=by, detail=back.number)
    return back


def overdue(today: date) -> list[Return]:
    """Return what was received and is not paid for by its day, the oldest first."""
    late = Return.objects.filter(state=Return.State.RECEIVED, refund_due_on__lt=today)
    return list(late.select_related("order").order_by("refund_due_on"))


def _take_in(order: Order, line: ReturnLine, found: Found, by: str) -> None:
    line.found = found.condition
    line.save(update_fields=["found"])
    used = found.condition == ReturnLine.Found.USED
    product = found.into if used else line.line.product_id
    if used and product is None:
        raise ReturnError("Choose the used product that it is sold as.")
    if product is not None:
        stock.take_back(
            order=order,
            product=product,
            quantity=line.quantity,
            scrap=found.condition == ReturnLine.Found.SCRAP,
            by=by,
        )


def _locked(back: Return) -> Return:
    Order.objects.select_for_update().get(pk=back.order_id)
    rows = Return.objects.select_for_update(of=("self",)).select_related("order")
    return rows.get(pk=back.pk)


def _close(back: Return, state: Return.State) -> None:
    back.state, back.closed_at = state, timezone.now()
    back.save(update_fields=["state", "closed_at"])


def _number() -> str:
    """A number to write on a parcel, which does not tell how many there are."""
    digits = f"{secrets.randbelow(10**8):08d}"
    return f"R{timezone.now():%y}-{digits[:4]}-{digits[4:]}"
