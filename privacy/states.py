"""What may be said about each promise today: read from the last real test run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from privacy import run_file
from privacy.promises import PROMISES, Promise

# A result older than this says nothing about the code that runs now.
FRESH = timedelta(days=30)

KEPT, BROKEN, UNCHECKED, NOT_YET = "kept", "broken", "unchecked", "not-yet"
# The words of the published JSON (contract.md): a promise not kept yet is not met.
PUBLISHED = {
    KEPT: "kept",
    BROKEN: "not met",
    UNCHECKED: "not checked",
    NOT_YET: "not met",
}


@dataclass(frozen=True)
class State:
    """One promise as it stands."""

    promise: Promise
    code: str
    result: run_file.Result | None

    @property
    def words(self) -> str:
        """The state as a seal says it."""
        return {KEPT: "kept", BROKEN: "broken", UNCHECKED: "not checked yet"}.get(
            self.code, "not kept yet"
        )

    def published(self) -> dict[str, object]:
        """The promise as in /.well-known/privacy-promises.json."""
        return {
            "id": self.promise.id,
            "title": self.promise.title,
            "state": PUBLISHED[self.code],
            "enforced_by": list(self.promise.enforced_by),
            "proved_by": list(self.promise.proved_by),
            "checked_at": self.result.checked_at if self.result else None,
            "commit": self.result.commit if self.result else None,
        }


def states(now: datetime | None = None) -> dict[str, State]:
    """Return the state of all 107 promises by id, in order."""
    now = now or timezone.now()
    results = _results()
    return {
        promise.id: _state(promise, results.get(promise.id), now)
        for promise in PROMISES
    }


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


def _state(promise: Promise, result: run_file.Result | None, now: datetime) -> State:
    if promise.status != "kept":
        return State(promise, NOT_YET, None)
    if result is None or now - result.moment > FRESH:
        return State(promise, UNCHECKED, None)
    return State(promise, KEPT if result.passed else BROKEN, result)


def _results() -> dict[str, run_file.Result]:
    default = Path(settings.BASE_DIR) / ".data" / "promises.json"
    path = Path(getattr(settings, "PROMISES_RUN_FILE", default))
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return {}
    return _read(path, changed)


@lru_cache(maxsize=2)
def _read(path: Path, changed: int) -> dict[str, run_file.Result]:
    return run_file.read(path)
