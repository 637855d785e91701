"""The inbound parser under damaged mail for two minutes (R20)."""

import time

from tests.newsletter.damage import fuzz

SECONDS = 120


def test_two_minutes_of_damaged_mail_raise_nothing() -> None:
    seed = time.time_ns()
    good, bad = fuzz(SECONDS, seed)
    print(f"seed {seed}: {good} read, {bad} unreadable")
    assert good > 5_000
