"""Time as the shop's customers count it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def in_london(moment: datetime) -> datetime:
    """Return a UTC moment as UK wall time."""
    return moment.astimezone(LONDON)


def easter_sunday(year: int) -> date:
    """Return Easter Sunday (Gregorian; Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def bank_holidays(year: int) -> frozenset[date]:
    """Return England's bank holidays (Banking and Financial Dealings Act 1971)."""
    easter = easter_sunday(year)
    days = {easter - timedelta(days=2), easter + timedelta(days=1)}
    days.add(_monday_from(date(year, 5, 1)))
    days.add(_monday_from(date(year, 5, 25)))
    days.add(_monday_from(date(year, 8, 25)))
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        day = fixed
        while day.weekday() > 4 or day in days:
            day += timedelta(days=1)
        days.add(day)
    return frozenset(days)


def _monday_from(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def working_days_after(day: date, count: int) -> date:
    """Return the count-th working day after `day`."""
    while count:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day


def long_date(day: date) -> str:
    """Return "Wednesday 25 November"."""
    return f"{day:%A} {day.day} {day:%B}"


def short_date(day: date) -> str:
    """Return "Wed 25 Nov"."""
    return f"{day:%a} {day.day} {day:%b}"
