"""The probes: 200 or 503, the name of what fails, and nothing else (R52)."""

import json
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from jessops import heartbeat, views
from newsletter.models import Message
from tests.plugin import start_valkey

NOWHERE = "127.0.0.1:1"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _worker_runs() -> Iterator[None]:
    """Start from a shop in order, whatever an earlier test made this process learn."""
    views._migrated.clear()
    heartbeat.beat()
    yield
    views._migrated.clear()


def ready(client: Client) -> tuple[int, Any]:
    response = client.get("/readyz")
    return response.status_code, json.loads(response.content)["failing"]


def queue_message(age: timedelta) -> Message:
    return Message.objects.create(
        key=f"probe:{age}",
        message_class=Message.Kind.ORDER,
        to="canary@example.com",
        subject="Probe",
        text="Probe",
        message_id=f"<{age.seconds}@example>",
        due_at=timezone.now() - age,
    )


def test_a_shop_in_order_is_ready(client: Client) -> None:
    assert ready(client) == (200, [])


def test_probes_are_not_kept_by_caches_and_set_no_cookie(client: Client) -> None:
    for address in ("/healthz", "/readyz"):
        response = client.get(address)
        assert "no-store" in response["Cache-Control"]
        assert not response.cookies


def test_healthz_asks_no_other_part(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_probes_answer_get_and_head_only(client: Client) -> None:
    for address in ("/healthz", "/readyz"):
        assert client.head(address).status_code == 200
        assert client.post(address).status_code == 405


def test_mail_that_does_not_leave_makes_the_shop_unready(client: Client) -> None:
    queue_message(timedelta(minutes=4))
    assert ready(client) == (200, [])
    late = queue_message(timedelta(minutes=6))
    assert ready(client) == (503, ["outbox"])
    # What nobody wants sent any more holds nothing up.
    late.state, late.settled_at = Message.State.HELD, timezone.now()
    late.save(update_fields=["state", "settled_at"])
    assert ready(client) == (200, [])


def test_a_worker_without_heartbeat_makes_the_shop_unready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 89)
    assert ready(client) == (200, [])
    monkeypatch.setattr(time, "time", lambda: now + 92)
    assert ready(client) == (503, ["worker"])


def test_an_unapplied_migration_makes_the_shop_unready(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied(
        "contenttypes", "0002_remove_content_type_name"
    )
    assert ready(client) == (503, ["migrations"])


def test_applied_migrations_are_looked_up_once(client: Client) -> None:
    assert ready(client) == (200, [])
    MigrationRecorder(connection).record_unapplied(
        "contenttypes", "0002_remove_content_type_name"
    )
    assert ready(client) == (200, [])


def test_a_dead_broker_is_named_within_ten_seconds(
    client: Client, settings: Settings
) -> None:
    settings.CELERY_BROKER_URL = f"redis://{NOWHERE}/0"
    began = time.monotonic()
    assert ready(client) == (503, ["broker"])
    assert time.monotonic() - began < 10


def test_a_broker_that_hangs_is_named_within_ten_seconds(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    address, valkey = start_valkey(tmp_path / "valkey")
    settings.CELERY_BROKER_URL = f"{address}/0"
    try:
        assert ready(client) == (200, [])
        os.kill(valkey.pid, signal.SIGSTOP)
        began = time.monotonic()
        assert ready(client) == (503, ["broker"])
        assert time.monotonic() - began < 10
    finally:
        os.kill(valkey.pid, signal.SIGCONT)
        valkey.stop()


@pytest.mark.django_db(transaction=True)
def test_a_dead_database_is_named_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections["default"].close()
    monkeypatch.setitem(connections["default"].settings_dict, "PORT", "1")
    began = time.monotonic()
    assert ready(client) == (503, ["database"])
    assert time.monotonic() - began < 10
    monkeypatch.undo()
    assert ready(client) == (200, [])


def test_the_answer_names_no_version_address_or_error(
    client: Client, settings: Settings
) -> None:
    settings.CELERY_BROKER_URL = f"redis://:canary-password@{NOWHERE}/0"
    body = client.get("/readyz").content.decode()
    assert json.loads(body) == {"status": "not ready", "failing": ["broker"]}
    for secret in ("canary", "127.0.0.1", "Error", psycopg.__version__):
        assert secret not in body
