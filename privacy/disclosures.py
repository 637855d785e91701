"""Demands of the law: when the person is told, what is due, what is counted (C17).

A sealed demand leaves no trace on any page before the day its seal ends: it is in no
receipt, since the receipt is written on that day, and in no count. Its reference tells
nobody how many others there are.
"""

import calendar
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from privacy.models import DisclosureApproval, DisclosureEvent, LegalDisclosure

# No letter or figure that is taken for another one.
_ALPHABET = "23456789CFGHJMPQRVWX"
SYSTEM = "the shop itself"
UNREACHABLE = "nobody: "  # and why: what `by` says of an event that could not be told

Code = DisclosureEvent.Code
Basis = LegalDisclosure.Basis


def today() -> date:
    """Return the day in UTC: the clock of every date here."""
    return timezone.now().astimezone(UTC).date()


def new_reference(day: date) -> str:
    """Return a reference that does not number the demands, such as D2026-Q7M2X."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(5))
    return f"D{day.year}-{letters}"


def one_month_after(day: date) -> date:
    """Return the same day of the next month, or its last (ICO on "one month")."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def is_sealed(demand: LegalDisclosure, day: date) -> bool:
    """Say whether nobody outside may learn of it on a day; it ends on its last day."""
    return demand.sealed_until is not None and day < demand.sealed_until


def _events(code: str) -> Exists:
    return Exists(
        DisclosureEvent.objects.filter(reference=OuterRef("reference"), code=code)
    )


def open_to_tell(day: date) -> QuerySet[LegalDisclosure]:
    """Return what was handed over and whose person is due to be told on a day."""
    due = Q(tell_on__lte=day) & (Q(sealed_until=None) | Q(sealed_until__lte=day))
    return LegalDisclosure.objects.filter(
        due, _events(Code.EXPORTED), ~_events(Code.TOLD)
    ).order_by("pk")


@dataclass(frozen=True)
class Standing:
    """How far a demand has come."""

    approved_by: int | None
    refused: bool
    exported_at: tuple[datetime, ...]
    told: DisclosureEvent | None

    @property
    def words(self) -> str:
        if self.refused:
            return "refused"
        if self.told:
            unreachable = self.told.by.startswith(UNREACHABLE)
            return "person could not be reached" if unreachable else "person told"
        if self.exported_at:
            return "handed over"
        return "agreed" if self.approved_by else "waits for a second person"


def standing(reference: str) -> Standing:
    """Return how far a demand has come; two queries."""
    return standings([reference])[reference]


def standings(references: Iterable[str]) -> dict[str, Standing]:
    """Return how far each of some demands has come; two queries for all."""
    wanted = list(references)
    approvals = {
        row.reference: row.approved_by
        for row in DisclosureApproval.objects.filter(reference__in=wanted)
    }
    events: defaultdict[str, list[DisclosureEvent]] = defaultdict(list)
    for row in DisclosureEvent.objects.filter(reference__in=wanted).order_by("id"):
        events[row.reference].append(row)
    return {
        reference: _standing(approvals.get(reference), events[reference])
        for reference in wanted
    }


def _standing(approved_by: int | None, events: list[DisclosureEvent]) -> Standing:
    return Standing(
        approved_by=approved_by,
        refused=any(event.code == Code.REFUSED for event in events),
        exported_at=tuple(e.at for e in events if e.code == Code.EXPORTED),
        told=next((event for event in events if event.code == Code.TOLD), None),
    )


@dataclass(frozen=True)
class Year:
    """The demands of one year, as published."""

    year: int
    counts: tuple[tuple[str, int], ...]  # a basis in words, and how many
    total: int
    handed_over: int


def years(first: int, day: date) -> list[Year]:
    """Return every year from `first` to that of `day`, newest first; one query.

    A demand counts in the year it was put on record; under seal it does not yet count.
    """
    rows = (
        LegalDisclosure.objects.filter(Q(sealed_until=None) | Q(sealed_until__lte=day))
        .annotate(handed_over=_events(Code.EXPORTED))
        .values_list("requested_at", "basis", "handed_over")
    )
    counts: Counter[tuple[int, str]] = Counter()
    given: Counter[int] = Counter()
    for at, basis, handed_over in rows:
        year = at.astimezone(UTC).year
        counts[year, basis] += 1
        given[year] += handed_over
    first = min([first, *(year for year, _ in counts)])
    return [
        Year(
            year=year,
            counts=tuple((str(basis.label), counts[year, basis]) for basis in Basis),
            total=sum(counts[year, basis] for basis in Basis),
            handed_over=given[year],
        )
        for year in range(day.year, first - 1, -1)
    ]
