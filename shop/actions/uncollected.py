"""Parcels that nobody fetches: their buyers are reminded, and then they go back."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from shop import collection, emails
from shop.actions import cancelling, captures, orders, reviewing
from shop.models import Consignment, Order, OrderEvent

REMINDED_BEFORE = timedelta(days=2)
AT_ONCE = 200


def remind() -> int:
    """Write once to whoever has two days left; say to how many."""
    told = 0
    for parcel, left in _waiting():
        if timedelta() < left <= REMINDED_BEFORE and _remind(parcel):
            told += 1
    return told


def lapse() -> int:
    """Cancel what was not fetched in time: nothing is taken. Say how many.

    Where some of the order has reached its buyer, a person decides about the rest.
    """
    ended = 0
    for parcel, left in _waiting():
        if left > timedelta():
            continue
        try:
            cancelling.cancel(order=parcel.order, by="shop", why="uncollected")
        except (cancelling.CancelError, captures.CaptureError):
            reviewing.flag(order=parcel.order, code="uncollected", by="shop")
        ended += 1
    return ended


def _waiting() -> list[tuple[Consignment, timedelta]]:
    """Return what stands on the shelf, the longest first, with the time left."""
    now = timezone.now()
    rows = Consignment.objects.filter(state=Consignment.State.READY)
    found = rows.exclude(order__review__contains="uncollected")
    return [
        (parcel, until - now)
        for parcel in found.select_related("order").order_by("packed_at")[:AT_ONCE]
        if (until := collection.kept_until(parcel))
    ]


def _remind(parcel: Consignment) -> bool:
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=parcel.order_id)
        told = OrderEvent.objects.filter(
            order_number=order.number, code="collect-reminder", detail=parcel.number
        )
        if told.exists():
            return False
        orders.event(order, "collect-reminder", by="shop", detail=parcel.number)
        emails.waits(order, parcel)
    return True
