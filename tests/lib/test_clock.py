"""Working days as the carrier counts them: England's bank holidays."""

from datetime import date

import pytest

from jessops.lib.clock import (
    bank_holidays,
    is_working_day,
    long_date,
    short_date,
    working_days_after,
)

# As published by the government for England and Wales.
PUBLISHED = {
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_bank_holidays_are_the_published_ones(year: int) -> None:
    found = " ".join(f"{day:%m-%d}" for day in sorted(bank_holidays(year)))
    assert found == PUBLISHED[year]


def test_christmas_2026_lasts_until_the_twenty_ninth() -> None:
    assert not is_working_day(date(2026, 12, 28))
    assert working_days_after(date(2026, 12, 24), 1) == date(2026, 12, 29)


def test_dates_are_said_in_full_and_in_short() -> None:
    assert long_date(date(2026, 11, 25)) == "Wednesday 25 November"
    assert short_date(date(2026, 11, 5)) == "Thu 5 Nov"
