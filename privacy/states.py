"""What may be said about each promise now, for pages and programs.

Nobody types a state in: the run file counts only with its signature, and the table of
probe results has one writer (privacy.probes.registry.run).
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from privacy import ledgers, policies, run_file
from privacy.ledgers import Ledgers
from privacy.probes.results import Outage
from privacy.promises import PROMISES
from privacy.verdicts import (
    ATTESTED,
    BROKEN,
    KEPT,
    LAPSED,
    NOT_YET,
    UNCHECKED,
    UNPROVEN,
    Known,
    State,
)

__all__ = [
    "ATTESTED",
    "BROKEN",
    "KEPT",
    "LAPSED",
    "NOT_YET",
    "UNCHECKED",
    "UNPROVEN",
    "State",
    "divided",
    "forget",
    "seals",
    "snapshot",
    "states",
]

# Seconds for which a process believes that no probe and no evidence is newer.
BELIEVED_FOR = 10.0


def states() -> dict[str, State]:
    """Return the state of all 107 promises by id, in order."""
    return snapshot().states


def seals(*ids: str) -> list[State]:
    """Return the states of a few promises, to show beside what they are about."""
    found = states()
    return [found[name] for name in ids]


def divided(some: Iterable[State]) -> tuple[list[State], list[State]]:
    """Return the promises that code keeps, and those that wait for their code."""
    shown: list[State] = []
    later: list[State] = []
    for state in some:
        (later if state.code == NOT_YET else shown).append(state)
    return shown, later


# --- what is kept between two questions ----------------------------------------------
@dataclass(frozen=True)
class Snapshot:
    """All states at one moment; good until something changes or time does it."""

    key: tuple[object, ...]
    made: datetime
    until: datetime
    states: dict[str, State]
    outage: Outage | None  # the last one
    parts: dict[object, object]  # what privacy.panels makes of it, once


_kept: Snapshot | None = None
_ledgers: tuple[float, Ledgers] | None = None


def snapshot() -> Snapshot:
    """Return the states as they are now, made anew when anything they rest on changed.

    The run file is looked at each time; results and evidence every BELIEVED_FOR
    seconds, by one query.
    """
    global _kept
    now = timezone.now()
    known = _read_ledgers()
    key = (_run_file_key(), known.key, policies.current_version(now))
    kept = _kept
    if kept is None or kept.key != key or not kept.made <= now < kept.until:
        kept = _kept = _take(key, now, known)
    return kept


def forget() -> None:
    """Look at everything again at the next question: something was added."""
    global _ledgers, _kept
    _ledgers = _kept = None


def _read_ledgers() -> Ledgers:
    global _ledgers
    now = time.monotonic()
    if _ledgers is None or not 0 <= now - _ledgers[0] < BELIEVED_FOR:
        found = ledgers.read()
        _ledgers = now, found
    return _ledgers[1]


def _take(key: tuple[object, ...], now: datetime, there: Ledgers) -> Snapshot:
    runs = _read(_run_file_key())
    known = Known(now, runs, there.results, there.evidence, there.not_here)
    found = {promise.id: known.state(promise) for promise in PROMISES}
    return Snapshot(key, now, known.good_until(), found, there.outage, {})


# --- the run file --------------------------------------------------------------------
def _run_path() -> Path:
    default = Path(settings.BASE_DIR) / ".data" / "promises.json"
    return Path(getattr(settings, "PROMISES_RUN_FILE", default))


def _run_file_key() -> tuple[str, int, int]:
    path = _run_path()
    try:
        stat = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=2)
def _read(key: tuple[str, int, int]) -> dict[str, run_file.Result]:
    return run_file.read(Path(key[0])) if key[1] else {}
