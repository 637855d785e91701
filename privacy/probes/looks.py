"""No line about who looked at somebody was changed, put in or taken out (R46)."""

import re
from datetime import timedelta

from privacy import look_chain
from privacy.models import ProbeResult
from privacy.probes.registry import Outcome, Probe

NAME = "looks"
NEWEST = 20_000  # lines that one run reads; `manage.py check_looks` reads all
SHOWN = 16  # digits of a digest that are kept as the end of the chain
_END = re.compile(rf"ends at ([0-9a-f]{{{SHOWN}}})")


def run() -> Outcome:
    """Compute the chain anew, and look for the end that the run before it saw."""
    wrong = look_chain.broken(NEWEST)
    found = [f"{len(wrong)} lines do not fit."] if wrong else []
    before = _last_end()
    if before and not look_chain.has(before):
        found.append("Lines that were there are gone.")
    lines, end = look_chain.head()
    said = f"{lines} lines fit one to the next"
    if end:
        said += f"; the chain ends at {end[:SHOWN]}"
    return Outcome(not found, ["table privacy_look"], found or [f"{said}."])


def _last_end() -> str:
    passed = ProbeResult.objects.filter(probe=NAME, passed=True).order_by("-at", "-pk")
    last = passed.first()
    if last is None:
        return ""
    found = _END.search(" ".join(last.findings))
    return found[1] if found else ""


PROBE = Probe(
    name=NAME,
    promises=("P89",),
    every=timedelta(minutes=30),
    words="Computes anew the chain of lines about who looked at somebody's details.",
    run=run,
)
