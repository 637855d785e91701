"""Letters about a change, while their writers are killed: each person has one."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from jessops.lib.hashing import email_hash
from newsletter import sender
from newsletter.models import Message
from privacy import changes, choices, guard
from privacy.actions import changes as letters
from privacy.models import ClauseChange
from shop.models import Order
from tests.newsletter.conftest import MailServer, mail_server
from tests.privacy.drafts import draft, publish
from tests.privacy.test_people import another, bought

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, KILLS, LIMIT = 240, 4, 120  # LIMIT in seconds
# A process of its own, with a purpose that no shop of ours has, in small batches.
WRITER = """
import django; django.setup()
from privacy import changes, guard
from privacy.actions import changes as letters
guard.PURPOSES["biscuits"] = guard.Purpose(
    "to bake biscuits", guard.CONSENT, since=2, uses=frozenset({"order"}))
changes.BATCH = 10
while True:
    letters.write_letters(limit=15)
"""


def start_writer(log: Path) -> "subprocess.Popen[bytes]":
    address = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    environ = os.environ | {
        "DATABASE_URL": urlunsplit(address._replace(path=f"/{name}"))
    }
    with log.open("ab") as stream:
        return subprocess.Popen(
            [sys.executable, "-c", WRITER],
            cwd=Path(settings.BASE_DIR),
            env=environ,
            stdout=stream,
            stderr=stream,
        )


def test_each_person_has_one_letter_however_often_writers_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mail_server: MailServer
) -> None:
    new = guard.Purpose("to bake", guard.CONSENT, since=2, uses=frozenset({"order"}))
    monkeypatch.setitem(guard.PURPOSES, "biscuits", new)
    order = bought("p0@example.com")
    Order.objects.bulk_create(
        another(order, f"p{number}@example.com", number * 3)
        for number in range(1, PEOPLE)
    )
    draft(tmp_path, head="change cookies: held biscuits\nask cookies: May we bake?")
    publish(tmp_path)
    log, kills, before = tmp_path / "writers.log", 0, 0
    end = time.monotonic() + LIMIT
    writers = [start_writer(log) for _ in range(2)]
    try:
        while (count := Message.objects.count()) < PEOPLE:
            assert time.monotonic() < end, log.read_text()[-2000:]
            if kills < KILLS and count > before:
                victim = kills % 2
                writers[victim].kill()
                writers[victim].wait()
                writers[victim] = start_writer(log)
                kills, before = kills + 1, count + PEOPLE // (KILLS + 2)
            time.sleep(0.01)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    assert kills == KILLS
    assert letters.write_letters() == 0
    everybody = {f"p{number}@example.com" for number in range(PEOPLE)}
    (change,) = ClauseChange.objects.all()
    assert {person.email for person in changes.affected(change)} == everybody

    # Between queue and sending some of them leave: the real sender asks again.
    for number in range(0, PEOPLE, 10):
        choices.record_for(
            subject=email_hash(f"p{number}@example.com"),
            purpose=choices.EVERYTHING,
            answer="no",
            where="test",
            wording="words",
        )
    sender.send_due(at_most=PEOPLE * 2, seconds=300)
    stay = {f"p{number}@example.com" for number in range(PEOPLE) if number % 10}
    reached = Counter(to for (to,) in mail_server.recipients)
    assert reached == Counter(dict.fromkeys(stay, 1))
    assert Message.objects.filter(state="held").count() == PEOPLE // 10
