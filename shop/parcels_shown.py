"""The parcels of an order as its buyer sees them: where each is, and whom to ask."""

from dataclasses import dataclass

from django.db.models import Q

from jessops.lib.clock import in_london
from shop.actions.carriers import CARRIERS
from shop.actions.dispatch import COLLECT
from shop.models import Consignment, Order, Status

State = Consignment.State
WORDS = {
    "booked": "Announced to the carrier",
    "collected": "Left us",
    "in-transit": "With the carrier",
    "out": "Out for delivery",
    "failed": "Nobody was there to take it",
    "delivered": "Delivered",
    "returned": "On its way back to us",
}
# Told by us and by nobody else.
STATES = {
    State.HANDED_OVER: "Left us",
    State.DELIVERED: "Delivered",
    State.LOST: "The carrier cannot find it. We are looking after it",
    State.RETURNED: "Back with us",
}

# Of what its buyer collects.
COUNTER = {State.READY: "Ready to collect", State.DELIVERED: "Collected"}


@dataclass(frozen=True)
class Shown:
    """One parcel that has left, or waits at the counter for its code."""

    carrier: str
    number: str
    now: str
    follow: str  # the carrier's own page
    steps: list[tuple[str, str]]  # when, and what
    code: str = ""  # to say at the counter
    arrived: bool = False

    @property
    def at_counter(self) -> bool:
        return not self.carrier


def of(order: Order) -> list[Shown]:
    """Return an order's parcels that have left or wait at the counter: two queries."""
    if order.status != Status.AUTHORISED:
        return []
    left = Q(state__in=STATES, carrier__in=CARRIERS)
    here = Q(state__in=COUNTER, carrier=COLLECT)
    found = order.consignments.filter(left | here)
    return [
        _fetched(one) if one.carrier == COLLECT else _shown(one)
        for one in found.prefetch_related("tracking_steps")
    ]


def _fetched(parcel: Consignment) -> Shown:
    code = parcel.collect_code if parcel.state == State.READY else ""
    now = COUNTER[State(parcel.state)]
    return Shown(carrier="", number="", now=now, follow="", steps=[], code=code)


def _shown(parcel: Consignment) -> Shown:
    carrier = CARRIERS[parcel.carrier]
    steps = [
        (f"{in_london(step.at):%-d %b, %H:%M}", WORDS[step.code])
        for step in parcel.tracking_steps.all()
    ]
    on_the_way = parcel.state == State.HANDED_OVER and steps
    return Shown(
        carrier=carrier.title,
        number=parcel.tracking,
        now=steps[-1][1] if on_the_way else STATES[State(parcel.state)],
        follow=carrier.tracking_url(parcel.tracking),
        steps=steps,
        arrived=parcel.state == State.DELIVERED,
    )
