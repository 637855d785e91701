"""A club's contact decides what is shown of them (P23, P24, C15).

Hiding happens at once and needs nobody's leave; erasing follows a review, or 30 days.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from clubs import emails
from clubs.actions import clubs
from clubs.models import (
    Club,
    ClubContact,
    ClubLinkRequest,
    ContactDetail,
    Submission,
)
from jessops.lib.hashing import email_hash
from newsletter import outbox
from newsletter.models import Message
from privacy import policies

BATCH = 200
YEAR = timedelta(days=365)
# Unanswered questions, a year after each other, before a club leaves the list.
SILENT_YEARS = 2
EMAIL = ContactDetail.Kind.EMAIL
CONTACT = "contact"

# What is done to a contact, their address and the moment given.
Act = Callable[[ClubContact, str, datetime], None]


def ask_link(*, club: Club, email: str) -> None:
    """Write down that somebody wants the link. Right and wrong addresses cost alike."""
    ClubLinkRequest.objects.create(
        club=club,
        email_hash=email_hash(email),
        policy_version=policies.current_version(),
    )


def answer_links() -> int:
    """Mail the links that were asked for, and forget the requests; out: how many."""
    done = 0
    while done < BATCH:
        with transaction.atomic(durable=True):
            request = (
                ClubLinkRequest.objects.select_for_update(
                    skip_locked=True, of=("self",)
                )
                .select_related("club")
                .order_by("pk")
                .first()
            )
            if request is None:
                return done
            email = request.club.details.filter(kind=EMAIL).first()
            if email and email_hash(email.value) == request.email_hash:
                emails.link(request.club, email.value)
            request.delete()
        done += 1
    return done


def set_details(
    *, club: Club, details: dict[str, tuple[str, bool]], source: str, agreed: bool
) -> None:
    """Make these the contact's details, by kind, with whether they are to be shown.

    Shown is only what the contact agreed to: `agreed` says that they themselves ask.
    """
    version = policies.current_version()
    today = timezone.now().date()
    with transaction.atomic():
        club.details.exclude(kind__in=details).delete()
        for kind, (value, shown) in details.items():
            show = shown and agreed
            ContactDetail.objects.update_or_create(
                club=club,
                kind=kind,
                defaults={
                    "value": value,
                    "published": show,
                    "source": source,
                    "agreed_on": today if show else None,
                    "leaving_at": None,
                    "policy_version": version,
                },
            )
        contact, _ = ClubContact.objects.get_or_create(
            club=club, defaults={"policy_version": version}
        )
        own = source == ContactDetail.Source.CONTACT
        ClubContact.objects.filter(pk=contact.pk).update(
            removal_at=None,
            bounced_at=None,
            silent=0,
            told_at=F("told_at") if own else None,
            confirmed_at=timezone.now() if own else F("confirmed_at"),
        )


def hide(*, club: Club, by: str = CONTACT, whole: bool = False) -> Submission:
    """Show nothing of the contact from this moment, and ask for a review.

    `whole` takes the club off the list, too. Safe to repeat.
    """
    now = timezone.now()
    kind = Submission.Kind.REMOVE_CLUB if whole else Submission.Kind.REMOVE
    with transaction.atomic():
        clubs.hide_details(club=club)
        version = policies.current_version()
        ClubContact.objects.update_or_create(
            club=club,
            defaults={"removal_at": now},
            create_defaults={"removal_at": now, "policy_version": version},
        )
        if whole:
            clubs.unlist(club=club, why=Club.Unlisted.ASKED, by=by)
        waiting = Submission.objects.filter(
            club=club, kind=kind, state=Submission.State.WAITING
        ).first()
        if waiting:
            return waiting
        clubs.note(club=club, code="removal", by=by, detail=kind)
        made = Submission.objects.create(club=club, kind=kind, policy_version=version)
        emails.waiting(made.pk)
        return made


def hide_some(*, club: Club, kinds: list[str], by: str = CONTACT) -> int:
    """Show these details no longer, from this moment."""
    with transaction.atomic():
        hidden = club.details.filter(kind__in=kinds, published=True).update(
            published=False, agreed_on=None
        )
        if hidden:
            clubs.note(club=club, code="hidden", by=by, detail=" ".join(sorted(kinds)))
    return hidden


def erase(*, club: Club, by: str) -> int:
    """Forget the contact: details, mails to them, and what they sent."""
    with transaction.atomic():
        gone, _ = club.details.all().delete()
        ClubContact.objects.filter(pk=club.pk).delete()
        ClubLinkRequest.objects.filter(club=club).delete()
        club.submissions.filter(state=Submission.State.WAITING).update(
            details={}, email=""
        )
        outbox.forget(about=club.about)
        clubs.note(club=club, code="erased", by=by, detail=str(gone))
    return gone


def confirm(*, club: Club, by: str = CONTACT) -> None:
    """The contact says that the entry is still theirs, and right."""
    with transaction.atomic():
        ClubContact.objects.filter(pk=club.pk).update(
            confirmed_at=timezone.now(), silent=0, bounced_at=None
        )
        clubs.note(club=club, code="confirmed", by=by)


# --- what is due ---------------------------------------------------------------------


def tell() -> int:
    """Tell contacts whose details came from somebody else what we hold; how many.

    UK GDPR article 14: within a month, and here within the hour.
    """
    return _each(
        ClubContact.objects.filter(told_at=None, removal_at=None)
        .filter(club__details__kind=EMAIL)
        .filter(~Q(club__details__source=ContactDetail.Source.CONTACT)),
        _tell,
    )


def _tell(contact: ClubContact, email: str, now: datetime) -> None:
    ClubContact.objects.filter(pk=contact.pk).update(told_at=now)
    emails.told(contact.club, email)
    clubs.note(club=contact.club, code="told", by="clock")


def ask_yearly() -> int:
    """Ask each contact once a year "still you?"; out: how many were asked or left.

    Who left two questions unanswered for a year each is unlisted, with the club.
    """
    before = timezone.now() - YEAR
    due = (
        ClubContact.objects.filter(club__published=True, removal_at=None)
        .filter(known_since__lte=before, club__details__kind=EMAIL)
        .filter(Q(asked_at=None) | Q(asked_at__lte=before))
        .filter(Q(confirmed_at=None) | Q(confirmed_at__lte=before))
    )
    return _each(due, _ask)


def _ask(contact: ClubContact, email: str, now: datetime) -> None:
    if contact.silent >= SILENT_YEARS:
        clubs.unlist(club=contact.club, why=Club.Unlisted.SILENT, by="clock")
        return
    ClubContact.objects.filter(pk=contact.pk).update(
        asked_at=now, silent=contact.silent + 1
    )
    emails.still_you(contact.club, email, on=now.date())
    clubs.note(club=contact.club, code="asked", by="clock")


def note_bounces() -> int:
    """Flag the clubs whose contact's mail could not be delivered; how many."""
    failed = Message.objects.filter(
        about__startswith="club:",
        state=Message.State.FAILED,
        settled_at__gte=timezone.now() - timedelta(days=7),
    ).values_list("about", "settled_at")
    flagged = 0
    for about, at in failed:
        number = about.partition(":")[2]
        if number.isdigit():
            flagged += bounced(number=int(number), at=at or timezone.now())
    return flagged


def bounced(*, number: int, at: datetime) -> bool:
    """Note that a mail to a club's contact came back; say whether that was news."""
    with transaction.atomic():
        moved = ClubContact.objects.filter(
            Q(confirmed_at=None) | Q(confirmed_at__lt=at), pk=number, bounced_at=None
        ).update(bounced_at=at)
        if moved:
            clubs.note(club=Club(pk=number), code="bounced", by="clock")
    return bool(moved)


def _each(due: QuerySet[ClubContact], act: Act) -> int:
    """Do one thing to each contact that is due: locked, read again, marked, mailed."""
    done = 0
    keys = list(due.order_by("pk").distinct().values_list("pk", flat=True)[:BATCH])
    for key in keys:
        with transaction.atomic(durable=True):
            contact = (
                ClubContact.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("club")
                .filter(pk=key)
                .first()
            )
            if contact is None or not due.filter(pk=key).exists():
                continue
            email = contact.club.details.filter(kind=EMAIL).first()
            if email:
                act(contact, email.value, timezone.now())
                done += 1
    return done
