"""The days on which what an order holds goes, as its page shows them (C13).

They are those of the clocks that let it go, so that the day shown is the day it goes.
"""

from dataclasses import dataclass
from datetime import date

from privacy import registry
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


@dataclass(frozen=True)
class Item:
    """Things that one order holds, told by the same source and going on one day."""

    labels: list[str]
    source: str
    goes: date


def held_of(order: Order) -> list[Item]:
    """Return all that an order holds of the person, but for keys and hashes (C13)."""
    whole = (
        kept_until(order) if order.status == Status.AUTHORISED else unpaid_until(order)
    )
    found: dict[tuple[date, str], list[str]] = {}
    for item in registry.everything():
        if item.model != Order._meta.label or not item.export:
            continue
        if getattr(order, item.field) in ("", None):
            continue
        goes = min(whole, telephone_until(order)) if TELEPHONES in item.kept else whole
        found.setdefault((goes, item.source), []).append(item.label)
    return [Item(labels, source, day) for (day, source), labels in found.items()]
