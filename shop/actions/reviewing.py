"""Orders that wait for a person: found, asked about on the wished way, dealt with."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from jessops.lib.clock import in_london
from privacy import policies
from shop import emails, troubles
from shop.actions import orders
from shop.models import AddressCheck, ContactBy, Note, Order, OrderEvent, Status

# Troubles of which the shop itself tells the buyer at once, the weightiest first (P10).
TELLS = ("payment", "capture", "unpaid-rest", "short", "address", "bank-address")
# Why a buyer is reached in another way than they wished (P50).
REASONS = {
    "asked": "They asked for it",
    "unreachable": "The way they wished does not reach them",
    "urgent": "It cannot wait",
}
# What a buyer wrote about an order, and the code of why it waits.
BUYER, NOTE = "customer", "note"
LONGEST_NOTE, MOST_NOTES = 2000, 5
OTHER = "other-way"
# How long the other way stays open to whoever gave the reason.
OTHER_MINUTES = timedelta(minutes=30)


class NotPossible(Exception):
    """A move that does not fit the order as it stands; the text is for staff."""


def waiting() -> QuerySet[Order]:
    """Orders that a person must look at, the oldest first; no column of anybody's.

    One that came to nothing is among them only for money that is not clear.
    """
    found = Order.objects.exclude(review="").exclude(status=Status.DRAFT)
    money = Q(review__contains="payment") | Q(review__contains="refund")
    return found.filter(Q(status=Status.AUTHORISED) | money).order_by("placed_at", "pk")


def flag(*, order: Order, code: str, by: str) -> Order:
    """Have an order wait for a person, such as for goods that are not on the shelf."""
    with transaction.atomic():
        order = _locked(order)
        if order.status != Status.AUTHORISED or order.sent_at:
            raise NotPossible("only an order that has not left can wait")
        if code not in order.review_codes:
            order.review = order.with_review(code)
            order.save(update_fields=["review"])
            orders.event(order, "to-look-at", by=by, detail=code)
            tell(order=order, code=code)
    return order


def deal_with(*, order: Order, code: str, by: str) -> Order:
    """Take one code off an order: whoever did it has looked. The same again is nothing.

    Without any code left it goes on to Dispatch.
    """
    with transaction.atomic():
        order = _locked(order)
        if code in order.review_codes:
            left = [other for other in order.review_codes if other != code]
            order.review = " ".join(left)
            order.save(update_fields=["review"])
            orders.event(order, "looked-at", by=by, detail=code)
    return order


def wants_a_call(order: Order) -> bool:
    """Say whether the buyer wished to be rung, and the number is still there (P50)."""
    return order.contact_by == ContactBy.TELEPHONE and bool(order.telephone)


def tell(*, order: Order, code: str) -> bool:
    """Write to the buyer about a trouble as it arises: once, whoever wrote (P10).

    Who wished to be rung is rung by a person: the order stands in the queue. In the
    transaction in which the code was set; return whether a letter was queued.
    """
    if not _to_tell(order, code):
        return False
    emails.trouble(order, code)
    orders.event(order, "written", by="shop", detail=code)
    return True


def _to_tell(order: Order, code: str) -> bool:
    if code not in TELLS or code not in order.review_codes:
        return False
    if code == "address" and order.address_check != AddressCheck.NONE:
        return False  # it could not be looked up: that is our trouble, and not theirs
    reached = bool(order.email) and not wants_a_call(order)
    return reached and not _written(order, code).exists()


def confirm(*, order: Order) -> None:
    """Confirm an order; the letter asks about the weightiest trouble that it met (P10).

    So that who wished for letters gets one, and not two at once.
    """
    code = next((one for one in TELLS if _to_tell(order, one)), "")
    emails.confirmation(order, ask=troubles.of(code).ask if code else "")
    if code:
        orders.event(order, "written", by="shop", detail=code)


def ways(*, order: Order, by: str) -> list[str]:
    """Return how this member of staff may reach the buyer: as wished, or with reason.

    A number that is not there is no way, whatever was wished.
    """
    if not order.telephone:
        return [ContactBy.EMAIL]
    rung = order.contact_by == ContactBy.TELEPHONE
    wished, other = ContactBy.TELEPHONE, ContactBy.EMAIL
    if not rung:
        wished, other = other, wished
    given = OrderEvent.objects.filter(
        order_number=order.number,
        code=OTHER,
        by=by,
        at__gt=timezone.now() - OTHER_MINUTES,
    )
    return [wished, other] if given.exists() else [wished]


def use_other_way(*, order: Order, by: str, reason: str) -> None:
    """Open the other way to a member of staff for half an hour; it is on record."""
    if reason not in REASONS:
        raise NotPossible("choose a reason from the list")
    orders.event(order, OTHER, by=by, detail=reason)


def write(*, order: Order, code: str, by: str) -> None:
    """Write to the buyer about one code, once a day (P10). Raises NotPossible."""
    with transaction.atomic():
        order = _locked(order)
        if code not in order.review_codes:
            raise NotPossible("the order does not wait for this any more")
        if ContactBy.EMAIL not in ways(order=order, by=by):
            raise NotPossible("the buyer wished to be rung")
        if not order.email:
            raise NotPossible("nobody is left to be written to")
        if _written_today(order, code):
            raise NotPossible("the buyer was written to about it today")
        emails.trouble(order, code)
        orders.event(order, "written", by=by, detail=code)


def note_call(*, order: Order, words: str, by: str) -> Note:
    """Keep what was said on the telephone, sealed with the order's person's key."""
    words = " ".join(words.split())
    if not words:
        raise NotPossible("say in a few words what was said")
    with transaction.atomic():
        order = _locked(order)
        if not order.email:
            raise NotPossible("nobody is left to be rung")
        note = _note(order, words, by)
        orders.event(order, "rung", by=by)
    return note


def may_write(order: Order) -> bool:
    """Say whether a buyer's note can still change anything: nothing has left."""
    return order.status == Status.AUTHORISED and order.sent_at is None


def take_note(*, order: Order, words: str) -> Note:
    """Keep what a buyer wrote about an order; it waits until somebody has read it.

    The same words again are the same note. Raises NotPossible once it has left, or when
    there are many already.
    """
    words = "\n".join(line.strip() for line in words.strip().splitlines())
    with transaction.atomic():
        order = _locked(order)
        if not words or not may_write(order):
            raise NotPossible("it has left, or nothing was written")
        written = list(order.notes.filter(by=BUYER))
        if same := next((one for one in written if one.words == words), None):
            return same
        if len(written) >= MOST_NOTES:
            raise NotPossible("there are many notes already")
        note = _note(order, words, BUYER)
        order.review = order.with_review(NOTE)
        order.save(update_fields=["review"])
        orders.event(order, "note-written", by=BUYER)
    return note


def _note(order: Order, words: str, by: str) -> Note:
    note = Note(
        order=order,
        name=secrets.token_urlsafe(16),
        email_hash=order.email_hash,
        policy_version=policies.current_version(),
        words=words[:LONGEST_NOTE],
        by=by,
    )
    note.save()
    return note


def _written_today(order: Order, code: str) -> bool:
    today = in_london(timezone.now()).replace(hour=0, minute=0, second=0)
    return _written(order, code).filter(at__gte=today).exists()


def _written(order: Order, code: str) -> QuerySet[OrderEvent]:
    """Return the lines about letters to the buyer about one code."""
    return OrderEvent.objects.filter(
        order_number=order.number, code="written", detail=code
    )


def _locked(order: Order) -> Order:
    return Order.objects.select_for_update().get(pk=order.pk)
