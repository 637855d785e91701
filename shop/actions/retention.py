"""The days on which what an order holds goes, as its page shows them (C13).

They are those of the clocks that let it go, so that the day shown is the day it goes.
"""

from datetime import date

from shop.models import Order, Status
from shop.personal_data import (
    CANCELLED_ORDERS,
    OLD_ORDERS,
    TELEPHONES,
    UNPAID_ORDERS,
)


def kept_until(order: Order) -> date:
    """Return the day an order's tax record goes."""
    return OLD_ORDERS.goes_on(order.authorised_at or order.created_at)


def telephone_until(order: Order) -> date:
    """Return the day the telephone number goes."""
    return TELEPHONES.goes_on(order.delivery_on)


def unpaid_until(order: Order) -> date:
    """Return the day an order goes for which no money moved."""
    if order.status == Status.CANCELLED and order.closed_at:
        return CANCELLED_ORDERS.goes_on(order.closed_at)
    return UNPAID_ORDERS.goes_on(order.created_at)
