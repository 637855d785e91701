"""R18: senders are killed, the server refuses, orders roll back; no mail is lost."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from newsletter import outbox, sender
from newsletter.models import Message, MessageQuerySet
from tests.newsletter.conftest import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

SENDERS = 2


def start_sender(port: int, log: Path) -> "subprocess.Popen[bytes]":
    """Start `manage.py send_outbox` over this test's own database."""
    address = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    environ = os.environ | {
        "DATABASE_URL": urlunsplit(address._replace(path=f"/{name}")),
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
    }
    with log.open("ab") as stream:
        return subprocess.Popen(
            [
                sys.executable,
                "manage.py",
                "send_outbox",
                "--until-empty",
                "--lease=2",
                "--first-wait=0.2",
                "--longest-wait=1",
            ],
            cwd=Path(settings.BASE_DIR),
            env=environ,
            stdout=stream,
            stderr=stream,
        )


def fill(messages: int, rolled_back: int) -> None:
    for number in range(messages):
        kind = "never" if number % 20 == 0 else "person"
        with transaction.atomic():
            queue(f"{kind}{number}@example.com", f"order:{number}")
    for number in range(rolled_back):
        with transaction.atomic():
            queue(f"phantom{number}@example.com", f"phantom:{number}")
            transaction.set_rollback(True)


def queue(to: str, key: str) -> None:
    outbox.queue(message_class="order", to=to, subject="s", text="t", key=key)


def survive(
    mail_server: MailServer,
    log: Path,
    *,
    messages: int,
    rolled_back: int,
    kills: int,
    limit: float,
    away: Callable[[], None] = lambda: None,
    seed: int = 18,
) -> int:
    """Send so many while senders are killed; return how many came twice.

    In: `away` is done in the middle of it; `limit` are seconds.
    """
    chance = random.Random(seed)  # noqa: S311
    mail_server.later_percent = 20
    fill(messages, rolled_back)
    senders = [start_sender(mail_server.port, log) for _ in range(SENDERS)]
    killed, end, gone = 0, time.monotonic() + limit, False
    open_ones = Message.objects.filter(state__in=["queued", "sending"])
    before = 0
    try:
        while open_ones.exists():
            assert time.monotonic() < end, log.read_text()[-2000:]
            # a kill counts only in the middle of the work: wait for some progress
            if killed < kills and len(mail_server.messages) >= before + 6:
                victim = chance.randrange(SENDERS)
                senders[victim].kill()
                senders[victim].wait()
                senders[victim] = start_sender(mail_server.port, log)
                killed, before = killed + 1, len(mail_server.messages)
            if not gone and killed >= kills / 2:
                away()
                gone = True
            time.sleep(0.02)
        for process in senders:
            assert process.wait(timeout=20) == 0
    finally:
        for process in senders:
            process.kill()
            process.wait()

    assert killed == kills
    states = dict.fromkeys(Message.objects.values_list("state", flat=True))
    assert set(states) == {"sent", "failed"}
    failed = Message.objects.filter(state="failed")
    assert {m.last_error for m in failed} == {"smtp 550"}
    assert failed.count() == messages // 20
    ids = mail_server.ids()
    sent = set(
        Message.objects.filter(state="sent").values_list("message_id", flat=True)
    )
    assert set(ids) == sent, "a message is lost, or one came from nowhere"
    twice = sum(ids.values()) - len(ids)
    assert twice <= kills
    reached = {to for recipients in mail_server.recipients for to in recipients}
    assert not [to for to in reached if to.startswith("phantom")]
    assert all(len(recipients) == 1 for recipients in mail_server.recipients)
    return twice


def test_no_mail_is_lost_when_senders_are_killed(
    mail_server: MailServer, tmp_path: Path
) -> None:
    """The same with 400 mails and a server that is away: tests/drills."""
    log = tmp_path / "senders.log"
    # some ten seconds when the machine has nothing else to do
    survive(mail_server, log, messages=120, rolled_back=20, kills=6, limit=180)


def claim_elsewhere(claimed: list[list[Message]]) -> None:
    try:
        claimed.append(sender._claim(sender.PACE))
    finally:
        connection.close()


def two_claims_at_once() -> list[list[Message]]:
    """Let a second sender claim while the first has not committed its claim yet."""
    queue("person@example.com", "one")
    claimed: list[list[Message]] = []
    other = threading.Thread(target=claim_elsewhere, args=(claimed,))
    with transaction.atomic():
        claimed.append(sender._claim(sender.PACE))
        other.start()
        other.join(0.5)
    other.join()
    return claimed


def test_two_senders_never_claim_the_same_message() -> None:
    first, second = two_claims_at_once()
    assert len(first) == 1
    assert second == []


def test_without_the_row_lock_they_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the lock is what keeps them apart."""
    monkeypatch.setattr(MessageQuerySet, "select_for_update", lambda rows, **_: rows)
    first, second = two_claims_at_once()
    assert [one.pk for one in first] == [one.pk for one in second] != []
