"""Selling the business: announcing it, looking at its notice, passing data on (P64-66).

Nothing passes before the notice stood for thirty unbroken days: checked here, and by
the database on its own (migration 0005), whoever asks.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from jessops.lib.private_file import PrivateFile
from privacy import (
    handover,
    notices,
    people,
    sightings,
    transfer,
    transitions,
)
from privacy.models import Transition, TransitionEvent, TransitionSighting
from privacy.people import Person

BATCH = 500  # people whose answers and rows are read at once
TRIES = 3  # of making a transfer set that is still right when it is complete
EVERY = timedelta(minutes=55)  # between two good looks; the task comes more often
_LOCK = "privacy_transition"  # the same as in migration 0005


class Refused(Exception):
    """Base of everything that is refused here; the text says why, to staff."""


class BadAnnouncement(Refused):
    """Something is missing from it, or it is planned too soon."""


class AnotherIsLive(Refused):
    """One sale is announced at a time."""


class NotLive(Refused):
    """No transition of that reference is announced; or it has ended."""


class TooSoon(Refused):
    """The notice has not stood for thirty unbroken days, or the day has not come."""


class Unsettled(Refused):
    """People answered while the set was made, again and again; try once more."""


class Busy(Refused):
    """Somebody else is at it; try once more."""


def announce(
    *,
    buyer: str,
    notice: str,
    planned_on: date,
    use_differs: bool,
    question: str = "",
    by: str,
) -> Transition:
    """Announce a change of ownership: from now on its notice stands on every page.

    In: the day it is planned for, thirty days ahead at least; whether the buyer will
    use data in a manner different from that stated, and if so what people are asked;
    `by` such as "Member 3". Raises Refused.
    """
    now = timezone.now()
    today = now.astimezone(UTC).date()
    if not buyer.strip() or not notice.strip():
        raise BadAnnouncement("say who the buyer is, and what happens")
    if planned_on < today + timedelta(days=transitions.DAYS):
        raise BadAnnouncement("it must be planned thirty days ahead at least")
    if use_differs != bool(question.strip()):
        raise BadAnnouncement("a new use needs a question, and no new use needs none")
    try:
        with transaction.atomic():
            _lock()
            if transitions.live():
                raise AnotherIsLive("another sale is announced")
            year = Transition.objects.filter(reference__startswith=f"T{today.year}-")
            transaction.on_commit(notices.forget)
            return Transition.objects.create(
                reference=f"T{today.year}-{year.count() + 1}",
                buyer=buyer.strip(),
                notice=notice.strip(),
                planned_on=planned_on,
                use_differs=use_differs,
                question=question.strip(),
                announced_at=now,
                announced_by=by,
            )
    except OperationalError as error:
        raise Busy("somebody else is at it") from error


def withdraw(*, reference: str, by: str) -> TransitionEvent:
    """Call it off: the notice comes down, and nothing can pass. Raises Refused."""
    return _end(reference, TransitionEvent.Code.WITHDRAWN, by)


def complete(*, reference: str, by: str) -> TransitionEvent:
    """Put on record that the owner has changed; raises Refused before its time."""
    return _end(reference, TransitionEvent.Code.COMPLETED, by)


def look() -> list[TransitionSighting]:
    """Look at the served pages for the notice, if it is time to; write what was seen.

    Comes more often than it looks: an hour after a good look, and at once after any
    other one, so that a short trouble leaves no gap.
    """
    transition = transitions.live()
    now = timezone.now()
    if transition is None or now < transition.announced_at + transitions.SETTLE:
        return []
    rounds = transitions.rounds_of(transition.reference)
    if rounds and rounds[-1].good and now < rounds[-1].at + EVERY:
        return []
    seen = sightings.look(transfer.wanted(transition))
    return TransitionSighting.objects.bulk_create(
        TransitionSighting(
            reference=transition.reference,
            at=now,
            path=one.path,
            shown=one.shown,
            why=one.why,
        )
        for one in seen
    )


def export(*, reference: str, to: str, by: str) -> TransitionEvent:
    """Write the transfer set to a file, one person a line; return its entry.

    The entry with the file's checksum is committed first, then the file gets its name:
    a crash between leaves an entry without a file, never a file without an entry.
    Raises Refused, BadPlace.
    """
    places = (Path(settings.BASE_DIR), Path(settings.STATIC_ROOT))
    with PrivateFile(to, not_inside=places) as outgoing:
        for _ in range(TRIES):
            event = _recorded(reference, outgoing, by)
            if event:
                outgoing.publish()
                return event
    raise Unsettled("people answered meanwhile; try again")


def _recorded(reference: str, outgoing: PrivateFile, by: str) -> TransitionEvent | None:
    """Make the set and its entry in one transaction; None when it was overtaken.

    The set is computed twice, and whoever is no longer in it at the end was written
    for nothing: what was made is thrown away.
    """
    with transaction.atomic(durable=True):
        transition = _open(reference)
        _check_time(transition)
        outgoing.empty()
        written: set[str] = set()
        for subject, line in _lines(transition):
            outgoing.write(line)
            written.add(subject)
        still = {person.subject for batch in _included(transition) for person in batch}
        if not written <= still:
            return None
        try:
            with transaction.atomic():
                return TransitionEvent.objects.create(
                    reference=reference,
                    code=TransitionEvent.Code.EXPORTED,
                    people=len(written),
                    sha256=outgoing.checksum(),
                    by=by,
                    at=timezone.now(),
                )
        except IntegrityError as error:
            raise TooSoon("the database does not count thirty days") from error


def _lines(transition: Transition) -> Iterator[tuple[str, bytes]]:
    """Yield each person of the set with their line."""
    for batch in _included(transition):
        held: dict[str, list[dict[str, object]]] = {}
        states = {person.subject: person for person in batch}
        for row in handover.moving({one.subject: one.email for one in batch}):
            if transfer.may_move(states[row.subject], row.version):
                held.setdefault(row.subject, []).append(
                    {"of": row.table, "about": row.about, "fields": row.fields}
                )
        for subject, rows in held.items():
            text = json.dumps({"rows": rows}, cls=DjangoJSONEncoder)
            yield subject, text.encode() + b"\n"


def _included(transition: Transition) -> Iterator[list[Person]]:
    """Yield the people of the set by the rule of privacy.transfer, in batches."""
    for batch in batches(people.everyone()):
        answers = transfer.answers(transition.reference, batch)
        yield [
            person
            for person in batch
            if not transfer.why_not(
                person, answers[person.subject], use_differs=transition.use_differs
            )
        ]


def batches(everybody: Iterator[Person]) -> Iterator[list[Person]]:
    """Yield people by BATCH, so that their answers are read by one query."""
    while batch := list(islice(everybody, BATCH)):
        yield batch


def _end(reference: str, code: str, by: str) -> TransitionEvent:
    try:
        with transaction.atomic():
            transition = _open(reference)
            if code == TransitionEvent.Code.COMPLETED:
                _check_time(transition)
            transaction.on_commit(notices.forget)
            return TransitionEvent.objects.create(
                reference=reference, code=code, by=by, at=timezone.now()
            )
    except OperationalError as error:
        raise Busy("somebody else is at it") from error


def _open(reference: str) -> Transition:
    _lock()
    transition = transitions.live()
    if transition is None or transition.reference != reference:
        raise NotLive("no such sale is announced")
    return transition


def _check_time(transition: Transition) -> None:
    served = transitions.served(transition)
    if not served.enough:
        raise TooSoon(
            f"the notice stood for {served.unbroken} unbroken days of"
            f" {transitions.DAYS}"
        )
    if timezone.now().astimezone(UTC).date() < transition.planned_on:
        raise TooSoon(f"it was announced for {transition.planned_on:%d.%m.%Y}")


def _lock() -> None:
    """Take the lock that migration 0005 takes for each step of a sale."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_LOCK])
