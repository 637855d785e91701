"""The bell: rung on commit, and a dead broker costs under a second and nothing else."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery, Task
from django.db import transaction

from jessops.lib import tasks
from tests.plugin import start_valkey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_quiet_until", 0.0)


def task_at(url: str) -> Task:
    app = Celery("bell", broker=f"{url}/0", set_as_current=False)
    app.conf.task_ignore_result = True

    @app.task(name="bell.ring")
    def ring() -> None:
        """Nobody runs it: only the bell is tested."""

    task: Task = ring
    return task


def seconds(task: Task) -> float:
    began = time.monotonic()
    tasks.wake(task)
    return time.monotonic() - began


@pytest.fixture
def dead() -> Task:
    return task_at("redis://127.0.0.1:1")


@pytest.fixture
def silent() -> Iterator[Task]:
    """A broker that takes the connection and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield task_at(f"redis://127.0.0.1:{listener.getsockname()[1]}")


def test_the_bell_rings_when_the_transaction_commits_and_not_before(
    tmp_path: Path,
) -> None:
    url, valkey = start_valkey(tmp_path / "valkey")
    queue, ring = redis.from_url(url), task_at(url)
    try:
        with transaction.atomic():
            tasks.wake(ring)
            assert queue.llen("celery") == 0
        assert queue.llen("celery") == 1
        with transaction.atomic():
            tasks.wake(ring)
            transaction.set_rollback(True)
        assert queue.llen("celery") == 1
    finally:
        queue.close()
        valkey.stop()


def test_a_broker_that_stops_and_comes_back_is_rung_again(tmp_path: Path) -> None:
    url, valkey = start_valkey(tmp_path / "valkey")
    queue, ring = redis.from_url(url), task_at(url)
    try:
        tasks.wake(ring)
        valkey.process.send_signal(signal.SIGSTOP)
        assert seconds(ring) < 1
        valkey.process.send_signal(signal.SIGCONT)
        tasks._quiet_until = 0.0
        tasks.wake(ring)
        assert queue.llen("celery") >= 2
    finally:
        valkey.process.send_signal(signal.SIGCONT)
        queue.close()
        valkey.stop()


def test_a_dead_broker_is_only_a_log_line(
    dead: Task, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction.atomic():
        tasks.wake(dead)
    assert [record.message for record in caplog.records] == ["broker not reached"]


def test_a_dead_or_silent_broker_costs_less_than_a_second(
    dead: Task, silent: Task
) -> None:
    assert seconds(dead) < 1
    tasks._quiet_until = 0.0
    assert seconds(silent) < 1


def test_after_a_failure_nobody_waits_for_a_while(silent: Task) -> None:
    seconds(silent)
    assert seconds(silent) < 0.05


def test_where_tasks_run_at_once_the_bell_is_the_task() -> None:
    app = Celery("eager", set_as_current=False)
    app.conf.task_always_eager = True
    ran = []

    @app.task(name="bell.eager")
    def ring(key: int) -> None:
        ran.append(key)

    with transaction.atomic():
        tasks.wake(ring, 7)
        assert ran == []
    assert ran == [7]
