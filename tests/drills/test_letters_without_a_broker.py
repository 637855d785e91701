"""R19: Valkey forgets everything, and is killed, in the middle of a campaign."""

import os
import signal
import time
from urllib.parse import urlsplit

import redis

from bench import letters
from jessops.sandbox.embedded import Valkey
from jessops.sandbox.stack.child import Child

PEOPLE = 2_000
AWAY = 20.0  # seconds


def until(sink: letters.Sink, many: int) -> None:
    end = time.monotonic() + letters.PATIENCE
    while len(sink.to) < many:
        assert time.monotonic() < end, f"{len(sink.to)} of {many}"
        time.sleep(0.05)


def test_a_campaign_outlives_its_broker() -> None:
    with letters.under_way(PEOPLE) as run:
        until(run.sink, PEOPLE // 5)
        with redis.from_url(run.kept.redis) as bell:
            bell.flushall()
        flushed = len(run.sink.to)
        until(run.sink, PEOPLE // 2)
        os.kill(run.kept.pids[1], signal.SIGKILL)
        killed, began = len(run.sink.to), time.monotonic()
        time.sleep(AWAY)
        meanwhile = len(run.sink.to) - killed
        url = urlsplit(run.kept.redis)
        assert url.password
        assert url.port
        again = Valkey(
            run.kept.place / "valkey",
            log=run.kept.place / "valkey-again.log",
            password=url.password,
        )
        child = Child(again.command(url.port))
        try:
            letters.watch(run.sink, PEOPLE, run.pids)
        finally:
            child.stop()
        took = time.monotonic() - began
    twice = sum(number - 1 for number in run.sink.to.values())
    print(
        f"flushed at {flushed}, killed at {killed}, {meanwhile} sent in {AWAY:.0f} s"
        f" without it; {len(run.sink.to)} of {PEOPLE} after {took:.0f} s, {twice} twice"
    )
    assert len(run.sink.to) == PEOPLE
    # each of two senders may be cut off between the server's yes and its own row
    assert twice <= 2
