"""Which guests have an order under way: they hear when something goes wrong (P47)."""

from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from jessops.lib.clock import in_london
from newsletter import announcements
from shop.models import Order, Status


def under_way(subjects: Collection[str]) -> set[str]:
    """Return those of some hashes whose order is to be paid or is still to arrive."""
    today = in_london(timezone.now()).date()
    coming = Q(status=Status.AUTHORISED, delivery_on__gte=today)
    rows = Order.objects.filter(
        Q(status=Status.PENDING) | coming, email_hash__in=list(subjects)
    )
    return set(rows.values_list("email_hash", flat=True))


announcements.register(under_way)
