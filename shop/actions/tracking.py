"""What carriers tell of parcels on their way, and what follows from it."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from shop.actions import orders
from shop.actions.carriers import CARRIERS
from shop.clients.carriers import Step
from shop.models import Consignment, Order, TrackingStep

State = Consignment.State
ASK_EVERY = timedelta(minutes=30)
# After that a parcel is a matter for people.
FOLLOWED_FOR = timedelta(days=60)


def due(*, limit: int = 200) -> list[Consignment]:
    """Return parcels on their way that nobody has asked for lately, longest first."""
    now = timezone.now()
    rows = Consignment.objects.filter(
        state=State.HANDED_OVER, handed_at__gt=now - FOLLOWED_FOR
    ).exclude(followed_at__gt=now - ASK_EVERY)
    rows = rows.exclude(tracking="").select_related("order")
    return list(rows.order_by(F("followed_at").asc(nulls_first=True))[:limit])


def follow(*, consignment: Consignment) -> Consignment:
    """Ask the carrier where a parcel is, and keep what it says.

    Raises CarrierUnavailable, CarrierRefused; it waits for its next turn all the same.
    """
    Consignment.objects.filter(pk=consignment.pk).update(followed_at=timezone.now())
    steps = CARRIERS[consignment.carrier].track(
        consignment.tracking, consignment.order.about
    )
    return take(consignment=consignment, steps=steps, by=consignment.carrier)


def take(*, consignment: Consignment, steps: Iterable[Step], by: str) -> Consignment:
    """Keep what a carrier told, each thing once, and move the parcel where it is.

    Told late or twice, in any order, it ends the same.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(consignments=consignment.pk)
        found = Consignment.objects.select_for_update().get(pk=consignment.pk)
        found.order = order
        TrackingStep.objects.bulk_create(
            [
                TrackingStep(
                    consignment=found,
                    code=step.code,
                    own_code=step.own_code,
                    at=step.at,
                )
                for step in steps
            ],
            ignore_conflicts=True,
        )
        last = found.tracking_steps.filter(code__in=("delivered", "returned")).last()
        if found.state == State.HANDED_OVER and last:
            _end(found, last, by)
    return found


def _end(consignment: Consignment, last: TrackingStep, by: str) -> None:
    order = consignment.order
    if last.code == "delivered":
        consignment.state, consignment.delivered_at = State.DELIVERED, last.at
        consignment.save(update_fields=["state", "delivered_at"])
    else:
        # It is on its way back: Dispatch books it in when it is here.
        if "parcel-returned" in order.review_codes:
            return
        order.review = order.with_review("parcel-returned")
        order.save(update_fields=["review"])
    orders.event(order, f"parcel-{last.code}", by=by, detail=consignment.number)
