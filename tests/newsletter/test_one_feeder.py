"""One feeder at a time, and staff who stop a letter while it is being fed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from newsletter.actions import sending
from newsletter.models import Campaign, Message
from tests.newsletter.test_campaigns import colleague
from tests.newsletter.test_sending import approved, readers, state
from tests.staff import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def elsewhere(sql: str, *values: int) -> Iterator[None]:
    """Hold what a statement locks, in a connection of somebody else's."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(sql, values)
        yield
    finally:
        with other.cursor() as cursor:  # closing alone is heard of a little later
            cursor.execute("SELECT pg_advisory_unlock_all()")
        other.close()


def under_way() -> Campaign:
    readers(4)
    one = approved()
    return sending.schedule(campaign=one, per_minute=3600)


def test_a_second_feeder_leaves_it_to_the_first() -> None:
    """Each would spend the whole throttle."""
    under_way()
    with elsewhere("SELECT pg_advisory_lock(%s)", sending._TICK):
        assert sending.tick() == 0
        assert not Message.objects.exists()
    assert sending.tick() == 4
    assert sending.tick() == 0  # it let go of the lock itself: this one ran, too


def test_a_feeder_that_fails_lets_the_next_one_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    under_way()
    with monkeypatch.context() as broken:
        broken.setattr(sending, "_feed", lambda row, most: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sending.tick()
    with elsewhere("SELECT pg_advisory_lock(%s)", sending._TICK):
        pass  # somebody else gets it at once
    assert sending.tick() == 4


def test_who_presses_pause_at_a_bad_moment_is_told_to_press_again() -> None:
    one = under_way()
    client = Client()
    sign_in(client, colleague("writer"))
    url = f"/admin/newsletter/campaign/{one.pk}/sending/"
    held = "SELECT 1 FROM newsletter_campaign WHERE id = %s FOR UPDATE"
    with elsewhere(held, one.pk):
        answer = client.post(url, {"act": "pause"}, follow=True)
    assert answer.status_code == 200
    assert b"Press again" in answer.content
    assert state(one) == Campaign.State.SCHEDULED
    assert client.post(url, {"act": "pause"}).status_code == 302
    assert state(one) == Campaign.State.PAUSED


def test_a_feed_that_waited_too_long_is_dropped() -> None:
    entry: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE["campaigns"]
    assert entry["options"]["expires"] <= entry["schedule"]
