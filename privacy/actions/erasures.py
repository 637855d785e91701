"""Asking to be erased, thinking again, and being erased for good (P96, R22, R23, C14).

Asked, done three days later, by three steps that may each be repeated: the rows go and
the search of all tables is written down; the person's key is destroyed, in another
database; the erasure is marked done. Whoever is killed in between leaves a row that
waits, and the next sweep goes on from there.
"""

import logging
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from privacy import (
    canary,
    choices,
    erasure,
    handover,
    keys,
    policies,
    post,
    rotation,
    writers,
)
from privacy.canary import Values
from privacy.models import Erasure
from privacy.sealed import SealedModel

log = logging.getLogger(__name__)

# Any number will do, so long as nothing else in the shop locks a pair with it.
_LOCK = 7_310_434
# What is needed between the steps of one erasure, and not afterwards.
_OURS = ("subjects", "keys")

THINK_AGAIN = timedelta(days=3)
DOORS = ("member", "order", "staff", "restore", "former")
WORDING = "Erase everything about me that the law does not make you keep."
State = Erasure.State
# A person's address while it is known, and the last message to it.
AddressOf = Callable[[Erasure], str]
Tell = Callable[[Erasure, str], None]


class NotWaiting(Exception):
    """It was withdrawn or done in the meantime."""


def ask(*, subject: str, door: str) -> Erasure:
    """Write down that somebody wants to be erased; asking again is the same request.

    Due in three days, or when what is under way has ended. In the caller's
    transaction, if there is one.
    """
    if door not in DOORS:
        raise ValueError(door)
    now = timezone.now()
    due = max([now + THINK_AGAIN, *(one.until for one in erasure.waiting(subject))])
    asked = Erasure(
        reference=_reference(),
        subject=subject,
        door=door,
        policy_version=policies.current_version(),
        asked_at=now,
        due_at=due,
    )
    # The one that waits already decides between two windows at once.
    Erasure.objects.bulk_create([asked], ignore_conflicts=True)
    return Erasure.objects.get(subject=subject, state=State.WAITING)


def waiting_of(subject: str) -> Erasure | None:
    """Return the erasure that a person may still withdraw, or None."""
    return _waiting().filter(subject=subject).first()


def waiting_among(subjects: Collection[str]) -> set[str]:
    """Return who of some people may still withdraw an erasure; one statement."""
    found = _waiting().filter(subject__in=list(subjects))
    return set(found.values_list("subject", flat=True))


def _waiting() -> QuerySet[Erasure]:
    return Erasure.objects.filter(state=State.WAITING, rows={})


def withdraw(*, pk: int) -> Erasure:
    """Take an erasure back within its three days; raises NotWaiting afterwards."""
    with transaction.atomic():
        one = Erasure.objects.select_for_update().get(pk=pk)
        if one.state == State.WITHDRAWN:
            return one
        if one.state != State.WAITING or one.rows:
            raise NotWaiting(one.reference)
        _settle(one, State.WITHDRAWN)
    return one


def follow(old: str, new: str) -> None:
    """Let what waits go with a person whose address changed; in that transaction.

    What is done stays under the hash that it was done for. Where the new hash waits
    already that one counts: there is one erasure of a person.
    """
    waiting = Erasure.objects.filter(state=State.WAITING, rows={})
    one = waiting.select_for_update().filter(subject=old).first()
    if one is None:
        return
    if Erasure.objects.filter(subject=new, state=State.WAITING).exists():
        _settle(one, State.WITHDRAWN)
    else:
        one.subject = new
        one.save(update_fields=["subject"])


erasure.on_move(follow)


def due(*, limit: int = 100) -> list[int]:
    """Return the keys of what is to be done now, the oldest first."""
    found = Erasure.objects.filter(state=State.WAITING, due_at__lte=timezone.now())
    return list(found.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


def carry_out(*, pk: int, address_of: AddressOf, tell: Tell) -> bool:
    """Erase one person who asked and waited; say whether it is done now.

    Two workers at once do it once: a search takes longer than the time between two
    sweeps, and the second knows less. Later when something of theirs is under way.
    """
    with _alone(pk) as alone:
        return alone and _carry_out(pk, address_of, tell)


@contextmanager
def _alone(pk: int) -> Iterator[bool]:
    """Say whether nobody else is at this erasure; the lock dies with its process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, pk])
        (got,) = cursor.fetchone()
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, pk])


def _carry_out(pk: int, address_of: AddressOf, tell: Tell) -> bool:
    values = _forget(pk, address_of, tell)
    one = Erasure.objects.filter(pk=pk, state=State.WAITING).first()
    if one is None or not one.rows:
        return False
    if values is None:
        # Killed in between: its values are gone with the process but for the address.
        address = address_of(one)
        values = Values(addresses={address} if address else set())
        one.found = one.found | {"partly": True}
    return _finish(one, values)


def _forget(pk: int, address_of: AddressOf, tell: Tell) -> Values | None:
    """Let the rows go; return what to look for, or None where they went before."""
    with transaction.atomic(durable=True):
        rows = Erasure.objects.select_for_update(skip_locked=True)
        one = rows.filter(pk=pk, state=State.WAITING).first()
        if one is None or one.rows or one.due_at > timezone.now():
            return None
        still = erasure.waiting(one.subject)
        if still:
            one.due_at = max(still[0].until, timezone.now() + timedelta(minutes=5))
            one.save(update_fields=["due_at"])
            return None
        email = address_of(one)
        people = erasure.people_of(one.subject, email)
        # Whoever comes back from here on is sealed by another key than those.
        doomed = keys.retire(sorted(people))
        found = erasure.rows_of(people)
        values = canary.read([row for _, row in found], email)
        _refuse_marketing(one)
        done = erasure.forget(people)
        one.rows = {
            "at": timezone.now().isoformat(),
            "tables": {label: count.as_dict() for label, count in done.items()},
            "subjects": sorted(people),
            "keys": doomed,
        }
        one.save(update_fields=["rows"])
        if email:
            tell(one, email)
    return values


def _finish(one: Erasure, values: Values) -> bool:
    """Destroy the keys, look whether anything is left, and mark it done."""
    _spare(one)
    for subject in one.rows["subjects"]:
        keys.destroy(subject, only=one.rows.get("keys"))
    found = one.found | look(one, values)
    settled = _after(one.rows["subjects"])
    with transaction.atomic():
        locked = Erasure.objects.select_for_update().get(pk=one.pk)
        if locked.state != State.WAITING:
            return False
        locked.found = found
        locked.rows = {k: v for k, v in one.rows.items() if k not in _OURS}
        locked.save(update_fields=["found", "rows"])
        _settle(locked, State.DONE, settled)
        for subject in one.rows["subjects"]:
            if subject != one.subject:
                _note_former(locked, subject)
    if found.get("alarm"):
        _alarm(one)
    log.info("erased", extra={"event": one.reference})
    return True


def _spare(one: Erasure) -> None:
    """Let nobody's new row go with the old keys.

    An order that was being written as the rows went is sealed by a key of before:
    whoever came back with it gets another one.
    """
    subjects, doomed = one.rows["subjects"], one.rows.get("keys")
    if not doomed:
        return
    writers.wait(subjects)
    found = erasure.rows_of(dict.fromkeys(subjects, ""))
    sealed = [row for _, row in found if isinstance(row, SealedModel)]
    spared = rotation.leave(sealed, doomed)
    if spared:
        log.info("came back while erased", extra={"count": spared})


def look(one: Erasure, values: Values) -> dict[str, Any]:
    """Return what is left of a person: by table, outside, and whether it alarms.

    What the law keeps was said to be kept, row for row, and is no alarm; the last
    message to the person goes as soon as it is sent.
    """
    kept = {
        handover.table(label).model._meta.db_table: count["kept"]
        for label, count in one.rows["tables"].items()
    }
    left = canary.look_in_database(values)
    outside = canary.look_outside(values)
    return {
        "left": left,
        "kept": kept,
        "outside": outside,
        "looked_at": timezone.now().isoformat(),
        "alarm": bool(outside) or _beyond(left, kept),
    }


def _beyond(left: dict[str, dict[str, int]], kept: dict[str, int]) -> bool:
    """Say whether more is left than the law keeps and the last message says."""
    for table, kinds in left.items():
        last = 1 if table == LAST_WORDS else 0
        if kinds.get("address", 0) > last or kinds.get("person", 0) > kept.get(
            table, 0
        ):
            return True
    return False


def _refuse_marketing(one: Erasure) -> None:
    """Whoever leaves wants no more letters: said as a no, which outlives all (P49)."""
    for purpose in sorted(choices.PURPOSES - {choices.EVERYTHING}):
        if choices.current_of(one.subject, purpose) in ("yes", "soft"):
            choices.record_for(
                subject=one.subject,
                purpose=purpose,
                answer="no",
                where="erasure",
                wording=WORDING,
                about=f"erasure:{one.reference}",
            )


def _note_former(one: Erasure, subject: str) -> None:
    """Note the same of a hash that the person was known by before: its key is gone."""
    Erasure.objects.create(
        reference=_reference(),
        subject=subject,
        door="former",
        state=State.DONE,
        policy_version=one.policy_version,
        asked_at=one.asked_at,
        due_at=one.due_at,
        settled_at=one.settled_at,
        rows={"at": one.rows["at"], "tables": {}},
    )


def _after(subjects: Iterable[str]) -> datetime:
    """Return now, by the clock of the key store too: it may be another machine's."""
    theirs = set(subjects)
    gone = [one.destroyed_at for one in keys.tombstones() if one.subject in theirs]
    return max([timezone.now(), *gone])


def _settle(one: Erasure, state: str, at: datetime | None = None) -> None:
    one.state, one.settled_at = state, at or timezone.now()
    one.save(update_fields=["state", "settled_at"])


def _alarm(one: Erasure) -> None:
    log.error("something is left of an erased person", extra={"event": one.reference})
    context = {
        "erasure": one,
        "link": f"{settings.SITE_URL}/admin/privacy/erasure/{one.pk}/change/",
        "company": settings.COMPANY,
    }
    post.queue(
        message_class="staff",
        to=settings.COMPANY["email"],
        subject=f"Erasure {one.reference}: something is left",
        text=render_to_string("emails/privacy/erasure_alarm.txt", context),
        html=render_to_string("emails/privacy/erasure_alarm.html", context),
        about=f"erasure:{one.reference}",
        key=f"erasure-alarm:{one.reference}",
    )


def _reference() -> str:
    digits = f"{secrets.randbelow(10**8):08d}"
    return f"X{timezone.now():%y}-{digits[:4]}-{digits[4:]}"


# --- after a restored backup (C14) ------------------------------------------------


def not_replayed() -> list[tuple[str, datetime]]:
    """Return whose keys are destroyed and whose erasure this database knows nothing of.

    One is known when it was settled after its key was destroyed: a database from before
    that has an older row, one that waits, or none.
    """
    gone = [(one.subject, one.destroyed_at) for one in keys.tombstones()]
    last = _last_done(subject for subject, _ in gone)
    return [
        (subject, at)
        for subject, at in gone
        if subject not in last or last[subject] < at
    ]


def replay() -> list[Erasure]:
    """Erase again whoever was erased after this backup was made; return what was done.

    Safe to repeat and to kill. Nobody is written to: they were told the first time.
    """
    done = []
    for subject in dict.fromkeys(subject for subject, _ in not_replayed()):
        with transaction.atomic(durable=True):
            email = _address(subject)
            one = ask(subject=subject, door="restore")
            one = Erasure.objects.select_for_update().get(pk=one.pk)
            people = {subject: email}
            values = canary.read([row for _, row in erasure.rows_of(people)], email)
            gone = erasure.forget(people)
            one.rows = {
                "at": timezone.now().isoformat(),
                "tables": {label: count.as_dict() for label, count in gone.items()},
            }
            one.save(update_fields=["rows"])
        one.found = look(one, values)
        one.save(update_fields=["found"])
        _settle(one, State.DONE, _after([subject]))
        if one.found["alarm"]:
            _alarm(one)
        done.append(one)
    return done


def _address(subject: str) -> str:
    """Return the address of somebody in a restored database, or "" if it is sealed."""
    try:
        found = handover.find([subject]).get(subject)
    except keys.KeyGone:
        return ""
    return found.email if found else ""


def _last_done(subjects: Iterable[str]) -> dict[str, datetime]:
    rows = Erasure.objects.filter(subject__in=list(subjects), state=State.DONE)
    found: dict[str, datetime] = {}
    for subject, at in rows.values_list("subject", "settled_at"):
        if at is not None:
            found[subject] = max(at, found.get(subject, at))
    return found


LAST_WORDS = "newsletter_message"
