"""How the buyer of one order wishes to be reached about it (P50)."""

from django.db import transaction
from django.utils import timezone

from jessops.lib.clock import in_london
from shop.actions import orders, retention
from shop.models import Order, Status


class TooLate(Exception):
    """Nobody is rung about the order any more: its number would go at once."""


def can_wish(order: Order) -> bool:
    """Say whether a number that is given now would be kept and used."""
    today = in_london(timezone.now()).date()
    return (
        order.status == Status.AUTHORISED and retention.telephone_until(order) > today
    )


def wish(*, order: Order, contact_by: str, telephone: str) -> Order:
    """Keep how somebody wishes to be reached about an order. Raises TooLate."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not can_wish(order):
            raise TooLate
        if (order.contact_by, order.telephone) != (contact_by, telephone):
            order.contact_by, order.telephone = contact_by, telephone
            order.carrier_may_ring = order.carrier_may_ring and bool(telephone)
            order.save(update_fields=["contact_by", "telephone", "carrier_may_ring"])
            orders.event(order, "contact", by="customer", detail=contact_by)
    return order
