"""From an order to a parcel on the carrier's van. One function a move (shop.states).

Locks are taken order first, then its parcels. No lock waits for a carrier.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from jessops.lib.clock import in_london
from shop import collection, emails
from shop.actions import captures, losses, orders, parcels
from shop.actions.carriers import CARRIERS
from shop.models import (
    Consignment,
    ConsignmentLine,
    Manifest,
    Order,
    Status,
)

State = Consignment.State
LARGEST_G = 30_000  # what both carriers take
COLLECT = "collect"  # in place of a carrier: the buyer fetches it
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none is read as another


class NotPossible(Exception):
    """It cannot be done as things stand; the text says why, for staff."""


def left_to_send(order: Order) -> QuerySet[Any]:
    """Return OrderLines of which some are in no live parcel, each with its `left`."""
    live = ~Q(consigned__consignment__state__in=Consignment.GONE)
    consigned = Coalesce(Sum("consigned__quantity", filter=live), 0)
    lines = order.lines.annotate(left=F("quantity") - F("cancelled") - consigned)
    return lines.filter(left__gt=0).order_by("position")


def start(
    *, order: Order, by: str, quantities: Mapping[int, int] | None = None
) -> Consignment:
    """Put an order, or a part of it, on the pick list.

    In: how many of which line (by primary key); all that is left by default. What is
    not in it stays to be sent later. Raises NotPossible.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order.pk)
        _may_go(order)
        left = dict(left_to_send(order).values_list("pk", "left"))
        wanted = left if quantities is None else dict(quantities)
        wanted = {pk: number for pk, number in wanted.items() if number}
        if not wanted:
            raise NotPossible("nothing of it is left to send")
        for pk, number in wanted.items():
            if not 0 < number <= left.get(pk, 0):
                raise NotPossible("more than is left to send")
        if wanted != left:
            _refuse_split(order)
        try:
            losses.replace(order=order, wanted=wanted, by=by)
        except losses.NotOnTheShelf as error:
            raise NotPossible(str(error)) from error
        count = order.consignments.count() + 1
        made = Consignment.objects.create(
            order=order,
            number=f"{order.number}-{count}",
            service=parcels.service_of(order),
        )
        ConsignmentLine.objects.bulk_create(
            ConsignmentLine(consignment=made, line_id=pk, quantity=number)
            for pk, number in wanted.items()
        )
        orders.event(order, "parcel-started", by=by, detail=made.number)
    return made


def pack(
    *,
    consignment: Consignment,
    carrier: str,
    weight_g: int,
    by: str,
    quantities: Mapping[int, int] | None = None,
) -> Consignment:
    """Say what is in the box, what it weighs, and who carries it.

    In: how many of each line (by the order line's primary key) are really in it; what
    is missing goes back to the orders to send. Raises NotPossible.
    """
    if carrier not in (*CARRIERS, COLLECT):
        raise NotPossible("no such carrier")
    if not 0 < weight_g <= LARGEST_G:
        raise NotPossible("a parcel weighs up to 30 kg")
    with transaction.atomic(durable=True):
        found = _locked(consignment, State.DRAFT)
        if collection.of(found.order) and carrier != COLLECT:
            raise NotPossible("its buyer collects it")
        if _put_in(found, quantities):
            _refuse_split(found.order)
        found.carrier, found.weight_g = carrier, weight_g
        _move(found, State.PACKED, by, "packed_at", "carrier", "weight_g")
    return found


def _refuse_split(order: Order) -> None:
    if not captures.may_split(order):
        raise NotPossible(
            "this card pays once: send the order whole, or ask Web Sales to take off"
            " what is missing"
        )


def _put_in(consignment: Consignment, quantities: Mapping[int, int] | None) -> bool:
    """Write down what is really in the box; say whether something is missing."""
    missing = False
    lines = list(consignment.lines.all())
    really = {line.line_id: line.quantity for line in lines} | dict(quantities or {})
    if not any(really.get(line.line_id) for line in lines):
        raise NotPossible("the box is empty")
    for line in lines:
        number = really[line.line_id]
        if not 0 <= number <= line.quantity:
            raise NotPossible("more than was to be picked")
        missing = missing or number != line.quantity
        if number == 0:
            line.delete()
        elif number != line.quantity:
            ConsignmentLine.objects.filter(pk=line.pk).update(quantity=number)
    return missing


def unpack(*, consignment: Consignment, by: str) -> Consignment:
    """Open a box again that no carrier knows of."""
    with transaction.atomic(durable=True):
        found = _locked(consignment, State.PACKED)
        _move(found, State.DRAFT, by)
    return found


def book(*, consignment: Consignment, by: str) -> Consignment:
    """Book a packed parcel; twice is once, since carriers know it by its number.

    Raises NotPossible, CarrierUnavailable, CarrierRefused. It is not booked then.
    """
    found = Consignment.objects.select_related("order").get(pk=consignment.pk)
    if found.state == State.BOOKED:
        return found
    if found.state != State.PACKED or found.carrier == COLLECT:
        raise NotPossible("it is not packed for a carrier")
    _may_go(found.order)
    ring = found.order.carrier_may_ring
    parcel = parcels.of(found, ring=ring)
    booked = CARRIERS[found.carrier].book(parcel, found.order.about)
    with transaction.atomic(durable=True):
        found = _locked(found, State.PACKED, State.BOOKED)
        if found.state == State.BOOKED:
            return found
        if parcels.of(found, ring=found.order.carrier_may_ring) != parcel:
            raise NotPossible("its order was put right meanwhile: look again")
        found.notify_by_phone = parcels.has_number(parcel)
        found.booking, found.barcode = booked.number, booked.barcode
        found.tracking = booked.number
        fields = ("booked_at", "booking", "barcode", "tracking", "notify_by_phone")
        _move(found, State.BOOKED, by, *fields)
    return found


def cancel(*, consignment: Consignment, by: str) -> Consignment:
    """Take a parcel apart that has not left; its things are to be sent again."""
    with transaction.atomic(durable=True):
        found = _locked(
            consignment, State.DRAFT, State.PACKED, State.BOOKED, State.READY
        )
        _move(found, State.CANCELLED, by, "closed_at")
    return found


def unbook(*, consignment: Consignment, by: str) -> Consignment:
    """Take a booked parcel back: its label is thrown away.

    Booked again as it is, it has the same number; with another address Parcelforce
    gives a new one, and the second carrier refuses: cancel it and pick anew.
    """
    with transaction.atomic(durable=True):
        found = _locked(consignment, State.BOOKED)
        found.booking = found.barcode = found.tracking = ""
        found.booked_at = None
        found.notify_by_phone = False
        fields = ("booking", "barcode", "tracking", "booked_at", "notify_by_phone")
        _move(found, State.PACKED, by, *fields)
    return found


def ready(*, consignment: Consignment, by: str) -> Consignment:
    """Put a parcel on the counter's shelf and send its buyer the code for it."""
    with transaction.atomic(durable=True):
        found = _locked(consignment, State.PACKED)
        if found.carrier != COLLECT:
            raise NotPossible("a carrier is to fetch it")
        _may_go(found.order)
        found.collect_code = _new_code()
        _move(found, State.READY, by, "collect_code")
        emails.ready(found.order, found)
    return found


def collect(*, code: str, by: str) -> Consignment:
    """Hand a parcel to whoever has its code; its money is taken. Raises NotPossible."""
    wanted = code.replace(" ", "").upper()
    found = Consignment.objects.filter(state=State.READY, collect_code=wanted).first()
    if not wanted or found is None:
        raise NotPossible("nothing waits under this code")
    with transaction.atomic(durable=True):
        found = _locked(found, State.READY)
        _may_go(found.order)
        found.handed_at = timezone.now()
        _move(found, State.DELIVERED, by, "delivered_at", "handed_at")
        _take_money(found, by)
    return found


def _new_code() -> str:
    """Return six letters that no parcel on the shelf has."""
    taken = set(
        Consignment.objects.filter(state=State.READY).values_list(
            "collect_code", flat=True
        )
    )
    while True:
        code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(6))
        if code not in taken:
            return code


def hand_over(*, consignment: Consignment, by: str) -> Consignment:
    """The parcel is on the van: its money is taken, and its buyer told. Once."""
    with transaction.atomic(durable=True):
        found = _locked(consignment, State.BOOKED, *Consignment.LEFT)
        if found.state in Consignment.LEFT:
            return found
        _leave(found, by)
    return found


def close_day(*, carrier: str, by: str) -> Manifest:
    """Close the day with one carrier: its manifest, and every booked parcel leaves.

    Raises NotPossible when none is booked, CarrierUnavailable, CarrierRefused; nothing
    has left then.
    """
    if carrier not in CARRIERS:
        raise NotPossible("no such carrier")
    waiting = Consignment.objects.filter(
        state=State.BOOKED, carrier=carrier, order__status=Status.AUTHORISED
    )
    rows = waiting.filter(order__review="").select_related("order").order_by("pk")
    booked = {row.pk: row.booking for row in rows if captures.reserved(row.order)}
    if not booked:
        raise NotPossible("no parcel that may leave is booked with this carrier")
    day = in_london(timezone.now()).date()
    about = f"manifest:{carrier}:{day:%Y-%m-%d}"
    reference = CARRIERS[carrier].manifest(list(booked.values()), about)
    with transaction.atomic(durable=True):
        made = Manifest.objects.create(
            carrier=carrier, day=day, reference=reference, by=by
        )
    for pk in booked:
        with transaction.atomic(durable=True):
            found = _locked(Consignment(pk=pk), *State)
            # Cancelled or stopped while the carrier was asked: it stays here.
            if found.state == State.BOOKED and _stopped(found.order) is None:
                found.manifest = made
                _leave(found, by, "manifest")
    if not made.consignments.exists():
        made.delete()  # the button was pressed twice
        raise NotPossible("its parcels were handed over at this moment")
    return made


def _stopped(order: Order) -> str | None:
    """Say why nothing of an order may leave, if so."""
    if order.status != Status.AUTHORISED:
        return "the order is not to be sent"
    if order.review_codes:
        return "a person must look at the order first"
    return None if captures.reserved(order) else "no money is reserved for its order"


def _may_go(order: Order) -> None:
    if why := _stopped(order):
        raise NotPossible(why)


def lose(*, consignment: Consignment, by: str) -> Consignment:
    """Nobody can find it: its things may be sent again, or their price given back."""
    return _gone_astray(consignment, State.LOST, "parcel-lost", by)


def came_back(*, consignment: Consignment, by: str) -> Consignment:
    """It came back undelivered: what was in it may be sent again."""
    return _gone_astray(consignment, State.RETURNED, "parcel-returned", by)


def _gone_astray(
    consignment: Consignment, to: Consignment.State, code: str, by: str
) -> Consignment:
    with transaction.atomic(durable=True):
        found = _locked(consignment, State.HANDED_OVER)
        _move(found, to, by, "closed_at")
        order = found.order
        order.sent_at = None
        order.review = order.with_review(code)
        order.save(update_fields=["sent_at", "review"])
    return found


def _locked(consignment: Consignment, *states: Consignment.State) -> Consignment:
    """Lock a parcel's order, then the parcel; NotPossible in any other state."""
    pk = consignment.pk
    order = Order.objects.select_for_update().get(consignments=pk)
    found = Consignment.objects.select_for_update().get(pk=pk)
    found.order = order
    if found.state not in states:
        raise NotPossible(f"it is {found.get_state_display().lower()}")
    return found


def _move(
    consignment: Consignment, to: Consignment.State, by: str, *fields: str
) -> None:
    """Write a new state, and the time of it where the first field is one."""
    consignment.state = to
    if fields and fields[0].endswith("_at"):
        setattr(consignment, fields[0], timezone.now())
    consignment.save(update_fields=["state", *fields])
    code = f"parcel-{to}"
    orders.event(consignment.order, code, by=by, detail=consignment.number)


def _leave(consignment: Consignment, by: str, *fields: str) -> None:
    order = consignment.order
    _may_go(order)
    _move(consignment, State.HANDED_OVER, by, "handed_at", *fields)
    _take_money(consignment, by)
    carrier = CARRIERS[consignment.carrier].title
    emails.dispatched(order, consignment, carrier=carrier)


def _take_money(consignment: Consignment, by: str) -> None:
    try:
        captures.ask(consignment=consignment, by=by)
    except captures.NothingReserved as error:
        raise NotPossible("no money is reserved for its order") from error
    consignment.order.refresh_from_db(fields=["sent_at", "review"])
