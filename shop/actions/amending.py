"""Adding to an order that is paid for and has not left: the buyer pays anew (R5, R6).

Staff offer pieces at a price; they are kept, and the order waits. The buyer sees the
new total and pays it on the bank's page. Only when that payment stands does the one
before end, and the pieces become lines of the order: at no moment is it unpaid, and
nothing that was not seen is charged. Less of an order is cancelling.cancel_rest.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from shop import emails
from shop.actions import captures, orders, stock
from shop.models import (
    Amendment,
    AmendmentLine,
    Consignment,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    Product,
    Status,
)
from shop.pricing import delivery_vat, line_vat
from shop.trolley import MOST_LINES, MOST_OF_ONE

State = Amendment.State
WAITS = "amendment"  # of Order.review, while the buyer is asked
# The buyer has so long to pay; but never longer than the bank keeps the money.
LIFE = timedelta(days=3)
SHORTEST = timedelta(hours=2)
# A page at the bank that was opened at the last moment may still be paid.
GRACE = timedelta(hours=1)


class AmendError(Exception):
    """What cannot be added; the text is for staff."""


def open_of(order: Order) -> Amendment | None:
    """Return what the buyer is asked about just now."""
    return order.amendments.filter(state=State.OFFERED).first()


def may_offer(order: Order) -> bool:
    """Say whether something can be added: paid, nothing taken, nothing packed."""
    paid = order.payments.filter(status=PaymentStatus.AUTHORISED).first()
    if order.status != Status.AUTHORISED or order.sent_at or paid is None:
        return False
    live = order.consignments.exclude(state__in=Consignment.GONE)
    return not captures.asked(paid) and not live.exists() and not open_of(order)


def offer(*, order: Order, wanted: Mapping[str, int], by: str) -> Amendment:
    """Offer the buyer more of an order: part number to how many. Raises AmendError.

    A piece of what is in the order already costs what that one cost; anything else
    costs its price of today.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not may_offer(order):
            raise AmendError("It has left, is being packed, or is asked about already.")
        payment = captures.paid_by(order)
        until = _until(payment, now)
        lines = [_line(order, sku, many) for sku, many in wanted.items()]
        if not lines:
            raise AmendError("Say what is to be added.")
        if order.lines.count() + len(lines) > MOST_LINES:
            raise AmendError("That is more than an order may have.")
        added = sum(line.line_pence for line in lines)
        if added < 1:
            raise AmendError("That adds nothing to pay for.")
        _keep(order, lines, until + GRACE, now)
        made = Amendment.objects.create(
            order=order,
            added_pence=added,
            total_pence=captures.owed(order) + added,
            until=until,
            by=by,
        )
        for line in lines:
            line.amendment = made
        AmendmentLine.objects.bulk_create(lines)
        order.review = order.with_review(WAITS)
        order.save(update_fields=["review"])
        orders.event(order, "amendment-offered", by=by, detail=str(made.pk))
        emails.amendment(order, made)
    return made


def accept(*, amendment: Amendment) -> Payment:
    """Return the payment of the new total, to be opened at the bank; once.

    Raises AmendError when it is over, orders.PaymentUnsettled when a page that ran out
    must be asked about first.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=amendment.order_id)
        amendment.refresh_from_db()
        if amendment.state != State.OFFERED or amendment.until < now:
            raise AmendError("It is over.")
        live = order.payments.filter(status__in=Payment.LIVE).first()
        if live and live.expires_at > now:
            return live
        if live:
            raise orders.PaymentUnsettled
        return Payment.objects.create(
            order=order,
            amendment=amendment,
            reference=secrets.token_urlsafe(18),
            amount_pence=amendment.total_pence,
            expires_at=now + orders.SESSION_LIFE,
        )


def withdraw(*, amendment: Amendment, by: str) -> Amendment:
    """Leave the order as it was; one that is settled stays so."""
    return _end(amendment, State.WITHDRAWN, by)


def lapse() -> int:
    """End what nobody paid for in time; return how many."""
    over = Amendment.objects.filter(
        state=State.OFFERED, until__lt=timezone.now() - GRACE
    )
    for amendment in over[:200]:
        _end(amendment, State.LAPSED, "shop")
    return len(over)


def drop(*, order: Order, by: str) -> None:
    """End what is asked of an order that ends; under its lock."""
    amendment = open_of(order)
    if amendment:
        _settle(order, amendment, State.WITHDRAWN, by)


def apply(*, order: Order, payment: Payment, by: str) -> bool:
    """Make what was paid for part of the order; under the locks of both.

    Out: False, with nothing changed, where it is over, some of the order has left, or
    its things are gone: the payment is given back then, and the first one stands.
    """
    amendment = Amendment.objects.select_for_update().get(payments=payment)
    standing = order.payments.filter(status=PaymentStatus.AUTHORISED).first()
    lines = list(amendment.lines.select_related("product"))
    fits = (
        amendment.state == State.OFFERED
        and order.status == Status.AUTHORISED
        and standing is not None
        and not captures.asked(standing)
        and captures.owed(order) + amendment.added_pence <= payment.amount_pence
        and all(line.product for line in lines)
    )
    if not fits or not stock.sell_more(order=order, wanted=_wanted(lines), by=by):
        return False
    for line in lines:
        _add(order, line)
    _sum_up(order)
    _settle(order, amendment, State.APPLIED, by)
    emails.amended(order, amendment)
    return True


def _until(payment: Payment, now: datetime) -> datetime:
    until = now + LIFE
    if payment.capture_before:
        until = min(until, payment.capture_before - timedelta(hours=12))
    if until < now + SHORTEST:
        raise AmendError("The bank keeps the money of this order not long enough.")
    return until


def _line(order: Order, sku: str, many: int) -> AmendmentLine:
    product = Product.objects.filter(sku__iexact=sku, published=True).first()
    if product is None or product.discontinued:
        raise AmendError(f"Nothing that is sold has the part no. {sku}.")
    if not 0 < many <= MOST_OF_ONE:
        raise AmendError(f"Add between 1 and {MOST_OF_ONE} of {sku}.")
    there = order.lines.filter(sku=product.sku).first()
    if there and there.off_pence:
        raise AmendError(f"{sku} was bought with a code: order more of it by itself.")
    return AmendmentLine(
        product=product,
        sku=product.sku,
        name=product.name,
        quantity=many,
        unit_pence=there.unit_pence if there else product.price,
    )


def _wanted(lines: list[AmendmentLine]) -> dict[int, int]:
    return {line.product_id: line.quantity for line in lines if line.product_id}


def _keep(
    order: Order, lines: list[AmendmentLine], until: datetime, now: datetime
) -> None:
    names = {line.product_id: line.sku for line in lines}
    short = stock.hold(order=order, wanted=_wanted(lines), until=until, now=now)
    if short:
        said = ", ".join(f"{left} of {names[key]}" for key, left in short.items())
        raise AmendError(f"There are only {said} left.")


def _add(order: Order, more: AmendmentLine) -> None:
    product = more.product
    assert product is not None  # noqa: S101  apply() has looked
    line = order.lines.select_for_update().filter(sku=more.sku).first()
    if line is None:
        last = order.lines.order_by("position").last()
        line = OrderLine(
            order=order,
            product=product,
            position=last.position + 1 if last else 0,
            sku=more.sku,
            name=more.name,
            condition=product.condition,
            quantity=0,
            unit_pence=more.unit_pence,
            vat=product.vat,
            warranty_months=product.warranty_months,
            drawing=product.drawing,
            drawing_label=product.drawing_label,
            drawing_sub=product.drawing_sub,
            finish=product.finish,
        )
    line.quantity += more.quantity
    line.line_pence = line.quantity * line.unit_pence
    line.vat_pence = line_vat(line.vat, line.line_pence)
    line.save()


def _sum_up(order: Order) -> None:
    """Write the sums of an order anew, as its lines now are."""
    lines = list(order.lines.all())
    order.goods_pence = sum(line.line_pence for line in lines)
    order.delivery_vat_pence = delivery_vat(
        (line.vat for line in lines), order.delivery_pence
    )
    order.vat_pence = sum(line.vat_pence for line in lines) + order.delivery_vat_pence
    order.total_pence = order.goods_pence + order.delivery_pence
    order.save(
        update_fields=["goods_pence", "delivery_vat_pence", "vat_pence", "total_pence"]
    )


def _end(amendment: Amendment, state: State, by: str) -> Amendment:
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=amendment.order_id)
        amendment.refresh_from_db()
        if amendment.state == State.OFFERED:
            _settle(order, amendment, state, by)
    return amendment


def _settle(order: Order, amendment: Amendment, state: State, by: str) -> None:
    """Write down how it ended; its things are free again, and the order goes on."""
    amendment.state, amendment.settled_at = state, timezone.now()
    amendment.save(update_fields=["state", "settled_at"])
    stock.release(order=order)
    order.review = " ".join(one for one in order.review_codes if one != WAITS)
    order.save(update_fields=["review"])
    orders.event(order, f"amendment-{state}", by=by, detail=str(amendment.pk))
