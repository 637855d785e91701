"""Writing to the people whom a change of the policy concerns (P101, P105)."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import RedisError

from privacy import changes, links, people, post
from privacy.models import ClauseChange, PolicyVersion
from privacy.people import Person
from privacy.policies import document
from privacy.policies.compare import compare, told
from privacy.policies.document import Document, PolicyError

log = logging.getLogger(__name__)

SECONDS = 40.0  # of one run of the task; what is left goes with the next
# Letters of one run: an order's mail never waits behind more than these.
LETTERS = 500
# People give data under the old version to its last moment; a day later all of them
# have their letter.
AFTER = timedelta(days=1)
REST = timedelta(hours=1)  # after everybody was looked at
SHORT = 24  # digits of the hash in a message's key: it names no person

Letter = dict[str, Any]  # what post.queue takes, but for key and address
# A person, the address that the guard gave, and what writes the letter.
Addressed = tuple[Person, str, Callable[[], Letter]]


@dataclass(frozen=True)
class Mailing:
    """One kind of letter about one version: who gets it, and what it says."""

    name: str
    of: Callable[[list[Person]], list[Addressed]]

    def key(self, person: Person) -> str:
        return f"{self.name}:{person.subject[:SHORT]}"


def write_letters(*, limit: int = LETTERS, seconds: float = SECONDS) -> int:
    """Queue the letters that are due and not queued yet; return how many were.

    At most `limit` of them, in so many seconds; the next run goes on there. Safe to
    repeat and to kill: each batch is one transaction, and a letter has one key for
    ever. Who may not be asked any more when it is sent gets nothing: the mail wall
    looks again.
    """
    end = time.monotonic() + seconds
    written = 0
    for row in due_versions():
        for mailing in _mailings(row):
            if written < limit:
                written += _write(mailing, limit - written, end)
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


def _mailings(row: PolicyVersion) -> Iterator[Mailing]:
    kind = ClauseChange.Kind.HELD
    held = list(ClauseChange.objects.filter(version=row.number, kind=kind))
    for change in held:
        yield Mailing(f"policy-change:{row.number}:{change.clause}", _asking(change))
    if row.tells_subscribers:
        yield Mailing(f"policy-news:{row.number}", _telling(row, held))


def _write(mailing: Mailing, limit: int, end: float) -> int:
    written, place = 0, _place(mailing)
    if place is None:
        return 0
    for batch in changes.batched(people.everyone(after=place)):
        if time.monotonic() > end:
            return written
        letters = {mailing.key(one[0]): one for one in mailing.of(batch)}
        there = post.known(letters)
        new = [key for key in letters if key not in there]
        now = new[: limit - written]
        with transaction.atomic():
            for key in now:
                _, address, write = letters[key]
                post.queue(to=address, key=key, **write())
        written += len(now)
        last = letters[now[-1]][0] if len(now) < len(new) else batch[-1]
        _remember(mailing, last.subject)
        if written == limit:
            return written
    _remember(mailing, None)
    return written


def _place(mailing: Mailing) -> str | None:
    """Return the hash after which to go on; None while everybody is done for now.

    Kept in the cache, since it saves work and nothing else: where it is lost, all are
    looked at again, and what is in the outbox already stays one letter.
    """
    try:
        place, when = cache.get(mailing.name) or ("", timezone.now())
    except RedisError as error:
        log.info("place of letters lost", extra={"reason": type(error).__name__})
        return ""
    if place is None:
        return None if when > timezone.now() - REST else ""
    return str(place)


def _remember(mailing: Mailing, place: str | None) -> None:
    try:
        cache.set(mailing.name, (place, timezone.now()), timeout=None)
    except RedisError as error:
        log.info("place of letters not kept", extra={"reason": type(error).__name__})


def _asking(change: ClauseChange) -> Callable[[list[Person]], list[Addressed]]:
    """Return what finds those whom a change concerns, and writes what asks them."""
    old, new = document.load(change.version - 1), document.load(change.version)
    title, before, after = _wordings(old, new, change.clause)
    context = {
        "change": change,
        "title": title,
        "before": before,
        "after": after,
        "since": document.day(change.version),
        "compare": _address(change.version),
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }

    def letter(person: Person) -> Letter:
        token = links.token(person.subject, changes.question(change))
        way = reverse("privacy:choice", args=[token])
        own = {**context, "link": f"{settings.SITE_URL}{way}"}
        return {
            "message_class": "change",
            "subject": "May we use your details in a new way?",
            "about": f"policy:{change.version}",
            "text": render_to_string("emails/privacy/change.txt", own),
            "html": render_to_string("emails/privacy/change.html", own),
        }

    return lambda batch: [
        (person, address, partial(letter, person))
        for person, address in changes.reachable(change, batch)
    ]


def _wordings(old: Document, new: Document, clause: str) -> tuple[str, str, str]:
    """Return a clause's title, and what of it is only in the old and in the new."""
    for one in compare(old, new).changed:
        if one.clause.id == clause:
            return one.clause.title, one.lines_before, one.lines_after
    # what is new is not in its words: then all of them are what people should read
    found = new.clause(clause)
    if found is None:
        raise PolicyError(f"no clause {clause} in version {new.version}")
    return found.title, told(found), told(found)


def _telling(
    row: PolicyVersion, held: list[ClauseChange]
) -> Callable[[list[Person]], list[Addressed]]:
    """Return what finds those who want our mail, and only tells of a version (P105).

    Whom one of its changes concerns has a letter that tells as much, and asks.
    """
    context = {
        "row": row,
        "since": document.day(row.number),
        "compare": _address(row.number),
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
    letter = {
        "subject": "Our privacy policy changes",
        "about": f"policy:{row.number}",
        "text": render_to_string("emails/privacy/news.txt", context),
        "html": render_to_string("emails/privacy/news.html", context),
    }

    def of(batch: list[Person]) -> list[Addressed]:
        others = [
            person
            for person in batch
            if not any(changes.concerns(change, person) for change in held)
        ]
        # Of the class that they said yes to: the wall asks for that yes again.
        return [
            (person, address, partial(dict, letter, message_class=wish))
            for (person, address), wish in changes.wants_letters(others)
        ]

    return of


def _address(version: int) -> str:
    way = reverse("privacy:compare", args=[version - 1, version])
    return f"{settings.SITE_URL}{way}"
