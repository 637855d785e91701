"""Building what the hourly looks would have left on record, and asking both counts."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction

from privacy.models import Transition, TransitionSighting
from privacy.transitions import KINDS, NOT_SERVED, Round

HOUR = timedelta(hours=1)


@contextmanager
def history() -> Iterator[None]:
    """Write as a replica does, past the triggers: a superuser's right, for tests.

    The database takes only looks of the present moment; a test cannot wait a month.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def hourly(begin: datetime, end: datetime) -> list[Round]:
    """Good looks once an hour, from one moment to another."""
    found = []
    while begin <= end:
        found.append(Round(begin, good=True, bare=False))
        begin += HOUR
    return found


def announced(
    at: datetime, reference: str = "T2026-1", **changes: object
) -> Transition:
    values: dict[str, object] = {
        "reference": reference,
        "buyer": "Northlight Retail Ltd",
        "notice": "Northlight Retail Ltd is to take over the shop.",
        "planned_on": at.date() + timedelta(days=30),
        "use_differs": False,
        "question": "",
        "announced_at": at,
        "announced_by": "Member 1",
        **changes,
    }
    with history():
        return Transition.objects.create(**values)


def looked(transition: Transition, rounds: Iterable[Round]) -> None:
    """Put rounds on record as the task would have written them."""
    with history():
        TransitionSighting.objects.bulk_create(
            TransitionSighting(
                reference=transition.reference,
                at=one.at,
                path=f"/{kind}/",
                shown=one.good or (one.bare and kind != "error"),
                why=""
                if one.good
                else "without the notice"
                if one.bare
                else NOT_SERVED,
            )
            for one in rounds
            for kind in KINDS
        )


def in_sql(transition: Transition, moment: datetime) -> int:
    """Return the unbroken days as the database counts them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT privacy_transition_days(%s, %s)", [transition.reference, moment]
        )
        return int(cursor.fetchone()[0])
