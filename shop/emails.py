"""The shop's messages: one function each, queued in the caller's transaction (P49)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from jessops.lib.clock import in_london, long_date
from jessops.lib.money import pounds
from newsletter import outbox
from shop import troubles
from shop.actions import retention
from shop.models import Amendment, Consignment, Order, PaymentStatus, Refund, Return


def confirmation(order: Order, ask: str = "") -> None:
    """The order, on a durable medium, with terms and cancellation form.

    In: what we ask, where it met trouble (P10).
    Consumer Contracts Regulations 2013, regulation 16 and schedules 2 and 3.
    """
    _queue(order, "confirmation", "Your order {number}", ask=ask)


def sold_out(order: Order) -> None:
    """Paid after its goods had gone: the payment was given back (P10)."""
    _queue(order, "sold_out", "We could not keep order {number}")


def twin(order: Order, kept: Order) -> None:
    """Paid in two windows at once: `kept` stands, this one was given back (P10)."""
    _queue(
        order,
        "twin",
        "You paid twice: order {number} is given back",
        kept=kept,
        kept_link=_link(kept),
    )


def payment_cancelled(order: Order) -> None:
    """The bank took an authorisation back before dispatch (P10)."""
    _queue(order, "payment_cancelled", "Order {number} is cancelled")


def corrected(order: Order) -> None:
    """Where the parcel goes, or whom we ring, is another now (P95)."""
    now = f"{timezone.now():%Y%m%d%H%M%S%f}"
    _queue(order, "corrected", "Order {number} is corrected", once=now)


def dispatched(order: Order, consignment: Consignment, *, carrier: str) -> None:
    """A parcel has left, with what is in it (P49).

    The order's page has the way to the carrier: letters lead to our own pages only.
    """
    inside = list(consignment.lines.select_related("line"))
    _queue(
        order,
        "dispatched",
        "Order {number} is on its way",
        once=consignment.number,
        inside=inside,
        carrier=carrier,
        tracking=consignment.tracking,
        rest=order.sent_at is None,
    )


def cancelled(order: Order) -> None:
    """Cancelled before its buyer had it: nothing is taken, or all given back (P10)."""
    taken = order.payments.filter(status=PaymentStatus.CAPTURED).exists()
    _queue(order, "cancelled", "Order {number} is cancelled", taken=taken)


def part_cancelled(order: Order, pieces: int) -> None:
    """Some of it will not come, and is not charged (P10)."""
    now = f"{timezone.now():%Y%m%d%H%M%S%f}"
    left_out = [line for line in order.lines.all() if line.cancelled]
    _queue(
        order,
        "part_cancelled",
        "Part of order {number} is cancelled",
        once=now,
        pieces=pieces,
        left_out=left_out,
    )


def amendment(order: Order, amendment: Amendment) -> None:
    """What was asked for in addition, what all of it costs, and where to pay it."""
    _queue(
        order,
        "amendment",
        "More for order {number}: please look",
        once=str(amendment.pk),
        more=list(amendment.lines.all()),
        total=amendment.total_pence,
        until=long_date(in_london(amendment.until).date()),
    )


def amended(order: Order, amendment: Amendment) -> None:
    """The order as it is now, on a durable medium (regulation 16)."""
    _queue(
        order,
        "amended",
        "Order {number} has grown",
        once=str(amendment.pk),
        more=list(amendment.lines.all()),
        total=order.total_pence,
    )


def return_asked(order: Order, back: Return) -> None:
    """How to send it back, on a durable medium."""
    _queue(
        order,
        "return_asked",
        "Sending back from order {number}",
        once=back.number,
        back=back,
        coming=list(back.lines.select_related("line")),
        ours=back.reason != Return.Reason.CHANGED_MIND,
    )


def return_received(order: Order, back: Return) -> None:
    """It came; the money is due by a day."""
    _queue(
        order,
        "return_received",
        "We have what you sent back from order {number}",
        once=back.number,
        back=back,
        due_on=long_date(back.refund_due_on) if back.refund_due_on else "",
    )


def refunded(order: Order, refund: Refund) -> None:
    """Money was given back to the card."""
    _queue(
        order,
        "refunded",
        "Money back for order {number}",
        once=str(refund.pk),
        amount=pounds(refund.amount_pence),
    )


def running_out(order: Order, until: date, *, part: bool = False) -> None:
    """The bank keeps the money for us a few days only, and the parcel has not left."""
    _queue(
        order,
        "running_out",
        "Order {number} is late",
        until=long_date(until),
        part=part,
    )


def ready(order: Order, consignment: Consignment) -> None:
    """A parcel waits at the counter for whoever says its code."""
    _queue(
        order,
        "ready",
        "Order {number} is ready to collect",
        once=consignment.number,
        code=consignment.collect_code,
        inside=list(consignment.lines.select_related("line")),
    )


def trouble(order: Order, code: str) -> None:
    """Why an order waits, and what we ask; at most once a day for each reason (P10)."""
    _queue(
        order,
        "trouble",
        "A question about order {number}",
        once=f"{code}:{in_london(timezone.now()).date()}",
        ask=troubles.of(code).ask,
    )


def order_link(order: Order) -> None:
    """The link to an order, to its own address; at most one in ten minutes."""
    slot = int(timezone.now().timestamp()) // 600
    _queue(order, "order_link", "The link to your order {number}", once=str(slot))


def _queue(order: Order, name: str, subject: str, once: str = "", **more: Any) -> None:
    if not order.email:
        return  # erased since, and nobody is left to be told
    context = _context(order) | more
    outbox.queue(
        message_class="order",
        to=order.email,
        subject=subject.format(number=order.number),
        text=render_to_string(f"emails/shop/{name}.txt", context),
        html=render_to_string(f"emails/shop/{name}.html", context),
        about=order.about,
        key=":".join(filter(None, (name, order.number, once))),
    )


def _link(order: Order) -> str:
    return f"{settings.SITE_URL}{order.get_absolute_url()}"


def _context(order: Order) -> dict[str, Any]:
    lines = list(order.lines.all())
    return {
        "order": order,
        "lines": lines,
        "first_name": order.full_name.split(" ")[0],
        "arrives": long_date(order.delivery_on),
        "link": _link(order),
        "site_url": settings.SITE_URL,
        "company": settings.COMPANY,
        "kept_until": retention.kept_until(order),
        "telephone_until": retention.telephone_until(order),
        "has_margin": any(line.vat == "margin" for line in lines),
        "all_margin": all(line.vat == "margin" for line in lines),
    }
