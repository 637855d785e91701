"""The key store answers: without it nothing personal can be read, or erased."""

from datetime import timedelta

from privacy import keys
from privacy.probes.registry import Outcome, Probe


def run() -> Outcome:
    """Ask the store for nothing."""
    inputs = ["the key store's table of keys"]
    try:
        keys.answers()
    except keys.KeyStoreAway:
        return Outcome(False, inputs, ["The key store does not answer."])
    return Outcome(True, inputs, ["It answers."])


PROBE = Probe(
    name="key-store",
    promises=("P84", "P96"),
    every=timedelta(minutes=2),
    words="Asks the store of the keys that personal details are sealed with whether it"
    " answers.",
    run=run,
)
