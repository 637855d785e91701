"""What the running shop asks itself, and the record of what it found.

Each probe is harmless and takes two seconds at most. Its promises turn red with it, on
the page, until it passes again. The table ProbeResult has one writer, `run` below:
called by the scheduled task and by the button of a promise's page. Whoever can write
to the database itself could forge a row; no address, form or command of the shop can.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from privacy.gateway import GatewayError, ourselves
from privacy.gateway.ourselves import NotAnswered
from privacy.models import ProbeResult

log = logging.getLogger(__name__)

SCHEDULE, VISITOR = "schedule", "visitor"
SECONDS = 2.0  # for all that one probe asks of our own pages
MOST_LINES = 60  # of inputs and of findings that are kept of one run


@dataclass(frozen=True)
class Outcome:
    """What one run saw, as lines that a visitor reads. Never anything of a person."""

    passed: bool
    inputs: list[str]  # what was looked at
    findings: list[str]  # what was found


def always() -> str:
    return ""


@dataclass(frozen=True)
class Probe:
    """One question to the running shop, and the promises that rest on its answer."""

    name: str
    promises: tuple[str, ...]
    every: timedelta
    words: str  # what it does, as a sentence for visitors
    run: Callable[[], Outcome]
    # why it cannot be asked in this shop, in words; "" when it can
    not_here: Callable[[], str] = always


class UnknownProbe(Exception):
    """No probe of that name is registered."""


_probes: dict[str, Probe] = {}


def register(probe: Probe) -> Probe:
    """Add a probe; its name must be new."""
    if probe.name in _probes:
        raise ValueError(f"probe {probe.name} is registered twice")
    _probes[probe.name] = probe
    return probe


def forget(name: str) -> None:
    """Take a probe away again: for tests that register their own."""
    _probes.pop(name, None)


def probes() -> list[Probe]:
    """Return all probes, by name."""
    return [_probes[name] for name in sorted(_probes)]


def get(name: str) -> Probe:
    """Return a probe, or raise UnknownProbe."""
    try:
        return _probes[name]
    except KeyError:
        raise UnknownProbe(name) from None


def of_promise(promise: str) -> list[Probe]:
    """Return the probes on which a promise rests."""
    return [probe for probe in probes() if promise in probe.promises]


def run(name: str, asked_by: str) -> ProbeResult:
    """Run a probe now and put what it found on record; a probe that breaks, fails.

    Raises NotAnswered, and puts nothing on record, when our own web server does not
    answer in time: that says nothing about a promise, and what is not checked turns
    amber by itself.
    """
    probe = get(name)
    began = time.monotonic()
    try:
        with ourselves.within(SECONDS):
            outcome = probe.run()
    except NotAnswered:
        raise
    except GatewayError as error:
        outcome = Outcome(False, [], [f"{error}."])
    except Exception as error:
        log.exception("probe broke", extra={"reason": name})
        outcome = Outcome(
            False, [], [f"The probe itself broke: {type(error).__name__}."]
        )
    return ProbeResult.objects.create(
        probe=name,
        passed=outcome.passed,
        took_ms=int((time.monotonic() - began) * 1000),
        inputs=outcome.inputs[:MOST_LINES],
        findings=outcome.findings[:MOST_LINES],
        asked_by=asked_by,
    )
