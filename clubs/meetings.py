"""When a club meets: its rule in words, and its next dates. Pure; wall time in London.

A rule is a day of the week, which weeks, an hour, and for many clubs a season.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from jessops.lib.clock import LONDON, in_london

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November"
    " December"
).split()
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "last"}
# Halls are shut, whatever day of the week it is.
NEVER = {(12, 24), (12, 25), (12, 26), (12, 31), (1, 1)}
AHEAD = timedelta(days=400)


class HasMeetings(Protocol):
    """The part of a club that says when it meets."""

    weekday: int
    weeks: str
    alternate_from: date | None
    starts_at: time
    season_from: int | None
    season_to: int | None


@dataclass(frozen=True)
class Rule:
    """When a club meets. `weeks` is a value of clubs.models.Weeks."""

    weekday: int
    weeks: str
    starts_at: time
    alternate_from: date | None = None
    season: tuple[int, int] | None = None

    @classmethod
    def of(cls, club: HasMeetings) -> "Rule":
        season = None
        if club.season_from and club.season_to:
            season = (club.season_from, club.season_to)
        return cls(
            weekday=club.weekday,
            weeks=club.weeks,
            starts_at=club.starts_at,
            alternate_from=club.alternate_from,
            season=season,
        )

    def meets(self, day: date) -> bool:
        """Say whether there is a meeting on that day."""
        if day.weekday() != self.weekday or (day.month, day.day) in NEVER:
            return False
        if self.season and not self._in_season(day.month):
            return False
        if self.weeks == "every":
            return True
        if self.weeks == "other":
            weeks = (day - (self.alternate_from or day)).days // 7
            return weeks % 2 == 0
        which = {int(digit) for digit in self.weeks}
        last = (day + timedelta(days=7)).month != day.month
        return (day.day - 1) // 7 + 1 in which - {5} or (5 in which and last)

    def _in_season(self, month: int) -> bool:
        first, last = self.season or (1, 12)
        if first <= last:
            return first <= month <= last
        return month >= first or month <= last

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the meetings that begin after a moment, for somewhat over a year."""
        today = in_london(moment).date()
        day = today + timedelta(days=(self.weekday - today.weekday()) % 7)
        while day <= today + AHEAD:
            start = datetime.combine(day, self.starts_at, LONDON)
            if self.meets(day) and start > moment:
                yield start
            day += timedelta(days=7)

    def next(self, moment: datetime) -> datetime | None:
        return next(self.after(moment), None)

    @property
    def words(self) -> str:
        """Say it: "First and third Tuesday of the month, 7.45 pm, September to May"."""
        day = DAYS[self.weekday]
        if self.weeks == "every":
            when = f"{day}s"
        elif self.weeks == "other":
            when = f"Every other {day}"
        else:
            which = " and ".join(ORDINALS[int(digit)] for digit in self.weeks)
            when = f"{which.capitalize()} {day} of the month"
        parts = [when, hour(self.starts_at)]
        if self.season:
            first, last = (MONTHS[month - 1] for month in self.season)
            parts.append(first if first == last else f"{first} to {last}")
        return ", ".join(parts)


def hour(at: time) -> str:
    """Return 19:45 as 7.45 pm; 20:00 as 8 pm; 12:00 as noon."""
    if (at.hour, at.minute) == (12, 0):
        return "noon"
    minutes = f".{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'am' if at.hour < 12 else 'pm'}"
