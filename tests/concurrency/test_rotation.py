"""Keys are replaced while others read and write, and after every kill -9 (R24)."""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection, connections
from django.utils import timezone

from privacy import key_cipher, keys, rotation
from privacy.models import Copy
from privacy.opening import place
from privacy.sealed import keep_for_law

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, ROWS = 40, 400
QUICK = timedelta(seconds=1.5)


def somebody(number: int) -> str:
    return f"{number:064x}"


def write(number: int) -> Copy:
    return Copy.objects.create(
        subject=somebody(number % PEOPLE),
        token_hash=secrets.token_hex(32),
        policy_version=1,
        good_until=timezone.now() + timedelta(hours=1),
        content=f"canary {number}",
    )


def ciphertexts() -> list[tuple[str, str, str]]:
    """The row's key, its lasting name and its ciphertext, as the table has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key_id, token_hash, content FROM privacy_copy WHERE content <> ''"
        )
        return list(cursor.fetchall())


def named() -> set[str]:
    found = {keys.named_in(text) for _, _, text in ciphertexts()}
    assert found == {key_id for key_id, _, _ in ciphertexts()}
    return found


@pytest.fixture(autouse=True)
def _an_empty_store() -> Iterator[None]:
    yield
    keys.ask("DELETE FROM person_key", [])
    keys.ask("DELETE FROM rotation", [])


class Traffic:
    """Readers and writers in threads of their own, until told to stop."""

    def __init__(self, rows: list[Copy], readers: int = 6, writers: int = 4) -> None:
        self.numbers = [row.pk for row in rows]
        self.errors: list[BaseException] = []
        self.reads = self.writes = 0
        self.over = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(act, number))
            for act, count in ((self._read, readers), (self._write, writers))
            for number in range(count)
        ]

    def __enter__(self) -> "Traffic":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _run(self, act: Callable[[int], None], seed: int) -> None:
        try:
            step = seed
            while not self.over.is_set():
                act(step)
                step += 7
                time.sleep(0.005)
        except BaseException as error:
            self.errors.append(error)
        finally:
            connections.close_all()

    def _read(self, step: int) -> None:
        first = self.numbers[step % len(self.numbers)]
        for row in Copy.objects.filter(pk__gte=first).order_by("pk")[:20]:
            time.sleep(0.0005)
            assert row.content.startswith("canary")
            self.reads += 1

    def _write(self, step: int) -> None:
        if step % 3 == 0:
            write(step)
        else:
            row = Copy.objects.get(pk=self.numbers[step % len(self.numbers)])
            row.content = f"canary {step} again"
            row.save(update_fields=["content"])
        self.writes += 1


def test_keys_are_replaced_under_readers_and_writers() -> None:
    rows = [write(number) for number in range(ROWS)]
    keep_for_law(rows[0], ["content"])
    before = named()

    with Traffic(rows) as traffic:
        rotation.rotate(grace=QUICK)
    assert traffic.errors == []
    assert min(traffic.reads, traffic.writes) > 50

    assert not before & named()
    assert keys.get(before) == {}
    assert all(row.content.startswith("canary") for row in Copy.objects.all())


def test_killed_three_times_it_goes_on_and_ends() -> None:
    rows = [write(number) for number in range(ROWS)]
    rotate_and_kill(rows, Traffic(rows), delays=(0.1, 0.4, 0.8))


def rotate_and_kill(
    rows: list[Copy], around: Traffic, delays: tuple[float, ...]
) -> None:
    """Rotate while others read and write, killed so many seconds after each start.

    The drill does the same with ten thousand rows.
    """
    before = named()
    killed = 0

    with around as traffic:
        for delay in delays:
            started = start_rotation()
            wait_for_work(started)
            time.sleep(delay)
            killed += kill(started)
        last = start_rotation()
        assert last.wait(300) == 0
    assert traffic.errors == []

    assert killed == len(delays)
    assert not before & named()
    assert keys.get(before) == {}
    assert all(row.content.startswith("canary") for row in Copy.objects.all())


def start_rotation() -> "subprocess.Popen[bytes]":
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", "--data", "--grace=1.5"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": urlunsplit(database)},
        stdout=subprocess.DEVNULL,
    )


def wait_for_work(process: "subprocess.Popen[bytes]") -> None:
    """Wait until the rotation has begun: Django alone takes seconds to start."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = keys.ask("SELECT 1 FROM rotation WHERE finished_at IS NULL", [])
        if found and connected():
            return
        time.sleep(0.02)
    raise AssertionError("the rotation did not begin")


def connected() -> bool:
    return bool(
        keys.ask(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND query LIKE '%%rotation%%' AND pid <> pg_backend_pid()",
            [],
        )
    )


def kill(process: "subprocess.Popen[bytes]") -> bool:
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return alive


def test_after_rewrapping_the_old_key_encryption_key_is_needed_no_more(
    settings: Any,
) -> None:
    rows = [write(number) for number in range(60)]
    old = settings.KEY_ENCRYPTION_KEYS
    settings.KEY_ENCRYPTION_KEYS = [b"n" * 32, *old]
    assert rotation.rewrap(batch=7) == PEOPLE
    assert rotation.rewrap() == 0

    settings.KEY_ENCRYPTION_KEYS = [b"n" * 32]
    assert Copy.objects.get(pk=rows[0].pk).content == "canary 0"


def test_a_row_that_does_not_open_stops_nothing_and_keeps_its_key() -> None:
    rows = [write(number) for number in range(30)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE privacy_copy SET content = left(content, -4) || 'AAAA'"
            " WHERE id = %s",
            [rows[3].pk],
        )
    bad = rows[3].key_id

    rotation.rotate(grace=timedelta(0))

    assert bad in keys.get([bad])
    assert len(named() & {row.key_id for row in rows}) == 1
    others = Copy.objects.exclude(pk=rows[3].pk)
    assert all(row.content.startswith("canary") for row in others)


def test_a_row_read_before_and_opened_after_opens() -> None:
    row = Copy.objects.get(pk=write(1).pk)

    rotation.rotate(grace=timedelta(0))

    assert row.content == "canary 1"


def test_a_stale_row_saved_after_does_not_bring_the_old_key_back() -> None:
    made = write(1)
    stale = Copy.objects.get(pk=made.pk)
    whole = Copy.objects.get(pk=made.pk)

    rotation.rotate(grace=timedelta(0))
    stale.content = "canary new"
    stale.save(update_fields=["content"])
    assert Copy.objects.get(pk=made.pk).content == "canary new"
    whole.save()

    assert Copy.objects.get(pk=made.pk).content.startswith("canary")
    assert made.key_id not in named()


# --- keys that no row names -----------------------------------------------------------
def test_keys_go_a_week_after_their_last_row() -> None:
    kept, gone = write(1), write(2)
    gone.delete()

    assert rotation.sweep() == 0
    keys.ask("UPDATE person_key SET idle_since = idle_since - interval '8 days'", [])
    assert rotation.sweep() == 1
    assert keys.get([kept.key_id, gone.key_id]).keys() == {kept.key_id}
    assert keys.tombstones() == []


def test_who_writes_again_meanwhile_keeps_the_key() -> None:
    gone = write(2)
    gone.delete()
    rotation.sweep()
    keys.ask("UPDATE person_key SET idle_since = idle_since - interval '8 days'", [])

    again = write(2)

    assert again.key_id == gone.key_id
    assert rotation.sweep() == 0
    again.delete()
    assert rotation.sweep() == 0  # a new week begins


def test_over_an_empty_database_no_key_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "FEW", 3)
    for number in range(4):
        write(number).delete()

    with pytest.raises(rotation.TooManyIdle):
        rotation.sweep(idle=timedelta(0))


def test_ciphertext_is_what_the_decision_says_it_is() -> None:
    """A mark, the key, and AES-256-GCM bound to table, column and row."""
    row = write(5)
    [(key_id, name, text)] = ciphertexts()
    key = keys.get([key_id])[key_id]

    assert len(key.secret) == 32
    assert key.open(text, place("privacy_copy", "content", name)) == row.content
    assert text.startswith(key_cipher.MARK)
