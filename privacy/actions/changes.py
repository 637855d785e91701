"""Writing to the people whom a change of the policy concerns (P101, P105)."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from privacy import changes, links, people, post
from privacy.models import ClauseChange, PolicyVersion
from privacy.people import Person
from privacy.policies import document

SECONDS = 40.0  # of one run of the task; what is left goes with the next
# People give data under the old version to its last moment; a day later all of them
# have their letter.
AFTER = timedelta(days=1)
SHORT = 24  # digits of the hash in a message's key: it names no person


def write_letters(*, seconds: float = SECONDS) -> int:
    """Queue every letter that is due and not queued yet; return how many were.

    Safe to repeat and to kill: each batch is one transaction, and a letter has one key
    for ever. Who may not be asked any more when it is sent gets nothing: the mail wall
    looks again.
    """
    end = time.monotonic() + seconds
    written = 0
    for row in due_versions():
        held = ClauseChange.objects.filter(
            version=row.number, kind=ClauseChange.Kind.HELD
        )
        for change in held:
            written += _write(
                changes.batches(change), _asking(change), _key(change), end
            )
        if row.tells_subscribers:
            written += _write(_subscribers(), _telling(row), _telling_key(row), end)
    return written


def due_versions() -> list[PolicyVersion]:
    """Return the published versions whose people may still be without a letter."""
    since = timezone.now() - AFTER
    return list(
        PolicyVersion.objects.filter(in_force_from__gt=since, number__gt=1).filter(
            Q(tells_subscribers=True)
            | Q(
                number__in=ClauseChange.objects.filter(
                    kind=ClauseChange.Kind.HELD
                ).values("version")
            )
        )
    )


def _write(
    batches: Iterator[list[Person]],
    letter: Callable[[Person], dict[str, Any]],
    key: Callable[[Person], str],
    end: float,
) -> int:
    written = 0
    for batch in batches:
        if time.monotonic() > end:
            break
        by_key = {key(person): person for person in batch}
        there = post.known(by_key)
        with transaction.atomic():
            for name, person in by_key.items():
                if name not in there:
                    post.queue(to=person.email, key=name, **letter(person))
                    written += 1
    return written


def _key(change: ClauseChange) -> Callable[[Person], str]:
    start = f"policy-change:{change.version}:{change.clause}"
    return lambda person: f"{start}:{person.subject[:SHORT]}"


def _telling_key(row: PolicyVersion) -> Callable[[Person], str]:
    return lambda person: f"policy-news:{row.number}:{person.subject[:SHORT]}"


def _asking(change: ClauseChange) -> Callable[[Person], dict[str, Any]]:
    """Return what makes the letter that asks one person about a change."""
    old, new = document.load(change.version - 1), document.load(change.version)
    before, after = old.clause(change.clause), new.clause(change.clause)
    since = document.day(change.version)

    def letter(person: Person) -> dict[str, Any]:
        token = links.token(person.subject, changes.question(change))
        address = f"{settings.SITE_URL}{reverse('privacy:choice', args=[token])}"
        context = {
            "change": change,
            "before": before,
            "after": after,
            "since": since,
            "link": address,
            "compare": _compare(change.version),
            "company": settings.COMPANY,
            "site_url": settings.SITE_URL,
        }
        return {
            "message_class": "change",
            "subject": "May we use your details in a new way?",
            "about": f"policy:{change.version}",
            "text": render_to_string("emails/privacy/change.txt", context),
            "html": render_to_string("emails/privacy/change.html", context),
        }

    return letter


def _telling(row: PolicyVersion) -> Callable[[Person], dict[str, Any]]:
    """Return what makes the letter that only tells of a version (P105)."""
    context = {
        "row": row,
        "since": document.day(row.number),
        "compare": _compare(row.number),
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
    made = {
        "message_class": "change",
        "subject": "Our privacy policy changes",
        "about": f"policy:{row.number}",
        "text": render_to_string("emails/privacy/news.txt", context),
        "html": render_to_string("emails/privacy/news.html", context),
    }
    return lambda person: made


def _subscribers() -> Iterator[list[Person]]:
    waiting: list[Person] = []
    for person in people.everyone():
        waiting.append(person)
        if len(waiting) == people.BATCH:
            yield changes.wants_letters(waiting)
            waiting = []
    if waiting:
        yield changes.wants_letters(waiting)


def _compare(version: int) -> str:
    way = reverse("privacy:compare", args=[version - 1, version])
    return f"{settings.SITE_URL}{way}"
