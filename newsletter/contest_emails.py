"""Mail about a contest, to whoever entered it: one function a message."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from newsletter import entry_links, outbox
from newsletter.models import Contest, Entry


def entered(entry: Entry, contest: Contest) -> None:
    """What was entered, who sponsors it, and the way to change or withdraw it."""
    _queue("contest_entered", "You have entered our contest", entry, contest)


def won(entry: Entry, contest: Contest) -> None:
    """That the entry won, and what the winner can still say no to."""
    _queue("contest_won", "You have won in our contest", entry, contest)


def _queue(name: str, subject: str, entry: Entry, contest: Contest) -> None:
    context: dict[str, Any] = {
        "entry": entry,
        "contest": contest,
        "survey": contest.survey,
        "link": f"{settings.SITE_URL}{entry_links.own(entry.pk)}",
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
    outbox.queue(
        message_class="account",
        to=entry.email,
        subject=subject,
        text=render_to_string(f"emails/newsletter/{name}.txt", context),
        html=render_to_string(f"emails/newsletter/{name}.html", context),
        about=contest.about,
        key=f"{name}:{entry.pk}",
    )
