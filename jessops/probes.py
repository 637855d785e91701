"""What the running shop asks about its own clockwork."""

from datetime import timedelta

from jessops import heartbeat
from privacy.probes import Outcome, Probe, register


def run() -> Outcome:
    """Look whether the scheduler's heart has just beaten."""
    alive = heartbeat.alive()
    inputs = [f"the last sign of life, at most {heartbeat.OLDEST} seconds old"]
    said = "Fresh." if alive else "None: what goes by the clock does not go."
    return Outcome(alive, inputs, [said])


register(
    Probe(
        name="clockwork",
        promises=("P10", "P49", "P65", "P96"),
        every=timedelta(minutes=2),
        words="Looks whether the jobs that run by the clock, such as deleting on the"
        " day, are being run.",
        run=run,
    )
)
