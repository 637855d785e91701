"""Authorisations that end before the parcel could leave: the bank keeps them a week.

Nothing is taken before dispatch unless the customer says so (captures.ask_early), so
whoever waits is told a day before, and a person looks.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from jessops.lib.clock import in_london
from shop import emails
from shop.actions import orders
from shop.models import Order, OrderEvent, Payment, PaymentStatus, Status

# The bank keeps a week; this is said on the sixth day.
BEFORE = timedelta(hours=36)


def running_out(*, limit: int = 200) -> list[Payment]:
    """Return standing authorisations near their end, the nearest first."""
    found = Payment.objects.filter(
        status=PaymentStatus.AUTHORISED,
        capture_before__lt=timezone.now() + BEFORE,
        order__status=Status.AUTHORISED,
        order__sent_at=None,
    )
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
                emails.running_out(order, in_london(payment.capture_before).date())
            told += 1
    return told


def _told(order: Order) -> bool:
    found = OrderEvent.objects.filter(order_number=order.number, code="expiring")
    return found.exists()
