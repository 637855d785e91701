"""Running what is due, or what a visitor asked for: one process at a time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from privacy import states
from privacy.gateway.ourselves import NotAnswered
from privacy.models import ProbeResult
from privacy.probes import SCHEDULE, VISITOR, Probe, alarm, get, results, run

log = logging.getLogger(__name__)

# Any number will do, so long as nothing else in the shop locks it.
_LOCK = 7_310_433


class Busy(Exception):
    """Probes are being run for somebody else right now."""


def run_due() -> list[ProbeResult]:
    """Run every probe whose time has come; nothing while another process does."""
    done: list[ProbeResult] = []
    try:
        with _alone():
            for probe in results.due(timezone.now()):
                try:
                    done.append(_run(probe, SCHEDULE))
                except NotAnswered as error:
                    log.warning("probe not answered: %s", error)
                    alarm.tell_silence(probe)
    except Busy:
        log.info("probes are being run already")
    return done


def prove(*, names: list[str]) -> list[ProbeResult]:
    """Run some probes at once for a visitor; raises Busy, NotAnswered.

    A probe asks our own web server: one visitor's at a time cannot use up its threads.
    """
    with _alone():
        return [_run(get(name), VISITOR) for name in names]


def _run(probe: Probe, asked_by: str) -> ProbeResult:
    result = run(probe.name, asked_by)
    states.forget()
    alarm.tell(probe, result)
    return result


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (got,) = cursor.fetchone()
    if not got:
        raise Busy
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
