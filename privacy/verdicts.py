"""One promise's state: the worst of all that is known about it at one moment.

Known are the last real test run (the signed run file), the self-probes of the running
shop and, for other people's conduct, the evidence on record.
"""

import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache

from privacy import attestations, probes, run_file
from privacy.gateway import connectors
from privacy.models import Attestation, ProbeResult
from privacy.probes import Probe
from privacy.probes.results import STALE_AFTER, newest
from privacy.promises import PROMISES, Promise

# A result older than this says nothing about the code that runs now.
FRESH = timedelta(days=30)

KEPT, ATTESTED, BROKEN = "kept", "attested", "broken"
LAPSED, UNCHECKED, NOT_YET = "lapsed", "unchecked", "not-yet"
# What outweighs what: the worst that is known about a promise is its state.
_WORST_FIRST = (BROKEN, LAPSED, UNCHECKED, ATTESTED, KEPT)
# The words of the published JSON (contract.md): a promise not kept yet is not met.
PUBLISHED = {
    KEPT: "kept",
    ATTESTED: "attested",
    BROKEN: "not met",
    LAPSED: "not met",
    UNCHECKED: "not checked",
    NOT_YET: "not met",
}
_WORDS = {
    KEPT: "kept",
    BROKEN: "broken",
    LAPSED: "not met",
    UNCHECKED: "not checked yet",
    NOT_YET: "not kept yet",
}


@dataclass(frozen=True)
class Asked:
    """A self-probe, and the newest that it found; None before its first run."""

    probe: Probe
    result: ProbeResult | None
    stale: bool = False

    @property
    def not_here(self) -> str:
        """Why it cannot be asked in this shop; "" when it can."""
        return self.probe.not_here()


@dataclass(frozen=True)
class State:
    """One promise as it stands, and why, as a sentence or "" ."""

    promise: Promise
    code: str
    result: run_file.Result | None
    why: str = ""
    until: Attestation | None = None  # the evidence that runs out first, if it holds
    asked: tuple[Asked, ...] = field(default=())

    @property
    def words(self) -> str:
        """The state as a seal says it."""
        if self.code == ATTESTED and self.until:
            return f"attested until {day(self.until)}"
        return _WORDS.get(self.code, "not kept yet")

    @property
    def sign(self) -> str:
        """The shape that repeats the word in a seal."""
        signs = {KEPT: "kept", ATTESTED: "attested", BROKEN: "broken", LAPSED: "broken"}
        return signs.get(self.code, "not-checked")

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


def day(evidence: Attestation) -> str:
    """Return the last day of a piece of evidence: "9 October 2027"."""
    return f"{evidence.expires_on.day} {evidence.expires_on:%B %Y}"


# --- the worst of all that is known --------------------------------------------------
@dataclass(frozen=True)
class Known:
    """All that the states rest on, at one moment."""

    at: datetime
    runs: dict[str, run_file.Result]
    results: dict[str, ProbeResult]
    evidence: dict[str, Attestation]

    @classmethod
    def now(cls, at: datetime, runs: dict[str, run_file.Result]) -> "Known":
        subjects = [s for promise in PROMISES for s in _subjects(promise)]
        return cls(
            at,
            runs,
            newest(probe.name for probe in probes.probes()),
            attestations.newest_of(subjects),
        )

    def good_until(self) -> datetime:
        """Return when time alone changes a state: a result ages, a day ends."""
        tomorrow = self.at.astimezone(UTC).date() + timedelta(days=1)
        ends = [datetime.combine(tomorrow, time.min, UTC)]
        ends += [result.moment + FRESH for result in self.runs.values()]
        for probe in probes.probes():
            if result := self.results.get(probe.name):
                ends.append(result.at + STALE_AFTER * probe.every)
        tick = timedelta(microseconds=1)
        return min(end + tick for end in ends if end >= self.at)

    def state(self, promise: Promise) -> State:
        """Return the state of one promise."""
        tested = promise.tested
        asked = tuple(self._asked(probe) for probe in probes.of_promise(promise.id))
        if not tested and not promise.attested:
            return State(promise, NOT_YET, None, asked=asked)
        run = self.runs.get(promise.id) if tested else None
        says = [*self._run_says(promise, run), *self._probes_say(asked)]
        until = None
        if promise.attested or promise.half_attested:
            code, why, until = self._evidence_says(promise)
            says.append((code, why))
        code, why = min(says, key=lambda one: _WORST_FIRST.index(one[0]))
        return State(promise, code, run, why, until, asked)

    def _asked(self, probe: Probe) -> Asked:
        result = self.results.get(probe.name)
        return Asked(probe, result, bool(result) and self._is_stale(probe))

    def _is_stale(self, probe: Probe) -> bool:
        return self.results[probe.name].at + STALE_AFTER * probe.every < self.at

    def _run_says(
        self, promise: Promise, run: run_file.Result | None
    ) -> Iterator[tuple[str, str]]:
        gone = [name for name in promise.enforced_by if not _is_there(name)]
        if gone:
            yield BROKEN, f"The code that keeps it is gone: {', '.join(gone)}."
        elif run and not run.passed:
            yield BROKEN, "Its tests did not all pass."
        elif promise.attested:
            return  # tests show our half only: they can fail it and never keep it
        elif run is None:
            yield UNCHECKED, "Its tests have not been run for this machine yet."
        elif self.at - run.moment > FRESH:
            yield UNCHECKED, f"Not tested since {moment(run.moment)}."
        else:
            yield KEPT, ""

    def _probes_say(self, asked: Iterable[Asked]) -> Iterator[tuple[str, str]]:
        for one in asked:
            if one.result is None or one.not_here:
                continue
            name, at = one.probe.name, moment(one.result.at)
            if not one.result.passed:
                yield BROKEN, f"The self-probe {name} failed on {at}."
            elif one.stale:
                yield UNCHECKED, f"The self-probe {name} has not been run since {at}."

    def _evidence_says(self, promise: Promise) -> tuple[str, str, Attestation | None]:
        subjects = _subjects(promise)
        there = [self.evidence[name] for name in subjects if name in self.evidence]
        if not there or len(there) < len(subjects):
            return LAPSED, "No evidence on record.", None
        first = min(there, key=lambda one: one.expires_on)
        today = self.at.astimezone(UTC).date()
        if not all(attestations.holds(one, today) for one in there):
            return LAPSED, f"The evidence ran out on {day(first)}.", None
        return ATTESTED, f"Attested until {day(first)}.", first


def _subjects(promise: Promise) -> list[str]:
    """Return whose evidence a promise rests on: every contract, for P60."""
    if promise.id == "P60":
        return [f"{attestations.CONNECTOR}{party.name}" for party in connectors()]
    if promise.attested or promise.half_attested:
        return [f"{attestations.PROMISE}{promise.id}"]
    return []


def moment(at: datetime) -> str:
    """Return "9 October 2026, 14:02 UTC"."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


@cache
def _is_there(name: str) -> bool:
    """Say whether there is such code in this process: a dotted name of ours."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        return False
    return True
