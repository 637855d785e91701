"""One promise's state: the worst of all that is known about it at one moment.

Known are the last real test run (the signed run file), the self-probes of the running
shop and, for other people's conduct, the evidence on record.
"""

import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from privacy import attestations, probes, run_file
from privacy.gateway import connectors
from privacy.models import Attestation, ProbeResult
from privacy.probes import Probe
from privacy.probes.results import STALE_AFTER, is_stale
from privacy.promises import PROMISES, Promise

# A result older than this says nothing about the code that runs now.
FRESH = timedelta(days=30)

KEPT, ATTESTED, BROKEN = "kept", "attested", "broken"
LAPSED, UNPROVEN, UNCHECKED, NOT_YET = "lapsed", "unproven", "unchecked", "not-yet"
# What outweighs what: the worst that is known about a promise is its state.
_WORST_FIRST = (BROKEN, LAPSED, UNPROVEN, UNCHECKED, ATTESTED, KEPT)
# The words of the published JSON (contract.md): a promise not kept yet is not met.
PUBLISHED = {
    KEPT: "kept",
    ATTESTED: "attested",
    BROKEN: "not met",
    LAPSED: "not met",  # the evidence ran out
    UNPROVEN: "not met",  # there never was any
    UNCHECKED: "not checked",
    NOT_YET: "not met",
}
_WORDS = {
    KEPT: "kept",
    BROKEN: "broken",
    LAPSED: "not met",
    UNPROVEN: "not met",
    UNCHECKED: "not checked yet",
    NOT_YET: "not kept yet",
}


@dataclass(frozen=True)
class Asked:
    """A self-probe, and the newest that it found; None before its first run."""

    probe: Probe
    result: ProbeResult | None
    stale: bool = False
    not_here: str = ""  # why it cannot be asked in this shop; "" when it can


@dataclass(frozen=True)
class State:
    """One promise as it stands, and why, as a sentence or "" ."""

    promise: Promise
    code: str
    result: run_file.Result | None
    why: str = ""
    until: Attestation | None = None  # the evidence that runs out first, if it holds
    asked: tuple[Asked, ...] = field(default=())
    since: datetime | None = None  # when it was last checked, if that is too long ago

    @property
    def words(self) -> str:
        """The state as a seal says it."""
        if self.code == ATTESTED and self.until:
            return f"attested until {day(self.until)}"
        if self.code == UNCHECKED and self.since:
            return f"not checked since {day_of(self.since)}"
        return _WORDS.get(self.code, "not kept yet")

    @property
    def sign(self) -> str:
        """The shape that repeats the word in a seal."""
        signs = {KEPT: "kept", ATTESTED: "attested", BROKEN: "broken", LAPSED: "broken"}
        return signs.get(self.code, "not-checked")

    @property
    def look(self) -> str:
        """The class that repeats the word by colour; "" for kept."""
        looks = {KEPT: "", ATTESTED: "seal--said"}
        looks |= {BROKEN: "seal--fail", LAPSED: "seal--fail"}
        if self.since:
            looks[UNCHECKED] = "seal--old"
        return looks.get(self.code, "seal--wait")

    @property
    def probes(self) -> list["Asked"]:
        """The self-probes that can be run in this shop."""
        return [one for one in self.asked if not one.not_here]

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
    return day_of(evidence.expires_on)


def day_of(moment: date) -> str:
    """Return "9 October 2027" of a day, or of a moment in UTC."""
    return f"{moment.day} {moment:%B %Y}"


# --- the worst of all that is known --------------------------------------------------
@dataclass(frozen=True)
class _Said:
    """What one source says about a promise."""

    code: str
    why: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Known:
    """All that the states rest on, at one moment."""

    at: datetime
    runs: dict[str, run_file.Result]
    results: dict[str, ProbeResult]
    evidence: dict[str, Attestation]
    not_here: dict[str, str]

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
        asked = tuple(self._asked(probe) for probe in probes.of_promise(promise.id))
        if not promise.tested and not promise.attested:
            return State(promise, NOT_YET, None, asked=asked)
        run = self.runs.get(promise.id) if promise.tested else None
        says = [*self._run_says(promise, run), *self._probes_say(asked)]
        until = None
        if promise.attested or promise.half_attested:
            said, until = self._evidence_says(promise)
            says.append(said)
        worst = min(says, key=lambda one: _WORST_FIRST.index(one.code))
        return State(promise, worst.code, run, worst.why, until, asked, worst.since)

    def _asked(self, probe: Probe) -> Asked:
        result = self.results.get(probe.name)
        stale = result is not None and is_stale(probe, result, self.at)
        return Asked(probe, result, stale, self.not_here.get(probe.name, ""))

    def _run_says(
        self, promise: Promise, run: run_file.Result | None
    ) -> Iterator[_Said]:
        gone = [name for name in promise.enforced_by if not _is_there(name)]
        if gone:
            yield _Said(BROKEN, f"The code that keeps it is gone: {', '.join(gone)}.")
        elif run and not run.passed:
            yield _Said(BROKEN, "Its tests did not all pass.")
        elif promise.attested:
            return  # tests show our half only: they can fail it and never keep it
        elif run is None:
            yield _Said(UNCHECKED, "Its tests have not been run for this machine yet.")
        elif self.at - run.moment > FRESH:
            words = f"Not tested since {day_of(run.moment)}."
            yield _Said(UNCHECKED, words, run.moment)
        else:
            yield _Said(KEPT)

    def _probes_say(self, asked: Iterable[Asked]) -> Iterator[_Said]:
        for one in asked:
            if one.result is None or one.not_here:
                continue
            name, at = one.probe.name, one.result.at
            if not one.result.passed:
                yield _Said(BROKEN, f"The self-probe {name} failed on {moment(at)}.")
            elif one.stale:
                words = f"The self-probe {name} has not been run since {moment(at)}."
                yield _Said(UNCHECKED, words, at)

    def _evidence_says(self, promise: Promise) -> tuple[_Said, Attestation | None]:
        names = subjects_of(promise)
        there = [self.evidence[name] for name in names if name in self.evidence]
        first = min(there, key=lambda one: one.expires_on, default=None)
        today = self.at.astimezone(UTC).date()
        if first and not all(attestations.holds(one, today) for one in there):
            return _Said(LAPSED, f"The evidence ran out on {day(first)}."), None
        if first is None or len(there) < len(names):
            return _Said(UNPROVEN, "No evidence on record."), None
        return _Said(ATTESTED), first


def subjects() -> list[str]:
    """Return whose evidence all promises rest on."""
    return [name for promise in PROMISES for name in subjects_of(promise)]


def subjects_of(promise: Promise) -> list[str]:
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
