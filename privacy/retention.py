"""When things go (C13): the registry of clocks, and the one job that obeys them.

Each app declares its clocks beside its models, in `personal_data.py`. One declaration
gives the words on the pages, the day shown to the person and the rows that the job
takes, so that they cannot part. A day is a day in London, where the customer reads it:
a thing is still there the day before, and goes with the first run on that day.
"""

import logging
import time as stopwatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from jessops.lib.clock import LONDON, in_london
from privacy.models import RetentionRun

log = logging.getLogger(__name__)

BATCH = 500  # rows in a transaction: others wait for none of them for long
SECONDS = 20.0  # of one run; what is left goes with the next

_NUMBERS = "no one two three four five six seven eight nine".split()


@dataclass(frozen=True, kw_only=True)
class Period:
    """A length of time: so many years, days or hours, one of the three."""

    years: int = 0
    days: int = 0
    hours: int = 0

    def __post_init__(self) -> None:
        given = [number for number in (self.years, self.days, self.hours) if number]
        if len(given) != 1 or given[0] < 0:
            raise ValueError("a period is so many years, days or hours")

    def __str__(self) -> str:
        """Say it: "six years", "30 days", "24 hours"."""
        number = self.years or self.days or self.hours
        unit = "year" if self.years else "day" if self.days else "hour"
        said = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
        return f"{said} {unit}{'' if number == 1 else 's'}"

    def end(self, start: date) -> date:
        """Return the day on which it is over; six years from 29 February: 1 March."""
        if not self.years:
            return start + timedelta(days=self.days)
        try:
            return start.replace(year=start.year + self.years)
        except ValueError:
            return date(start.year + self.years, 3, 1)

    def latest_start(self, today: date) -> date:
        """Return the latest day of which the period is over: the inverse of end()."""
        if not self.years:
            return today - timedelta(days=self.days)
        try:
            return today.replace(year=today.year - self.years)
        except ValueError:
            return date(today.year - self.years, 2, 28)


@dataclass(frozen=True, kw_only=True, eq=False)
class Clock:
    """One rule of when rows go. `start` is a column, a moment or a day.

    Rows are deleted, or where `blank` is given its columns are set to its values (a
    function is called for its value). `before` names a column that is never later than
    `start` and that an index begins with, where `start` has none.
    """

    name: str
    model: type[models.Model]
    period: Period
    since: str  # "after delivery"
    start: str
    rows: models.QuerySet[Any] = field(repr=False)  # to say it would read them
    blank: Mapping[str, Any] | None = None
    before: str = ""

    @property
    def words(self) -> str:
        """When it goes, for people: "30 days after delivery"."""
        return f"{self.period} {self.since}"

    def goes_on(self, start: date) -> date:
        """Return the day in London on which what began then goes; in: day or moment."""
        if not isinstance(start, datetime):
            return self.period.end(start)
        if self.period.hours:
            return in_london(start + timedelta(hours=self.period.hours)).date()
        return self.period.end(in_london(start).date())

    def overdue(self, at: datetime | None = None) -> models.QuerySet[Any]:
        """Return the rows that are due at a moment (UTC; now by default)."""
        now = at or timezone.now()
        over = "lte" if self.period.hours else "lt"
        columns = filter(None, (self.before, self.start))
        return self.rows.filter(
            **{f"{column}__{over}": self._bound(now, column) for column in columns}
        )

    def run(self, limit: int = BATCH) -> int:
        """Let at most `limit` due rows go, in one transaction; return how many.

        The count is written in the same transaction: a run that is killed leaves
        whole batches behind it, and the next goes on from there.
        """
        with transaction.atomic(durable=True):
            due = self.overdue().order_by(self.start, "pk").only("pk")
            rows = due.select_for_update(skip_locked=True, of=("self",))[:limit]
            found = self.model._default_manager.filter(pk__in=[row.pk for row in rows])
            if self.blank is None:
                gone = found.delete()[1].get(self.model._meta.label, 0)
            else:
                gone = found.update(
                    **{k: v() if callable(v) else v for k, v in self.blank.items()}
                )
            if gone:
                RetentionRun.objects.create(clock=self.name, rows=gone)
        return gone

    def _bound(self, now: datetime, column: str) -> date:
        """Return the last moment of what is due, or the day or midnight after it."""
        if self.period.hours:
            return now - timedelta(hours=self.period.hours)
        day = self.period.latest_start(in_london(now).date()) + timedelta(days=1)
        if not isinstance(self.model._meta.get_field(column), models.DateTimeField):
            return day
        return datetime.combine(day, time.min, LONDON).astimezone(UTC)


@dataclass(frozen=True)
class AsLongAs:
    """What no clock ends: kept for as long as the reason given holds."""

    reason: str

    @property
    def words(self) -> str:
        return f"for as long as {self.reason}"


Kept = Clock | AsLongAs

_clocks: dict[str, Clock] = {}


def register(clock: Clock) -> Clock:
    """Add a clock; its name must be new."""
    if clock.name in _clocks:
        raise ValueError(f"clock {clock.name} is declared twice")
    _clocks[clock.name] = clock
    return clock


def clocks() -> list[Clock]:
    """Return every clock, in order of declaration."""
    return list(_clocks.values())


def clock(name: str) -> Clock:
    return _clocks[name]


def forget(name: str) -> None:
    """Take a clock away again: for tests that declare their own."""
    _clocks.pop(name, None)


def run_all(*, seconds: float = SECONDS, limit: int = BATCH) -> dict[str, int]:
    """Let go what is due, a batch of each clock in turn; return the rows by clock.

    Stops after `seconds`. A clock that breaks is logged and stands in no other's way;
    what it leaves behind is what overdue() reports.
    """
    end = stopwatch.monotonic() + seconds
    gone: dict[str, int] = {}
    waiting = clocks()
    while waiting and stopwatch.monotonic() < end:
        waiting = [one for one in waiting if _turn(one, limit, gone) == limit]
    for name, count in gone.items():
        log.info("retention", extra={"event": name, "count": count})
    return gone


def _turn(one: Clock, limit: int, gone: dict[str, int]) -> int:
    try:
        count = one.run(limit)
    # Whatever one clock trips over: the things of the other clocks must go all the same
    except Exception as error:
        log.error(
            "retention clock broken",
            extra={"event": one.name, "reason": type(error).__name__},
        )
        return 0
    if count:
        gone[one.name] = gone.get(one.name, 0) + count
    return count


def overdue(grace: timedelta = timedelta()) -> list[tuple[Clock, int]]:
    """Return the clocks with rows that ought to have gone `grace` ago, and how many."""
    at = timezone.now() - grace
    found = [(one, one.overdue(at).count()) for one in clocks()]
    return [(one, count) for one, count in found if count]
