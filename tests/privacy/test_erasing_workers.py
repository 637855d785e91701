"""Two workers that erase one person at once (P96)."""

import secrets
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.actions import leaving
from members.models import Member
from privacy import keys, writers
from privacy.actions import erasures
from privacy.models import Copy
from shop.models import Order
from tests.members.test_correcting import order_of
from tests.members.test_leaving import mail_to
from tests.privacy.test_erasure import (
    EMAIL,
    _no_tombstones,  # noqa: F401  every test of erasing cleans the key store
    delivered,
    due,
    erin,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_second_worker_does_not_finish_the_search_of_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A search takes minutes where there is much, and the sweep comes each minute."""
    erin()
    one = due()
    real = erasures.look
    inside, go_on = threading.Event(), threading.Event()
    seconds: list[int] = []

    def slow(*given: object) -> object:
        if not inside.is_set():
            inside.set()
            assert go_on.wait(30)
            # what only the first one, who knows the name, would have found
            return real(*given) | {"alarm": True}  # type: ignore[arg-type]
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(erasures, "look", slow)

    def second() -> None:
        assert inside.wait(30)
        try:
            seconds.append(leaving.sweep())
        finally:
            go_on.set()
            connections.close_all()

    thread = threading.Thread(target=second)
    thread.start()
    done = leaving.sweep()
    thread.join()
    one.refresh_from_db()
    assert one.state == "done"
    assert "partly" not in one.found
    assert one.found["alarm"] is True
    assert (done, seconds) == (1, [0])


def test_eight_workers_at_once_erase_once() -> None:
    erin()
    one = due()
    barrier = threading.Barrier(8)
    done: list[int] = []

    def work() -> None:
        barrier.wait(30)
        try:
            done.append(leaving.sweep())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    one.refresh_from_db()
    assert one.state == "done"
    assert sum(done) == 1
    assert not Member.objects.filter(email=EMAIL).exists()
    assert len(mail_to(EMAIL)) <= 1  # the last message, and it once
    assert [t.subject for t in keys.tombstones()] == [email_hash(EMAIL)]


def test_who_orders_between_the_rows_and_the_key_can_be_read() -> None:
    """An order that came in after the rows went must not be sealed by a dying key."""
    erin()
    due()
    real = keys.destroy
    made = []

    def destroy(subject: str, **more: Any) -> None:
        made.append(order_of(EMAIL, full_name="Zyxerin Graysmith").pk)
        real(subject, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "destroy", destroy)
        leaving.sweep()
    assert Order.objects.get(pk=made[0]).full_name == "Zyxerin Graysmith"


def test_no_key_of_an_erased_person_is_left() -> None:
    """Keys are retired before the rows go: no row may be sealed with a new one then."""
    erin()
    delivered()
    due()
    assert leaving.sweep() == 1
    living = "SELECT id FROM person_key WHERE subject = %s AND wrapped IS NOT NULL"
    assert keys.ask(living, [email_hash(EMAIL)]) == []


def write() -> Copy:
    """A sealed row of the person, whose transaction the test holds open."""
    return Copy.objects.create(
        subject=email_hash(EMAIL),
        token_hash=secrets.token_hex(32),
        policy_version=1,
        good_until=timezone.now() + timedelta(hours=1),
        content="canary",
    )


def test_a_row_that_is_under_way_while_all_goes_is_not_lost() -> None:
    """Sealed with a key of before, committed after it would have been destroyed."""
    erin()
    due()
    sealed, go_on = threading.Event(), threading.Event()
    made: list[int] = []

    def one_more() -> None:
        try:
            with transaction.atomic():
                made.append(write().pk)
                sealed.set()
                assert go_on.wait(30)
        finally:
            connections.close_all()

    thread = threading.Thread(target=one_more)
    thread.start()
    assert sealed.wait(30)
    real = writers.wait
    waited: list[int] = []

    def wait(subjects: Any, **more: Any) -> None:
        with pytest.raises(writers.StillWriting):
            real(subjects, patience=0.2)  # the control: it sees the writer
        waited.append(1)
        go_on.set()
        real(subjects, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writers, "wait", wait)
        assert leaving.sweep() == 1
    thread.join()
    assert waited
    assert Copy.objects.get(pk=made[0]).content == "canary"
    assert [t.subject for t in keys.tombstones()] == [email_hash(EMAIL)]


def test_who_does_not_end_makes_the_erasure_wait_for_the_next_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    erin()
    one = due()
    monkeypatch.setattr(writers, "PATIENCE", 0.1)
    sealed, go_on = threading.Event(), threading.Event()

    def one_more() -> None:
        try:
            with transaction.atomic():
                write()
                sealed.set()
                assert go_on.wait(30)
        finally:
            connections.close_all()

    thread = threading.Thread(target=one_more)
    thread.start()
    assert sealed.wait(30)
    assert leaving.sweep() == 0
    one.refresh_from_db()
    assert one.state == "waiting"
    assert keys.tombstones() == []
    go_on.set()
    thread.join()
    assert leaving.sweep() == 1
    assert Copy.objects.get().content == "canary"
