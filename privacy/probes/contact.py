"""Somebody who finds a weakness finds out whom to tell (P91, RFC 9116)."""

from datetime import datetime, timedelta

from django.utils import timezone

from privacy.gateway import ourselves
from privacy.probes.registry import Outcome, Probe
from privacy.probes.walk import line

ADDRESS = "/.well-known/security.txt"
YEAR = timedelta(days=366)


def run() -> Outcome:
    """Read security.txt as a finder would."""
    page = ourselves.fetch(ADDRESS)
    found = faults(page.text) if page.status == 200 else [f"{line(page)}."]
    return Outcome(not found, [line(page)], found or ["A contact, and not expired."])


def faults(text: str) -> list[str]:
    """Say what is wrong with the text of a security.txt now."""
    pairs = (row.split(": ", 1) for row in text.splitlines() if ": " in row)
    fields = [(name.lower(), value.strip()) for name, value in pairs]
    found = []
    if not any(name == "contact" for name, _ in fields):
        found.append("There is no contact.")
    ends = [value for name, value in fields if name == "expires"]
    try:
        (end,) = (datetime.fromisoformat(value) for value in ends)
        left = end - timezone.now()
    except (ValueError, TypeError):
        return [*found, "Expires is missing, or is not one date."]
    if not timedelta() < left < YEAR:
        found.append("It has expired, or says that it holds for longer than a year.")
    return found


PROBE = Probe(
    name="security-contact",
    promises=("P91",),
    every=timedelta(minutes=15),
    words="Reads security.txt and checks that it names a contact and has not expired.",
    run=run,
)
