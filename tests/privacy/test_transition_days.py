"""How many unbroken days the notice stood: every odd clock, in Python and in SQL."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.models import Transition, TransitionSighting
from privacy.transitions import (
    DARK,
    DAYS,
    KINDS,
    OPEN,
    PROVED,
    Round,
    count,
    first_whole_day,
    rounds_of,
)
from tests.privacy.transition_days import (
    HOUR,
    announced,
    history,
    hourly,
    in_sql,
    looked,
)

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def unbroken(announced_at: datetime, rounds: list[Round], now: datetime) -> int:
    return count(announced_at, rounds, now).unbroken


# --- thirty days ----------------------------------------------------------------------
def test_day_29_is_refused_and_day_30_allowed() -> None:
    end = midnight(date(2026, 12, 3))  # the end of the thirtieth whole day
    rounds = hourly(NOON + MINUTE, end + HOUR)
    before = count(NOON, [r for r in rounds if r.at < end], end - MINUTE)
    assert (before.unbroken, before.enough) == (29, False)
    # over, but not yet seen to be: the last hour is proved by the look after it
    still = count(NOON, [r for r in rounds if r.at < end], end + MINUTE)
    assert (still.unbroken, still.enough) == (29, False)
    after = count(NOON, rounds, end + HOUR)
    assert (after.unbroken, after.enough) == (30, True)
    assert after.days[0].day == date(2026, 11, 3)
    assert [day.state for day in after.days] == [PROVED] * 30 + [OPEN]


def test_one_dark_day_restarts_the_count() -> None:
    rounds = hourly(NOON + MINUTE, NOON + 35 * 24 * HOUR)
    bare = Round(NOON + 20 * 24 * HOUR + 7 * MINUTE, good=False, bare=True)
    served = count(NOON, [*rounds, bare], NOON + 35 * 24 * HOUR)
    assert [day.day for day in served.dark] == [date(2026, 11, 22)]
    assert served.unbroken == 14
    assert served.since == date(2026, 11, 23)
    assert served.possible_from(date(2026, 12, 2)) == date(2026, 12, 23)
    # the control: without that one page, it would be allowed
    assert unbroken(NOON, rounds, NOON + 35 * 24 * HOUR) == 34


def test_a_second_dark_day_restarts_it_again() -> None:
    rounds = hourly(NOON, NOON + 40 * 24 * HOUR)
    for day in (10, 25):
        rounds.append(Round(NOON + day * 24 * HOUR + MINUTE, good=False, bare=True))
    assert unbroken(NOON, rounds, NOON + 40 * 24 * HOUR) == 14


@pytest.mark.parametrize(
    ("gap", "lost"), [(timedelta(hours=3), 0), (timedelta(hours=3, seconds=1), 1)]
)
def test_a_gap_of_up_to_three_hours_is_borne(gap: timedelta, lost: int) -> None:
    stop = NOON + 5 * 24 * HOUR
    now = NOON + 10 * 24 * HOUR
    rounds = hourly(NOON, stop) + hourly(stop + gap, now)
    served = count(NOON, rounds, now)
    assert len(served.dark) == lost
    assert served.unbroken == (9 if not lost else 4)


def test_a_gap_over_midnight_darkens_both_days() -> None:
    stop = midnight(date(2026, 11, 10)) - HOUR
    rounds = hourly(NOON, stop) + hourly(stop + 4 * HOUR, NOON + 240 * HOUR)
    served = count(NOON, rounds, NOON + 240 * HOUR)
    assert [day.day for day in served.dark] == [date(2026, 11, 9), date(2026, 11, 10)]


def test_a_gap_that_ends_at_midnight_spares_the_next_day() -> None:
    stop = midnight(date(2026, 11, 10)) - 4 * HOUR
    rounds = hourly(NOON, stop) + hourly(stop + 4 * HOUR, NOON + 240 * HOUR)
    served = count(NOON, rounds, NOON + 240 * HOUR)
    assert [day.day for day in served.dark] == [date(2026, 11, 9)]


def test_a_shop_that_was_down_for_days_darkens_them_all() -> None:
    down, up = NOON + 48 * HOUR, NOON + 120 * HOUR
    rounds = hourly(NOON, down) + hourly(up, NOON + 240 * HOUR)
    # rounds of a shop that does not answer are no good looks, and show no bare page
    rounds += [Round(down + n * HOUR, good=False, bare=False) for n in range(1, 72)]
    served = count(NOON, rounds, NOON + 240 * HOUR)
    assert [day.day.day for day in served.dark] == [4, 5, 6, 7]


def test_a_short_silence_alone_darkens_nothing() -> None:
    rounds = [r for r in hourly(NOON, NOON + 100 * HOUR) if r.at != NOON + 50 * HOUR]
    rounds.append(Round(NOON + 50 * HOUR, good=False, bare=False))
    assert count(NOON, rounds, NOON + 100 * HOUR).dark == []


def test_looks_that_stopped_count_for_nothing_any_more() -> None:
    """Thirty days once served do not open the door for ever."""
    stop = NOON + 40 * 24 * HOUR
    rounds = hourly(NOON, stop)
    assert unbroken(NOON, rounds, stop + 3 * HOUR) == 39
    assert unbroken(NOON, rounds, stop + 3 * HOUR + MINUTE) == 0


def test_no_looks_at_all_prove_nothing() -> None:
    served = count(NOON, [], NOON + 40 * 24 * HOUR)
    assert served.unbroken == 0
    assert {day.state for day in served.days} == {DARK}


# --- clocks ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("at", "first"),
    [
        (datetime(2026, 11, 2, 23, 58, 59, tzinfo=UTC), date(2026, 11, 3)),
        # the notice stands on every page a minute later: exactly at midnight
        (datetime(2026, 11, 2, 23, 59, 0, tzinfo=UTC), date(2026, 11, 3)),
        (datetime(2026, 11, 2, 23, 59, 1, tzinfo=UTC), date(2026, 11, 4)),
        (datetime(2026, 11, 3, 0, 0, 0, tzinfo=UTC), date(2026, 11, 4)),
        (datetime(2026, 11, 3, 0, 0, 1, tzinfo=UTC), date(2026, 11, 4)),
        # written in summer time, counted in UTC
        (
            datetime(2026, 7, 1, 0, 30, tzinfo=ZoneInfo("Europe/London")),
            date(2026, 7, 1),
        ),
    ],
)
def test_the_first_day_is_the_first_whole_one(at: datetime, first: date) -> None:
    assert first_whole_day(at) == first


def test_announced_just_before_midnight_the_next_day_counts() -> None:
    at = datetime(2026, 11, 2, 23, 50, tzinfo=UTC)
    rounds = hourly(at + 5 * MINUTE, at + 50 * HOUR)
    assert unbroken(at, rounds, at + 50 * HOUR) == 2


@pytest.mark.parametrize(
    ("start", "last"),
    [
        # thirty whole days that hold a leap day, the end of a year, both clock changes
        (datetime(2028, 2, 10, 9, 0, tzinfo=UTC), date(2028, 3, 11)),
        (datetime(2027, 2, 10, 9, 0, tzinfo=UTC), date(2027, 3, 12)),
        (datetime(2026, 12, 15, 9, 0, tzinfo=UTC), date(2027, 1, 14)),
        (datetime(2026, 1, 31, 9, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 3, 10, 9, 0, tzinfo=UTC), date(2026, 4, 9)),
        (datetime(2026, 10, 10, 9, 0, tzinfo=UTC), date(2026, 11, 9)),
    ],
)
def test_thirty_days_are_thirty_over_any_end_of_month(
    start: datetime, last: date
) -> None:
    end = midnight(last) + 24 * HOUR
    rounds = hourly(start, end)
    assert unbroken(start, rounds, end) == DAYS
    assert unbroken(start, [r for r in rounds if r.at < end - HOUR], end) == DAYS - 1


def test_a_clock_that_goes_back_wins_no_day() -> None:
    rounds = hourly(NOON, NOON + 240 * HOUR)
    again = hourly(NOON + 200 * HOUR + 7 * MINUTE, NOON + 220 * HOUR)
    now = NOON + 220 * HOUR
    assert unbroken(NOON, rounds + again, now) == unbroken(NOON, rounds, rounds[-1].at)


def test_a_clock_set_back_does_not_hide_what_was_seen_later() -> None:
    rounds = hourly(NOON, NOON + 40 * 24 * HOUR)
    bare = Round(rounds[-1].at + MINUTE, good=False, bare=True)
    assert unbroken(NOON, [*rounds, bare], NOON + 39 * 24 * HOUR) == 0


def test_a_look_from_a_clock_that_ran_ahead_darkens_what_lies_between() -> None:
    rounds = hourly(NOON, NOON + 240 * HOUR)
    ahead = Round(NOON + 400 * 24 * HOUR, good=True, bare=False)
    assert unbroken(NOON, [*rounds, ahead], NOON + 240 * HOUR) == 0


def test_looks_from_before_the_announcement_count_for_nothing() -> None:
    before = hourly(NOON - 60 * 24 * HOUR, NOON - HOUR)
    bare = Round(NOON - HOUR, good=False, bare=True)
    assert unbroken(NOON, [*before, bare], NOON + HOUR) == 0


# --- the database counts alike --------------------------------------------------------
@pytest.mark.django_db
def test_rounds_are_good_only_with_a_page_of_every_kind() -> None:
    transition = announced(NOON)
    looked(
        transition,
        [
            Round(NOON + HOUR, good=True, bare=False),
            Round(NOON + 2 * HOUR, good=False, bare=True),
            Round(NOON + 3 * HOUR, good=False, bare=False),
        ],
    )
    with history():
        TransitionSighting.objects.bulk_create(
            TransitionSighting(
                reference=transition.reference,
                at=NOON + 4 * HOUR,
                path="/the-same/" if kind == "home" else "/twice/",
                shown=True,
            )
            for kind in KINDS
        )
    found = [(one.good, one.bare) for one in rounds_of(transition.reference)]
    assert found == [(True, False), (False, True), (False, False), (False, False)]


@st.composite
def lives(draw: st.DrawFn) -> tuple[datetime, list[Round], datetime]:
    """An announcement, looks with gaps and failures, and a moment to ask at."""
    minutes = st.integers(0, 60 * 24 * 400)
    start = datetime(2027, 12, 1, tzinfo=UTC) + MINUTE * draw(minutes)
    if draw(st.booleans()):  # close to midnight
        start = start.replace(hour=23, minute=59, second=draw(st.integers(0, 59)))
    at, rounds = start, list[Round]()
    wide = st.sampled_from(
        [3 * HOUR, 3 * HOUR + MINUTE, 4 * HOUR, 5 * MINUTE, -2 * HOUR, 30 * HOUR]
    )
    length = draw(st.integers(0, 150))
    odd_steps = draw(st.dictionaries(st.integers(0, 149), wide, max_size=3))
    odd_looks = draw(st.dictionaries(st.integers(0, 149), st.booleans(), max_size=3))
    for number in range(length):
        at = at + odd_steps.get(number, HOUR)
        bare = odd_looks.get(number)
        rounds.append(Round(at, good=bare is None, bare=bool(bare)))
    rounds += [
        Round(midnight(rounds[number].at.date()), good=True, bare=False)
        for number in draw(st.lists(st.integers(0, 149), max_size=2))
        if number < length
    ]
    unique = {one.at: one for one in rounds}
    return start, list(unique.values()), at + MINUTE * draw(st.integers(-300, 300))


@pytest.mark.django_db
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lives())
def test_python_and_the_database_count_alike(
    life: tuple[datetime, list[Round], datetime],
) -> None:
    start, rounds, now = life
    with history():
        Transition.objects.all()._raw_delete("default")
        TransitionSighting.objects.all()._raw_delete("default")
    transition = announced(start)
    looked(transition, rounds)
    assert in_sql(transition, now) == count(start, rounds, now).unbroken
    assert rounds_of(transition.reference) == sorted(
        (one for one in rounds), key=lambda one: one.at
    )
