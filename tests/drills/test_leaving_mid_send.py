"""A campaign of 1,000 in flight, and 200 who leave in the middle of it (R20, C10)."""

import time

import pytest

from newsletter import wall
from tests.newsletter.conftest import MailServer, mail_server
from tests.newsletter.leaving_cast import in_flight, leave_while_sending

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_leaves_five_seconds_after_somebody_left(
    mail_server: MailServer,
) -> None:
    people = in_flight(1_000)
    began = time.monotonic()
    seed = time.time_ns()
    late, sent = leave_while_sending(mail_server, people, leaving_now=200, seed=seed)
    print(f"seed {seed}: {sent} sent in {time.monotonic() - began:.0f} s, {late=}")
    assert late == []
    assert sent < 1_000


def test_it_is_the_question_at_the_last_moment_that_stops_them(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without it, whoever left gets the letter all the same."""
    people = in_flight(100)
    monkeypatch.setattr(wall, "allowed", lambda kind, addresses: set(addresses))
    _, sent = leave_while_sending(mail_server, people, leaving_now=20)
    assert sent >= 100
