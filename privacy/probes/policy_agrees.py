"""What this shop would do is what the policy in force says (C19, P57)."""

from datetime import timedelta

from privacy import checks
from privacy.probes.registry import Outcome, Probe


def run() -> Outcome:
    """Compare purposes, cookies, recipients and clocks with the published facts.

    The same comparison that stops a process from starting; here for one that started
    while the database could not be asked.
    """
    found = [*checks.disagreements(), *checks.rewritten()]
    inputs = ["the purposes, cookies, recipients and clocks of the running code"]
    said = "All of it stands in the policy in force, or in one that is announced."
    return Outcome(not found, inputs, found or [said])


PROBE = Probe(
    name="policy-agrees",
    promises=("P57", "P99", "P100"),
    every=timedelta(minutes=10),
    words="Compares what the running shop would do with the facts of the published"
    " policy.",
    run=run,
)
