"""A sale of the business, and how long its notice really stood on the pages (P65).

The rule, decided in docs/decisions/0010: a whole day (UTC) after the announcement is
proved when looks at the served pages, three hours apart at most, cover it from end to
end and none of its pages was served without the notice. Any other day is dark, and the
count begins again after it. The database counts by the same rule on its own (migration
0005) before it takes a transfer on record.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from django.db.models import BooleanField, Count, Exists, OuterRef, Q
from django.db.models.aggregates import Aggregate
from django.utils import timezone

from privacy.models import Transition, TransitionEvent, TransitionSighting

DAYS = 30  # unbroken, before anything passes to a new owner
GAP = timedelta(hours=3)  # the longest between two good looks
# A process believes for ten seconds what it read: the notice stands after that.
SETTLE = timedelta(minutes=1)
KINDS = ("home", "list", "product", "trolley", "checkout", "policy", "error")
# Nothing was served, so nothing was served without the notice: a gap, if it lasts.
NOT_SERVED = "not served"

# What people are asked where the new owner keeps to what we said: they may object.
OBJECTION = (
    "{buyer} will use your details only as we said when you gave them. May they move"
    " with the shop, on {day} at the earliest? If you do not answer, they move; if you"
    " say no before that, they stay out of it."
)

PROVED, DARK, OPEN = "proved", "dark", "open"
ENDED = (TransitionEvent.Code.WITHDRAWN, TransitionEvent.Code.COMPLETED)


@dataclass(frozen=True)
class Round:
    """One look at a page of every kind, at the same moment."""

    at: datetime
    good: bool  # every kind was there, and each carried the notice
    bare: bool  # a page was served without it


@dataclass(frozen=True)
class Day:
    """One whole day (UTC) since the announcement."""

    day: date
    state: str  # PROVED, DARK, or OPEN: not over, or not looked at since
    why: str = ""


@dataclass(frozen=True)
class Served:
    """How long the notice really stood."""

    days: tuple[Day, ...]
    since: date  # the first day of the unbroken run
    unbroken: int  # its proved days

    @property
    def enough(self) -> bool:
        return self.unbroken >= DAYS

    @property
    def dark(self) -> list[Day]:
        return [day for day in self.days if day.state == DARK]

    def possible_from(self, planned_on: date) -> date:
        """Return the first day on which anything can pass, if no more goes dark."""
        return max(planned_on, self.since + timedelta(days=DAYS))


def first_whole_day(announced_at: datetime) -> date:
    """Return the first day (UTC) through all of which the notice can have stood."""
    stands = (announced_at + SETTLE).astimezone(UTC)
    whole = stands.time() == time.min
    return stands.date() if whole else stands.date() + timedelta(days=1)


def count(announced_at: datetime, rounds: Iterable[Round], now: datetime) -> Served:
    """Judge each day since the announcement. In: moments in UTC, in any order.

    Time does not run backwards here: with a look on record that lies after `now`, a
    clock was set back, and the days are judged as of that look.
    """
    looks = sorted(
        (one for one in rounds if one.at >= announced_at), key=lambda one: one.at
    )
    now = max([now, *(one.at for one in looks)])
    good = [announced_at, *(one.at for one in looks if one.good)]
    dark: dict[date, str] = {}
    for before, after in pairwise([*good, now]):
        if after - before > GAP:
            for day in _days_between(before, after):
                dark[day] = "not looked at for more than three hours"
    for one in looks:
        if one.bare:
            dark[_utc(one.at)] = "a page was served without the notice"
    first, proved_before = first_whole_day(announced_at), _utc(good[-1])
    since = max([first, *(day + timedelta(days=1) for day in dark)])
    days = tuple(
        Day(
            day,
            DARK if day in dark else PROVED if day < proved_before else OPEN,
            dark.get(day, ""),
        )
        for day in _days_from(first, _utc(now))
    )
    return Served(days, since, max(0, (proved_before - since).days))


def _utc(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _days_between(before: datetime, after: datetime) -> list[date]:
    """Return the days of which a part lies between two moments."""
    return _days_from(_utc(before), _utc(after - timedelta(microseconds=1)))


def _days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


# --- what is on record ----------------------------------------------------------------
class BoolAnd(Aggregate):
    function = "BOOL_AND"
    output_field = BooleanField()


class BoolOr(Aggregate):
    function = "BOOL_OR"
    output_field = BooleanField()


def live() -> Transition | None:
    """Return the announced transition that is neither withdrawn nor completed."""
    ended = TransitionEvent.objects.filter(
        reference=OuterRef("reference"), code__in=ENDED
    )
    return Transition.objects.filter(~Exists(ended)).order_by("-id").first()


def asked(transition: Transition) -> str:
    """Return what people are asked about a sale, word for word (P66)."""
    if transition.question:
        return transition.question
    day = transition.planned_on
    return OBJECTION.format(buyer=transition.buyer, day=f"{day.day} {day:%B %Y}")


def end_of(reference: str) -> TransitionEvent | None:
    """Return the event that ended a transition, or None while it is live."""
    return TransitionEvent.objects.filter(reference=reference, code__in=ENDED).first()


def rounds_of(reference: str) -> list[Round]:
    """Return the rounds of looks on record, oldest first; one query."""
    rows = (
        TransitionSighting.objects.filter(reference=reference)
        .values("at")
        .annotate(
            pages=Count("path", distinct=True),
            shown_all=BoolAnd("shown"),
            bare=BoolOr(Q(shown=False) & ~Q(why=NOT_SERVED)),
        )
        .order_by("at")
    )
    return [
        Round(
            row["at"],
            good=row["shown_all"] and row["pages"] >= len(KINDS),
            bare=row["bare"],
        )
        for row in rows
    ]


def served(transition: Transition) -> Served:
    """Return how long the notice of a transition really stood, as of now."""
    return count(
        transition.announced_at, rounds_of(transition.reference), timezone.now()
    )
