"""The Clubfinder's messages: one function each, queued in the caller's transaction."""

from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from clubs import links
from clubs.models import Club
from jessops.lib.hashing import email_hash
from newsletter import outbox

SLOT = 600  # seconds: a link is mailed at most once in ten minutes


def link(club: Club, email: str) -> None:
    """The link to change or remove an entry, to its contact's own address."""
    _queue("link", "The link to your club's entry", email, club, once=_slot())


def new_link(email: str) -> None:
    """The link to the form that lists a club, to whom it may concern."""
    who = email_hash(email)[:16]
    url = f"{settings.SITE_URL}{links.for_new(email)}"
    _send(
        "new_link",
        "List your camera club",
        email,
        {"link": url},
        key=f"club-new:{who}:{_slot()}",
    )


def told(club: Club, email: str) -> None:
    """What we hold that somebody else told us (UK GDPR article 14)."""
    _queue("told", "What we hold about you", email, club, kind="legal")


def still_you(club: Club, email: str, *, on: date) -> None:
    """The yearly question (C15)."""
    _queue(
        "still_you", "Is this still your camera club?", email, club, once=on.isoformat()
    )


def decided(club: Club | None, email: str, *, approved: bool, about: int) -> None:
    """What came of a request; to nobody if no address is known."""
    if not email:
        return
    name = "approved" if approved else "refused"
    subject = "Your club's entry is on our list" if approved else "About your request"
    if club is None:
        _send(name, subject, email, {}, key=f"club-{name}:{about}")
    else:
        _queue(name, subject, email, club, once=str(about))


def waiting(about: int) -> None:
    """To the Clubs Administrator: something waits. Nothing of anybody is in it."""
    context = {
        "queue": f"{settings.SITE_URL}/admin/clubs/submission/?state__exact=waiting"
    }
    _send(
        "waiting",
        "The list of clubs: something waits for you",
        settings.COMPANY["clubs_email"],
        context,
        key=f"club-waiting:{about}",
        kind="staff",
    )


def _slot() -> str:
    return str(int(timezone.now().timestamp()) // SLOT)


def _queue(
    name: str,
    subject: str,
    email: str,
    club: Club,
    *,
    once: str = "",
    kind: str = "account",
) -> None:
    details = list(club.details.all())
    context = {
        "club": club,
        "details": details,
        "link": f"{settings.SITE_URL}{links.for_contact(club, email)}",
        "entry": f"{settings.SITE_URL}{club.get_absolute_url()}",
    }
    # An address of its own: a new contact gets what the old one was told.
    key = f"club-{name}:{club.pk}:{email_hash(email)[:16]}"
    _send(
        name,
        subject,
        email,
        context,
        key=f"{key}:{once}" if once else key,
        about=club.about,
        kind=kind,
    )


def _send(
    name: str,
    subject: str,
    email: str,
    context: dict[str, Any],
    *,
    key: str,
    about: str = "",
    kind: str = "account",
) -> None:
    context |= {"company": settings.COMPANY, "site_url": settings.SITE_URL}
    outbox.queue(
        message_class=kind,
        to=email,
        subject=subject,
        text=render_to_string(f"emails/clubs/{name}.txt", context),
        html=render_to_string(f"emails/clubs/{name}.html", context),
        about=about,
        key=key,
    )
