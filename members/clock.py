"""Days that are promised or set by law, worked out from what happened; pure functions.

A request about one's data is answered within one month (UK GDPR article 12(3)): to the
corresponding day of the next month, or its last day, or the next working day after
that. The month begins with the request, or with the proof of identity where that had
to be asked for; it stands still while we wait to be told what is meant, and may be
made up to two months longer (articles 12(3) and 12A, Data (Use and Access) Act 2025).
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from jessops.lib.clock import LONDON, in_london, is_working_day, working_days_after

ANSWER_DAYS = 5  # working days in which an enquiry is answered
MONTHS, MORE_MONTHS = 1, 2

RECEIVED, ASKED, PROVED = "received", "identity-asked", "identity-proved"
PAUSED, RESUMED, EXTENDED = "paused", "resumed", "extended"


class Step(Protocol):
    """What happened, and when (an aware moment)."""

    @property
    def code(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True)
class Standing:
    """How the clock of a request stands."""

    waits_for: str  # "identity" or "clarification", while it stands still; else ""
    began_on: date | None  # in London; None before identity is proved
    paused_days: int
    extended: bool
    due_on: date | None  # None while it stands still

    def days_left(self, today: date) -> int | None:
        """Return days until it is due, negative when it is late, None while waiting."""
        return None if self.due_on is None else (self.due_on - today).days

    def is_late(self, today: date) -> bool:
        left = self.days_left(today)
        return left is not None and left < 0


def answer_due(asked: datetime) -> datetime:
    """Return the end of the working day by which an enquiry is to be answered."""
    day = working_days_after(in_london(asked).date(), ANSWER_DAYS)
    return datetime.combine(day, time(23, 59, 59), LONDON).astimezone(UTC)


def corresponding_day(start: date, months: int) -> date:
    """Return the same day so many months on; 31 January and one month: 28 February."""
    count = start.month - 1 + months
    year, month = start.year + count // 12, count % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def working_day_from(day: date) -> date:
    """Return the day, or the next working day where it is none."""
    return day if is_working_day(day) else working_days_after(day, 1)


def standing(steps: Iterable[Step]) -> Standing:
    """Return how the clock stands after these steps, in the order they happened."""
    began: date | None = None
    asked = paused = None
    days, extended = 0, False
    for step in steps:
        day = in_london(step.at).date()
        if step.code == RECEIVED:
            began = day
        elif step.code == ASKED:
            asked, began = day, None
        elif step.code == PROVED:
            began, asked = (day if asked else began), None
        elif step.code == PAUSED:
            paused = paused or day
        elif step.code == RESUMED and paused:
            # what was waited for before the clock began stopped nothing
            since = max(paused, began) if began else day
            days += max(timedelta(), day - since).days
            paused = None
        elif step.code == EXTENDED:
            extended = True
    waits = "identity" if began is None else "clarification" if paused else ""
    due = None
    if began and not waits:
        months = MONTHS + MORE_MONTHS * extended
        due = working_day_from(corresponding_day(began, months) + timedelta(days=days))
    return Standing(waits, began, days, extended, due)
