"""Putting right an order that has not left yet: where it goes, and whom to ring (P95).

What the invoice says stays: name, billing address, goods and sums. The address is
checked as at checkout, and the person is written to, so that nobody turns a parcel
away unseen.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from jessops.lib.clock import in_london
from members.actions.correcting import Contact, follow
from privacy.erasure import on_move
from shop import delivery, emails
from shop.actions import addresses, orders
from shop.models import AddressCheck, Consignment, ContactBy, Order, Status

ADDRESS = ("line1", "line2", "town", "county", "postcode")


class AlreadyLeft(Exception):
    """The parcel has left, or there will be none: nothing follows any more."""


class OtherPrice(Exception):
    """Delivery there costs or takes something else than what was paid for."""


def has_not_left(order: Order) -> bool:
    """Say whether an order may still be put right: placed, and not dispatched.

    One that a person must look at has not left, however late it is.
    """
    placed = order.status in (Status.PENDING, Status.AUTHORISED)
    today = in_london(timezone.now()).date()
    in_time = today <= delivery.latest_departure(order.delivery_on)
    waits = bool(order.review)
    return placed and order.sent_at is None and (in_time or waits)


def is_booked(order: Order) -> bool:
    """Say whether a carrier knows a parcel of it already."""
    known = (*Consignment.LEFT, Consignment.State.BOOKED)
    return order.consignments.filter(state__in=known).exists()


def redirect(
    *,
    order: Order,
    address: dict[str, str],
    telephone: str,
    by: str,
    ring: bool | None = None,
) -> Order:
    """Send an order elsewhere, and ring another number; the same again does nothing.

    In: line1, line2, town, county and postcode, checked for form, and who asks
    ("customer", "staff:12"); `ring`, whether the carrier may have the number, None for
    as before. Raises AlreadyLeft, OtherPrice. No lock waits for the
    address list.
    """
    _refuse(order, address)
    moved = {name: address[name] for name in ADDRESS}
    check = None
    if any(getattr(order, name) != value for name, value in moved.items()):
        check = addresses.check(
            line1=moved["line1"], postcode=moved["postcode"], about=order.about
        )
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        _refuse(order, address)
        changed = _write(order, moved, telephone, check, by, ring)
        if changed:
            emails.corrected(order)
    return order


def _refuse(order: Order, address: dict[str, str]) -> None:
    if not has_not_left(order) or is_booked(order):
        raise AlreadyLeft
    if delivery.area(address["postcode"]) != delivery.area(order.postcode):
        raise OtherPrice


def _write(
    order: Order,
    moved: dict[str, str],
    telephone: str,
    check: AddressCheck | None,
    by: str,
    ring: bool | None = None,
) -> bool:
    fields: dict[str, Any] = {}
    if check is not None:
        clear = check in (AddressCheck.MATCH, AddressCheck.NEAR)
        codes = [code for code in order.review_codes if code != "address"]
        fields |= moved | {
            "address_check": check,
            "review": " ".join(codes if clear else [*codes, "address"]),
        }
        orders.event(order, "address-corrected", by=by, detail=str(check))
    if telephone != order.telephone:
        fields["telephone"] = telephone
        if not telephone:
            fields["contact_by"] = ContactBy.EMAIL
        orders.event(order, "telephone-corrected", by=by)
    ring = bool(telephone) and (order.carrier_may_ring if ring is None else ring)
    if ring != order.carrier_may_ring:
        fields["carrier_may_ring"] = ring
        orders.event(order, "carrier-number", by=by, detail="yes" if ring else "no")
    for name, value in fields.items():
        setattr(order, name, value)
    if fields:
        order.save(update_fields=list(fields))
    return bool(fields)


# --- what follows a member's own corrections ------------------------------------------
def note_new_address(old: str, new: str) -> None:
    """Write down in each order that has not left that its e-mail address is another."""
    for order in Order.objects.filter(email_hash=new):
        if has_not_left(order):
            orders.event(order, "email-corrected", by="customer")


def follow_contact(contact: Contact) -> None:
    """Let orders that have not left follow a member's new telephone or address.

    Only where they have what the member had: an order that goes to somebody else, or
    names another number, was meant so. The address counts as unchecked until somebody
    has looked, since no lock may wait for the address list.
    """
    rows = Order.objects.select_for_update().filter(
        email_hash=contact.member.email_hash,
        status__in=[Status.PENDING, Status.AUTHORISED],
    )
    for order in rows.order_by("pk"):
        if has_not_left(order) and not is_booked(order):
            _follow(order, contact)


def _follow(order: Order, contact: Contact) -> None:
    before, after = contact.before, contact.after
    telephone = order.telephone
    if "telephone" in after and telephone and telephone == before["telephone"]:
        telephone = after["telephone"]
    moved, check = {name: getattr(order, name) for name in ADDRESS}, None
    same_place = "postcode" in after and moved == {n: before[n] for n in ADDRESS}
    there = {name: after.get(name, "") for name in ADDRESS}
    same_area = delivery.area(there["postcode"]) == delivery.area(order.postcode)
    if same_place and same_area and there != moved:
        moved, check = there, AddressCheck.UNAVAILABLE
    if _write(order, moved, telephone, check, by="customer"):
        emails.corrected(order)


on_move(note_new_address)
follow(follow_contact)
