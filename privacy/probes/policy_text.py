"""What was published is still what it was, to the letter (P99)."""

from datetime import timedelta

from privacy.actions.policies import checksum
from privacy.models import PolicyVersion
from privacy.probes.registry import Outcome, Probe


def run() -> Outcome:
    """Compare the text and the facts of every version with their checksum."""
    inputs, found = [], []
    for version in PolicyVersion.objects.order_by("number"):
        inputs.append(f"version {version.number}, SHA-256 {version.sha256}")
        if checksum(version.text, version.facts) != version.sha256:
            found.append(f"Version {version.number} is not what was published.")
        if version.number != len(inputs):
            found.append(f"Version {len(inputs)} is missing.")
    said = f"{len(inputs)} published, each as it was published."
    return Outcome(not found, inputs, found or [said])


PROBE = Probe(
    name="policy-text",
    promises=("P2", "P15", "P99", "P100", "P104"),
    every=timedelta(minutes=10),
    words="Compares every published version of the policy with the checksum that was"
    " written down when it was published.",
    run=run,
)
