"""The statutory clock: months, proofs, pauses, extensions, weekends and holidays."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jessops.lib.clock import in_london, is_working_day
from members import clock


@dataclass(frozen=True)
class Step:
    code: str
    at: datetime


def steps(*said: tuple[str, str]) -> list[Step]:
    """Steps as ("received", "2026-01-12"), each at noon in London's winter."""
    return [
        Step(code, datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        for code, day in said
    ]


def due(*said: tuple[str, str]) -> str:
    day = clock.standing(steps(*said)).due_on
    return str(day)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-09-30", 3, "2026-12-30"),
    ],
)
def test_a_month_ends_on_the_corresponding_day(
    start: str, months: int, end: str
) -> None:
    assert str(clock.corresponding_day(date.fromisoformat(start), months)) == end


@pytest.mark.parametrize(
    ("received", "last"),
    [
        ("2026-01-12", "2026-02-12"),  # a Thursday
        ("2026-01-31", "2026-03-02"),  # 28 February is a Saturday
        ("2026-03-03", "2026-04-07"),  # Good Friday, then Easter Monday
        ("2026-11-25", "2026-12-29"),  # Christmas, and Boxing Day's day off
        ("2026-11-26", "2026-12-29"),
    ],
)
def test_a_day_off_moves_it_to_the_next_working_day(received: str, last: str) -> None:
    assert due(("received", received)) == last


def test_the_month_begins_when_identity_is_proved() -> None:
    asked = ("received", "2026-01-12"), ("identity-asked", "2026-01-13")
    waiting = clock.standing(steps(*asked))
    assert (waiting.due_on, waiting.waits_for) == (None, "identity")
    assert not waiting.is_late(date(2030, 1, 1))
    assert due(*asked, ("identity-proved", "2026-01-20")) == "2026-02-20"
    # known from the start: the month began with the request
    assert due(("received", "2026-01-12"), ("identity-proved", "2026-01-20")) == (
        "2026-02-12"
    )


def test_it_stands_still_while_we_wait_to_be_told_what_is_meant() -> None:
    asked = ("received", "2026-01-12"), ("paused", "2026-01-14")
    assert clock.standing(steps(*asked)).waits_for == "clarification"
    assert due(*asked, ("resumed", "2026-01-20")) == "2026-02-18"
    twice = (*asked, ("resumed", "2026-01-20"), ("paused", "2026-01-21"))
    assert due(*twice, ("resumed", "2026-01-22")) == "2026-02-19"
    again = (*asked, ("paused", "2026-01-16"), ("resumed", "2026-01-20"))
    assert due(*again) == "2026-02-18"


def test_a_pause_before_it_began_stops_nothing_until_it_begins() -> None:
    said = (
        ("received", "2026-01-12"),
        ("identity-asked", "2026-01-13"),
        ("paused", "2026-01-14"),
        ("identity-proved", "2026-01-20"),
        ("resumed", "2026-01-22"),
    )
    assert due(*said) == "2026-02-23"  # 20 February and two days: a Sunday
    assert due(*said[:4], ("resumed", "2026-01-18")) == "2026-02-20"


def test_two_months_more_at_most() -> None:
    said = ("received", "2026-01-12"), ("extended", "2026-02-01")
    assert due(*said) == "2026-04-13"  # 12 April is a Sunday


def test_days_left_and_late() -> None:
    stands = clock.standing(steps(("received", "2026-01-12")))
    assert stands.days_left(date(2026, 2, 10)) == 2
    assert not stands.is_late(date(2026, 2, 12))
    assert stands.is_late(date(2026, 2, 13))


def test_days_are_londons() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # 1 July in London
    assert clock.standing([Step("received", late)]).due_on == date(2026, 8, 3)


def test_an_answer_is_due_after_five_working_days() -> None:
    asked = datetime(2026, 12, 23, 9, tzinfo=UTC)
    at = clock.answer_due(asked)
    assert in_london(at).date() == date(2027, 1, 4)
    assert in_london(at).hour == 23


days = st.dates(date(2024, 1, 1), date(2032, 12, 31))


@given(days, st.integers(0, 60), st.integers(0, 60), st.booleans())
def test_whatever_happens_it_is_never_before_the_law_says_nor_on_a_day_off(
    start: date, proof: int, pause: int, extended: bool
) -> None:
    begin = datetime(start.year, start.month, start.day, 12, tzinfo=UTC)
    proved = begin + timedelta(days=proof)
    some = [Step("received", begin), Step("identity-asked", begin)]
    some += [Step("identity-proved", proved), Step("paused", proved)]
    some += [Step("resumed", proved + timedelta(days=pause))]
    some += [Step("extended", proved)] if extended else []
    last = clock.standing(some).due_on
    assert last is not None
    assert is_working_day(last)
    months = 3 if extended else 1
    earliest = clock.corresponding_day(proved.date(), months) + timedelta(days=pause)
    # the longest run of days off: Christmas with a weekend on either side
    assert timedelta() <= last - earliest <= timedelta(days=4)
