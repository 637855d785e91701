"""Nothing is still here that should have gone (C13)."""

from datetime import timedelta

from privacy import retention
from privacy.probes.registry import Outcome, Probe

GRACE = timedelta(days=1)


def run() -> Outcome:
    """Ask each clock what ought to have gone by this time yesterday."""
    inputs = [one.name for one in retention.clocks()]
    found = [
        f"{one.name}: {count} should have gone, {one.words}."
        for one, count in retention.overdue(GRACE)
    ]
    said = f"{len(inputs)} clocks, and nothing is overdue by more than a day."
    return Outcome(not found, inputs, found or [said])


PROBE = Probe(
    name="retention",
    promises=("P6", "P12", "P44", "P77", "P96"),
    every=timedelta(minutes=15),
    words="Counts what should have been deleted by now and is still here.",
    run=run,
)
