"""Authorisations that end before the parcel could leave: the bank keeps them a week.

Nothing is taken before dispatch unless the customer says so (captures.ask_early), so
whoever waits is told a day before, and a person looks.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jessops.lib.clock import in_london
from shop import emails
from shop.actions import captures, orders, reviewing
from shop.models import Order, OrderEvent, Payment, PaymentStatus, Status

# Some of it is taken, and more may be.
IN_PARTS = Q(status=PaymentStatus.CAPTURED, multicapture=True)
# The bank keeps a week; this is said on the sixth day.
BEFORE = timedelta(hours=36)


def running_out(*, limit: int = 200) -> list[Payment]:
    """Return standing authorisations near their end, the nearest first.

    That of a payment taken in parts stands for what has not left yet.
    """
    now = timezone.now()
    found = Payment.objects.filter(
        Q(status=PaymentStatus.AUTHORISED) | IN_PARTS & Q(capture_before__gt=now),
        capture_before__lt=now + BEFORE,
        order__status=Status.AUTHORISED,
        order__sent_at=None,
    ).exclude(captures__final=True)
    return list(found.select_related("order").order_by("capture_before")[:limit])


def warn() -> int:
    """Write to the customer of each, once, and note it; say how many."""
    told = 0
    for payment in running_out():
        with transaction.atomic(durable=True):
            order = Order.objects.select_for_update().get(pk=payment.order_id)
            # No review code: that would keep the parcel here, which must hurry.
            if order.status != Status.AUTHORISED or _told(order):
                continue
            orders.event(order, "expiring", by="shop")
            if payment.capture_before:
                part = payment.status == PaymentStatus.CAPTURED
                until = in_london(payment.capture_before).date()
                emails.running_out(order, until, part=part)
            told += 1
    return told


def flag_lapsed(*, limit: int = 200) -> int:
    """Have a person look at each order whose rest has no money behind it any more.

    Once, whatever they did about it; say how many.
    """
    found = Payment.objects.filter(
        IN_PARTS,
        capture_before__lte=timezone.now(),
        order__status=Status.AUTHORISED,
        order__sent_at=None,
    ).exclude(captures__final=True)
    told = OrderEvent.objects.filter(
        order_number=OuterRef("order__number"), code="rest-lapsed"
    )
    rows = found.exclude(Exists(told)).select_related("order").order_by("pk")
    flagged = 0
    for payment in rows[:limit]:
        with transaction.atomic(durable=True):
            order = Order.objects.select_for_update().get(pk=payment.order_id)
            if captures.kept(order, payment) >= captures.owed(order):
                continue  # taken early: nothing more is to be paid
            order.review = order.with_review("unpaid-rest")
            order.save(update_fields=["review"])
            orders.event(order, "rest-lapsed", by="shop")
            reviewing.tell(order=order, code="unpaid-rest")
            flagged += 1
    return flagged


def _told(order: Order) -> bool:
    found = OrderEvent.objects.filter(order_number=order.number, code="expiring")
    return found.exists()
