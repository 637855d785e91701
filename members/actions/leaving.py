"""Leaving: closing an account for a while, and being erased (P94, P96).

The engine is privacy's (privacy.erasure, privacy.actions.erasures); here is what the
doors call: the member's area, a guest's order link, and staff for requests by e-mail,
telephone and post.
"""

import logging
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import timezone

from jessops.lib.clock import in_london, long_date
from members import sessions
from members.emails import leaving as emails
from members.models import Member
from newsletter.models import BLANK, Message
from privacy import erasure, handover, keys
from privacy.actions import erasures
from privacy.actions.erasures import NotWaiting
from privacy.models import Erasure

__all__ = [
    "NotWaiting",
    "StaffAccount",
    "address_of",
    "ask_erasure",
    "ask_guest",
    "come_back",
    "deactivate",
    "due_in_words",
    "forget_last_words",
    "guest_token",
    "read_link",
    "sweep",
    "waiting",
    "what_happens",
    "withdraw",
]

log = logging.getLogger(__name__)
LINK_LIFE = 24 * 3600  # seconds: a guest proves the mailbox within a day
_GUEST = "members.leaving.guest"
_STOP = "members.leaving.stop"


class StaffAccount(Exception):
    """Accounts of staff hold no customer: they are ended by who runs the shop."""


def deactivate(*, member: Member, by: str) -> Member:
    """Close an account until its owner comes back; doing it twice is the same (P96).

    In: "member" or "staff:12". Locked, in no audience, without mail but about orders
    under way; every session ends at once. Raises StaffAccount.
    """
    with transaction.atomic():
        member = Member.objects.select_for_update().get(pk=member.pk)
        if member.is_staff:
            raise StaffAccount
        if member.deactivated_at is None:
            member.deactivated_at, member.is_active = timezone.now(), False
            member.save(update_fields=["deactivated_at", "is_active"])
            emails.deactivated(member)
            log.info("account closed", extra={"event": by.partition(":")[0]})
        sessions.end(member)
    return member


def come_back(*, member: Member) -> Member:
    """Open an account again that its owner had closed, and tell its owner.

    What they chose counts again. Whoever has a second factor passed it before.
    """
    with transaction.atomic():
        member = Member.objects.select_for_update().get(pk=member.pk)
        if member.deactivated_at is not None:
            closed_at = member.deactivated_at
            member.deactivated_at, member.is_active = None, True
            member.save(update_fields=["deactivated_at", "is_active"])
            emails.came_back(member, closed_at)
            log.info("account opened again", extra={"event": "member"})
    return member


def ask_erasure(*, subject: str, email: str, door: str, by: str) -> Erasure:
    """Write down that somebody who proved who they are wants to be erased, and tell.

    In: the keyed hash and the address, "member", "order" or "staff", and who asked
    ("member", "guest", "staff:12"). Asking again is the same request and no second
    message. Raises StaffAccount.
    """
    if Member.objects.filter(email_hash=subject, is_staff=True).exists():
        raise StaffAccount
    with transaction.atomic():
        one = erasures.ask(subject=subject, door=door)
        emails.asked(one, email, stop_token(one))
    log.info("erasure asked", extra={"event": by.partition(":")[0]})
    return one


def withdraw(*, request: Erasure, by: str) -> Erasure:
    """Take it back within the three days; raises NotWaiting afterwards."""
    email = address_of(request)
    with transaction.atomic():
        one = erasures.withdraw(pk=request.pk)
        if email:
            emails.withdrawn(one, email)
    log.info("erasure withdrawn", extra={"event": by.partition(":")[0]})
    return one


def waiting(subject: str) -> Erasure | None:
    """Return the erasure that a person may still withdraw, or None."""
    return erasures.waiting_of(subject)


def ask_guest(*, subject: str, email: str, page: str, about: str) -> None:
    """Send somebody who knows an order's link the way on, to the order's own address.

    In: the person, the address of the page that asks, and the matter.

    The link to a page proves little; who reads the mailbox is the person. Who has an
    account is told to sign in instead: the page that asked says the same of both.
    """
    member = Member.objects.filter(email_hash=subject).first()
    if member:
        emails.sign_in_to_leave(member)
    else:
        emails.prove_guest(email, f"{page}{guest_token(page, subject)}/", about)


def guest_token(page: str, subject: str) -> str:
    """Return the token that proves the mailbox; it says nothing but when it was made.

    Signed with the page and the person, which the page knows anyway.
    """
    return _guest_signer(page, subject).sign("").lstrip(":")


def read_link(text: str, *, page: str, subject: str) -> bool:
    """Say whether a guest's token was made here for this page, within the day."""
    try:
        _guest_signer(page, subject).unsign(f":{text}", max_age=LINK_LIFE)
    except signing.BadSignature:
        return False
    return True


def _guest_signer(page: str, subject: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"{_GUEST}:{page}:{subject}")


def stop_token(one: Erasure) -> str:
    """Return the token of the page on which an erasure can be stopped."""
    return signing.dumps(one.reference, salt=_STOP)


def read_stop(text: str) -> Erasure | None:
    """Return the erasure that a token names, or None."""
    try:
        reference = signing.loads(text, salt=_STOP)
    except signing.BadSignature:
        return None
    return Erasure.objects.filter(reference=reference).first()


def address_of(one: Erasure) -> str:
    """Return the address of who is to be erased, or "" where only a hash is left."""
    try:
        found = handover.find([one.subject]).get(one.subject)
    except keys.KeyGone:
        found = None  # a restored backup: its key went long ago
    if found and found.email:
        return found.email
    told = Message.objects.filter(about=f"erasure:{one.reference}").exclude(to="")
    last = told.order_by("-created_at").first()
    return last.to if last else ""


def what_happens(subject: str, email: str) -> dict[str, Any]:
    """Return what would go and what would stay of a person, for the page to show."""
    fates = erasure.fates(erasure.people_of(subject, email))
    return {
        "goes": [(fate.title, list(fate.goes)) for fate in fates if fate.goes],
        "stays": [
            (fate.title, list(labels), reason, until)
            for fate in fates
            for (reason, until), labels in fate.stays.items()
        ],
        "first": erasure.waiting(subject),
        "think_again": erasures.THINK_AGAIN.days,
    }


def due_in_words(one: Erasure | None) -> str:
    """Return "Wednesday 25 November, 14:05" of an erasure that waits."""
    if one is None:
        return ""
    due = in_london(one.due_at)
    return f"{long_date(due.date())}, {due:%H:%M}"


# --- by itself ---------------------------------------------------------------------


def sweep() -> int:
    """Erase whoever is due, each by themselves; return how many are done."""
    done = 0
    for pk in erasures.due():
        try:
            done += erasures.carry_out(pk=pk, address_of=address_of, tell=emails.erased)
        # Whatever one of them trips over must not stand in the way of the others.
        except Exception as error:
            log.error(
                "erasure waits",
                extra={"event": str(pk), "reason": type(error).__name__},
            )
    forget_last_words()
    return done


def forget_last_words() -> int:
    """Forget the address of the last message once it is sent; return how many."""
    told = Message.objects.filter(
        about__startswith="erasure:", settled_at__isnull=False, forgotten_at=None
    )
    matters = dict(told.values_list("pk", "about"))
    over = Erasure.objects.filter(
        reference__in={about.removeprefix("erasure:") for about in matters.values()},
        state=Erasure.State.DONE,
    ).values_list("reference", flat=True)
    done = {f"erasure:{reference}" for reference in over}
    gone = [pk for pk, about in matters.items() if about in done]
    return Message.objects.filter(pk__in=gone).update(
        **BLANK, forgotten_at=timezone.now()
    )
