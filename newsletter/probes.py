"""What the running shop asks about its own mail."""

from datetime import timedelta

from django.utils import timezone

from newsletter.models import Message
from privacy.probes import Outcome, Probe, register

LONGEST = timedelta(minutes=10)


def run() -> Outcome:
    """Look whether a message waits that should have left."""
    waiting = Message.objects.due(timezone.now() - LONGEST).exists()
    minutes = LONGEST // timedelta(minutes=1)
    inputs = [f"messages that have been due for more than {minutes} minutes"]
    if waiting:
        return Outcome(False, inputs, ["There is at least one: mail does not leave."])
    return Outcome(True, inputs, ["There is none."])


register(
    Probe(
        name="mail-leaves",
        promises=("P10", "P45", "P49", "P101"),
        every=timedelta(minutes=5),
        words="Looks whether any e-mail has been waiting for too long.",
        run=run,
    )
)
