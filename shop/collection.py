"""Click and collect: the shops where a buyer may fetch an order, and how long it waits.

Each is one more way of delivery, free, with a code of its own ("at-leicester"): what a
buyer chose is in the order, and no table holds it twice. `COLLECTION_SHOPS` names them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from jessops.lib.clock import working_days_after
from shop import delivery
from shop.models import Consignment, Order, Payment, PaymentStatus

PREFIX = "at-"  # of Order.delivery
# It waits so long after it was packed; but never longer than the bank keeps the money.
KEPT = timedelta(days=5)
MARGIN = timedelta(hours=12)


@dataclass(frozen=True)
class Counter:
    """One shop with a counter: where it is, and when somebody stands there."""

    code: str
    name: str
    address: str
    hours: str

    @property
    def option(self) -> delivery.Option:
        where = f"{self.address}. Open {self.hours}"
        return delivery.Option(self.code, f"Collect in {self.name}", where, 0)


def counters() -> tuple[Counter, ...]:
    return tuple(
        Counter(f"{PREFIX}{code}", *words) for code, *words in settings.COLLECTION_SHOPS
    )


def of(order: Order) -> Counter | None:
    """Return where an order is collected; None where it is sent."""
    found = {counter.code: counter for counter in counters()}
    return found.get(order.delivery)


def quotes(now: datetime) -> list[delivery.Quote]:
    """Return what collecting an order made now costs (nothing), and from which day."""
    day = working_days_after(delivery.leaves_on(now), 1)
    return [
        delivery.Quote(counter.option, delivery.MAINLAND, 0, 0, day)
        for counter in counters()
    ]


def kept_until(parcel: Consignment) -> datetime | None:
    """Return how long a packed parcel waits for its buyer."""
    if parcel.packed_at is None:
        return None
    until = parcel.packed_at + KEPT
    paid = Payment.objects.filter(
        order=parcel.order_id, status=PaymentStatus.AUTHORISED
    ).first()
    if paid and paid.capture_before:
        until = min(until, paid.capture_before - MARGIN)
    return until
