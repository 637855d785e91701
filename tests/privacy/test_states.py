"""A promise's state over time: stale, broken, mended; and who is told."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from newsletter.models import Message
from privacy import panels, probes, run_file, states, tasks, verdicts
from privacy.actions import probes as actions
from privacy.gateway.ourselves import NotAnswered
from privacy.models import ProbeResult
from privacy.probes import Outcome, Probe, results
from privacy.promises import PROMISES
from tests.promises.test_run_file import path as path  # a run file of the test's own
from tests.promises.test_run_file import result

pytestmark = pytest.mark.django_db

EVERY = timedelta(minutes=5)


class Said:
    """What the probe of the test shall find next."""

    passed = True
    silent = False
    ran = 0


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[Said]:
    """The only probe there is, on which P33 and P28 rest."""
    now = Said()

    def ask() -> Outcome:
        if now.silent:
            raise NotAnswered("/: ReadTimeout")
        now.ran += 1
        return Outcome(now.passed, ["looked"], ["fine" if now.passed else "a hole"])

    monkeypatch.setattr(probes.registry, "_probes", {})
    probes.register(Probe("only", ("P28", "P33"), EVERY, "Looks.", ask))
    yield now
    states.forget()


@pytest.fixture
def kept(path: Path) -> None:
    run_file.write(path, {promise.id: result() for promise in PROMISES})


def code(promise: str = "P33") -> str:
    states.forget()
    return states.states()[promise].code


# --- states --------------------------------------------------------------------------
def test_a_probe_that_never_ran_does_not_matter(said: Said, kept: None) -> None:
    assert code() == "kept"


def test_a_failed_probe_breaks_what_its_tests_keep_until_it_passes(
    said: Said, kept: None
) -> None:
    said.passed = False
    actions.run_due()
    assert (code("P33"), code("P28"), code("P32")) == ("broken", "broken", "kept")
    said.passed = True
    with time_machine.travel(timezone.now() + EVERY, tick=False):
        actions.run_due()
        assert (code("P33"), code("P28")) == ("kept", "kept")


def test_a_passing_probe_keeps_nothing_that_its_tests_do_not(
    said: Said, path: Path
) -> None:
    actions.run_due()
    assert code() == "unchecked"
    run_file.write(path, {"P33": result(passed=False)})
    assert code() == "broken"


def test_an_old_result_turns_amber_by_itself(said: Said, kept: None) -> None:
    start = timezone.now()
    actions.run_due()
    for minutes, wanted in ((15, "kept"), (16, "unchecked")):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert code() == wanted, minutes
            state = states.states()["P33"]
    assert state.look == "seal--old"
    assert state.words.startswith("not checked since")


def test_a_failure_stays_red_however_old_it_is(said: Said, kept: None) -> None:
    said.passed = False
    actions.run_due()
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        assert code() == "broken"


def test_a_running_process_turns_amber_without_anything_new(
    said: Said, kept: None
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        actions.run_due()
        assert states.states()["P33"].code == "kept"
        clock.shift(timedelta(minutes=16))
        assert states.states()["P33"].code == "unchecked"
        clock.shift(timedelta(minutes=-10))
        assert states.states()["P33"].code == "kept"


def test_test_runs_turn_amber_after_thirty_days(said: Said, path: Path) -> None:
    run_file.write(path, {"P33": result(age=timedelta(days=29, hours=23))})
    assert code() == "kept"
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert states.states()["P33"].code == "unchecked"
        assert states.states()["P33"].words.startswith("not checked since")


def test_code_that_is_gone_breaks_the_promise_at_once(
    said: Said, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("shop.trolley.encode")
    verdicts._is_there.cache_clear()
    assert code() == "broken"
    assert "shop.trolley.encode" in states.states()["P33"].why
    monkeypatch.undo()
    verdicts._is_there.cache_clear()


def test_asking_again_costs_no_query_and_anything_new_one_reading(
    said: Said, kept: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    actions.run_due()
    with django_assert_max_num_queries(2):  # with the time line's
        panels.board()
    with django_assert_max_num_queries(0):
        for _ in range(10):
            states.states()
            panels.board()
            panels.of("P33", "P28")


def test_panels_are_rendered_once_for_each_change(said: Said, kept: None) -> None:
    first = panels.of("P33")
    assert panels.of("P33") is first
    said.passed = False
    actions.run_due()
    assert "Broken" in panels.of("P33")
    assert "Broken" not in first


# --- the schedule --------------------------------------------------------------------
def test_each_probe_runs_when_its_time_has_come(said: Said) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for minute in range(16):
            tasks.run_probes()
            assert said.ran == 1 + minute // 5, minute
            clock.shift(timedelta(minutes=1))
    assert set(ProbeResult.objects.values_list("asked_by", flat=True)) == {"schedule"}


def test_what_is_not_for_this_shop_is_not_run(said: Said) -> None:
    probes.register(
        Probe("far", ("P1",), EVERY, "Far.", lambda: 1 / 0, lambda: "not here")  # type: ignore[arg-type,return-value]
    )
    assert [one.probe for one in actions.run_due()] == ["only"]


@pytest.mark.django_db(transaction=True)
def test_two_processes_never_run_probes_at_once(said: Said) -> None:
    locked, done = threading.Event(), threading.Event()

    def other() -> None:
        with actions._alone():
            locked.set()
            done.wait(10)
        connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    assert locked.wait(10)
    try:
        assert actions.run_due() == []
        with pytest.raises(actions.Busy):
            actions.prove(names=["only"])
    finally:
        done.set()
        thread.join()
    assert len(actions.run_due()) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND objid = %s AND datname = %s",
            [actions._LOCK, connection.settings_dict["NAME"]],
        )
        assert cursor.fetchone() == (0,)


# --- who is told ---------------------------------------------------------------------
def subjects() -> list[str]:
    told = Message.objects.filter(message_class="staff").order_by("created_at")
    return [message.subject.partition(":")[0] for message in told]


def test_staff_are_told_once_an_outage_and_once_when_it_is_mended(
    said: Said, settings: Settings
) -> None:
    failed, mended = "A promise is broken", "Mended"
    story = "..xxx..x..xx"  # a run each five minutes
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for sign in story:
            said.passed = sign == "."
            actions.run_due()
            clock.shift(EVERY)
        assert subjects() == [failed, mended, failed, mended, failed]
        found = results.outages(["only"])
        lengths = [one.lasted for one in found]
    assert lengths == ["10 minutes", "5 minutes", "15 minutes"]
    assert [one.ended is None for one in found] == [True, False, False]
    assert {message.to for message in Message.objects.all()} == {
        settings.COMPANY["email"]
    }
    text = " ".join(Message.objects.earliest("created_at").text.split())
    assert "P28, P33" in text
    assert "a hole" in text


def test_a_probe_that_fails_from_the_first_is_told_too(said: Said) -> None:
    said.passed = False
    actions.run_due()
    actions.prove(names=["only"])
    assert subjects() == ["A promise is broken"]


def test_silence_is_told_once_it_turns_promises_amber(said: Said, kept: None) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        actions.run_due()
        said.silent = True
        for _ in range(6):
            clock.shift(EVERY)
            actions.run_due()
        assert code() == "unchecked"
        assert subjects() == ["Not checked any more"]
        assert ProbeResult.objects.count() == 1


# --- what is kept --------------------------------------------------------------------
def test_old_results_thin_out_and_outages_stay(said: Said) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for sign in "...xxxxxxxxx....x.....":
            said.passed = sign == "."
            actions.run_due()
            clock.shift(EVERY)
        before = results.outages(["only"])
        assert [one.lasted for one in before] == ["5 minutes", "45 minutes"]
        assert results.thin() == 0
        clock.shift(timedelta(days=3))
        said.passed = True
        actions.run_due()
        tasks.thin_probe_results()
        assert ProbeResult.objects.count() == 6
        assert results.outages(["only"]) == before
        last = panels.board().failure
        assert last
        assert (last.promises, last.outage.lasted, last.over) == (
            "P28, P33",
            "5 minutes",
            True,
        )


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=5), "1 minute"),
        (timedelta(minutes=41), "41 minutes"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=3), "3 hours"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_lengths_are_said_in_sensible_units(length: timedelta, words: str) -> None:
    assert results.duration(length) == words


def test_without_probes_nothing_is_asked_of_the_database() -> None:
    assert results.newest([]) == {}
    assert results.outages([]) == []
