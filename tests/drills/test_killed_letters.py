"""R18 whole: 400 mails, 12 kills, a mail server away, 50 orders rolled back."""

import time
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from jessops.sandbox.stack.ports import free_port
from tests.newsletter.conftest import MailServer
from tests.newsletter.test_killed_senders import survive

pytestmark = pytest.mark.django_db(transaction=True)

# The senders of the test wait 0.2 s where the shop's wait 30: so these are ten minutes.
AWAY = 4.0  # seconds


class Server(MailServer):
    """One that can be taken away, and comes back at the same address."""

    def start(self, port: int) -> None:
        self.port = port
        self.controller = Controller(self, hostname="127.0.0.1", port=port)
        self.controller.start()


def test_no_mail_is_lost_in_a_bad_hour(tmp_path: Path) -> None:
    server = Server()
    server.start(free_port())
    seed = time.time_ns()
    began = time.monotonic()
    away = []

    def goes_away() -> None:
        server.controller.stop()
        before = len(server.messages)
        time.sleep(AWAY)
        away.append(len(server.messages) - before)
        server.start(server.port)

    try:
        twice = survive(
            server,
            tmp_path / "senders.log",
            messages=400,
            rolled_back=50,
            kills=12,
            limit=900,
            away=goes_away,
            seed=seed,
        )
    finally:
        server.controller.stop()
    took = time.monotonic() - began
    print(f"seed {seed}: {len(server.messages)} taken, {twice} twice, {took:.0f} s")
    assert away == [0]
