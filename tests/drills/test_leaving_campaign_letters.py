"""A real campaign to 1,000, with list, feeder and sender, and every door (R20, C10)."""

import time

import pytest

from tests.newsletter.conftest import MailServer, mail_server
from tests.newsletter.test_leaving_in_flight import leave_in_flight

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_of_a_campaign_leaves_five_seconds_after_somebody_left(
    mail_server: MailServer,
) -> None:
    began = time.monotonic()
    said = leave_in_flight(mail_server, many=1_000, rounds=5, slow=0.06, limit=600)
    print(f"{said}; {time.monotonic() - began:.0f} s")
