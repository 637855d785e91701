"""The notice of a policy to come: where it stands, how long, and who is counted."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from privacy import notices, policies
from privacy.actions import policies as publishing
from privacy.models import NoticeCount
from privacy.policies import FOLDER
from tests.builders import fill, product

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _counts() -> Iterator[None]:
    notices._counted.clear()
    yield
    notices._counted.clear()


def announced(place: Path, *, days: int = 34, kind: str = "ahead") -> None:
    """Publish a version 2 whose clause on cookies says one sentence more."""
    first = (FOLDER / "1.md").read_text()
    draft = first.replace("version: 1", "version: 2", 1)
    draft = draft.replace("in force: 2026-11-22\n", f"change cookies: {kind}\n", 1)
    draft = draft.replace(
        "If you only look around, we set no cookie at all.",
        "If you only look around, we set no cookie whatever.",
    )
    assert draft.count("whatever") == 1
    (place / "2.md").write_text(draft)
    publishing.publish(
        number=2,
        in_force_from=(timezone.now() + timedelta(days=days)).date(),
        by="Member 1",
        folder=place,
    )
    notices.forget()


def test_without_a_version_to_come_nothing_stands_anywhere(client: Client) -> None:
    assert b"What changes" not in client.get("/").content
    assert NoticeCount.objects.count() == 0


def test_it_stands_on_home_and_checkout_and_nowhere_else(
    client: Client, tmp_path: Path
) -> None:
    with time_machine.travel(NOW, tick=False):
        announced(tmp_path)
        fill(client, {product().sku: 1})
        for path in ("/", "/checkout/", "/orders/find/"):
            page = client.get(path).content.decode()
            assert page.count("/privacy/compare/1/2/") == 1, path
            assert "changes on Friday 24 December 2027" in page, path
        for path in ("/shop/", "/help/terms/", "/trolley/"):
            assert b"/privacy/compare/1/2/" not in client.get(path).content, path


def test_it_goes_at_the_second_in_which_the_version_is_in_force(
    client: Client, tmp_path: Path
) -> None:
    with time_machine.travel(NOW, tick=False):
        announced(tmp_path)
    midnight = datetime(2027, 12, 24, 0, 0, tzinfo=UTC)
    with time_machine.travel(midnight - timedelta(seconds=1), tick=False):
        notices.forget()
        assert b"What changes" in client.get("/").content
        assert policies.current_version() == 1
    with time_machine.travel(midnight, tick=False):
        notices.forget()
        assert b"What changes" not in client.get("/").content
        assert policies.current_version() == 2


def test_a_change_of_wording_says_that_it_is_one(
    client: Client, tmp_path: Path
) -> None:
    announced(tmp_path, days=3, kind="editorial")
    assert b"Only its wording changes" in client.get("/").content


def test_showings_are_counted_by_day_and_place_and_nobody_is_in_them(
    client: Client, tmp_path: Path
) -> None:
    with time_machine.travel(NOW, tick=False):
        announced(tmp_path)
        for _ in range(3):
            client.get("/")
        client.get("/orders/find/")
        client.get("/shop/")
        notices.flush()
        client.get("/")
        notices.flush()
    counted = {row.place: row.shown for row in NoticeCount.objects.all()}
    assert counted == {"home": 4, "checkout": 1}
    assert {field.name for field in NoticeCount._meta.local_fields} == {
        *("id", "version", "place", "day", "shown")
    }


def test_a_showing_costs_no_statement_between_two_flushes(
    client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(notices, "FLUSH_AFTER", 3600.0)  # however slow this machine is
    announced(tmp_path)
    client.get("/orders/find/")
    with django_assert_num_queries(0):
        for _ in range(5):
            client.get("/orders/find/")


@pytest.mark.django_db(transaction=True)
def test_no_showing_is_lost_when_many_threads_count(tmp_path: Path) -> None:
    announced(tmp_path)
    notices.bars("home")
    notices.flush()

    def show() -> None:
        for _ in range(200):
            notices.bars("home")
        notices.flush()
        connection.close()

    threads = [threading.Thread(target=show) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    notices.flush()
    assert NoticeCount.objects.get().shown == 801


def test_a_source_stands_on_every_page_and_before_the_policy(
    client: Client, tmp_path: Path
) -> None:
    def sale() -> notices.Notice:
        return notices.Notice("transition", "Sold <b>", "To Q", "/x/", "Read it")

    announced(tmp_path)
    notices.register(sale)
    try:
        notices.forget()
        for path in ("/", "/shop/", "/trolley/", "/no/such/page/", "/privacy/"):
            page = client.get(path).content.decode()
            assert "Sold &lt;b&gt;" in page, path
        home = client.get("/").content.decode()
        assert home.index("Sold") < home.index("/privacy/compare/1/2/")
    finally:
        notices._sources.remove(sale)
        notices.forget()
