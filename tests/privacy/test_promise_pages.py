"""All promises and each one, for people; and proving one at once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from privacy import probes, run_file, states
from privacy.actions import probes as actions
from privacy.models import ProbeResult
from privacy.promises import PROMISES
from tests.builders import category
from tests.privacy.served import Served
from tests.privacy.served import served as served
from tests.promises.test_run_file import path as path  # a run file of the test's own
from tests.promises.test_run_file import result

pytestmark = pytest.mark.django_db


@pytest.fixture
def _kept(path: Path) -> None:
    tested = (promise.id for promise in PROMISES if promise.tested)
    run_file.write(path, {name: result() for name in tested})


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    assert not answer.cookies
    return answer.content.decode()


def record(probe: str, passed: bool, minutes_ago: float = 0) -> None:
    ProbeResult.objects.create(
        probe=probe,
        passed=passed,
        at=timezone.now() - timedelta(minutes=minutes_ago),
        took_ms=1,
        inputs=["looked here"],
        findings=["found that"],
        asked_by="schedule",
    )
    states.forget()


@pytest.mark.usefixtures("_kept")
def test_all_107_are_listed_once_with_code_and_checks(client: Client) -> None:
    html = page(client, "/privacy/promises/")
    for promise in PROMISES:
        assert html.count(f'<section class="promise" id="{promise.id}"') == 1
        assert f'href="/privacy/promises/{promise.id}/"' in html
        for name in (*promise.enforced_by, *promise.proved_by):
            assert f"<code>{name}</code>" in html, name
    assert "abc123" in html
    assert html.count("<h1") == 1


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize(
    ("wanted", "there", "not_there"),
    [
        ("kept", "P2", "P60"),
        ("attested", "P60", "P2"),
        ("unproven", "P90", "P60"),
        ("broken", "P33", "P2"),
        ("unchecked", "P26", "P2"),
        ("not-yet", "P80", "P2"),
        ("", "P33", ""),
        ("no-such-state", "P33", ""),
    ],
)
def test_plain_links_show_those_of_one_state(
    client: Client, wanted: str, there: str, not_there: str
) -> None:
    record("trolley-cookie", False)
    record("cookies", True, minutes_ago=60)
    html = page(client, f"/privacy/promises/?state={wanted}")
    assert f'<section class="promise" id="{there}"' in html
    assert f'<section class="promise" id="{not_there}"' not in html
    assert html.count('aria-current="page"') == 1


def test_a_state_that_no_promise_is_in_says_so(client: Client, path: Path) -> None:
    assert "No promise is in this state now" in page(
        client, "/privacy/promises/?state=kept"
    )


@pytest.mark.parametrize(
    "address", ["/privacy/promises/P108/", "/privacy/promises/p1/"]
)
def test_what_is_no_promise_is_no_page(client: Client, address: str) -> None:
    page(client, address, status=404)
    assert client.post(f"{address}prove/").status_code == 404


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize(
    "address", ["/privacy/", "/privacy/promises/", "/privacy/promises/P33/"]
)
def test_pages_of_all_promises_take_at_most_six_queries(
    client: Client, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """In a running process, right after every self-probe found something new."""
    category("cameras")
    client.get("/privacy/promises/")  # departments and versions are known from then on
    for probe in probes.probes():
        record(probe.name, True, minutes_ago=3)
        record(probe.name, False, minutes_ago=1)
    with django_assert_max_num_queries(6):
        assert client.get(address).status_code == 200
    with django_assert_max_num_queries(3):  # and nothing new since
        assert client.get(address).status_code == 200


@pytest.mark.usefixtures("_kept")
def test_the_page_of_one_says_everything_in_plain_words(client: Client) -> None:
    record("trolley-cookie", True, minutes_ago=60)
    record("trolley-cookie", False, minutes_ago=49)
    record("trolley-cookie", True, minutes_ago=8)
    html = page(client, "/privacy/promises/P33/")
    for words in (
        "<code>shop.trolley.encode</code>",
        "looked here",
        "found that",
        "Prove it now",
        "41 minutes",
        "make test",
    ):
        assert words in html, words
    board = page(client, "/privacy/promises/")
    assert "for 41 minutes" in board


@pytest.mark.usefixtures("_kept")
def test_a_promise_without_probe_says_which_test_proves_it(client: Client) -> None:
    html = page(client, "/privacy/promises/P7/")
    assert "Prove it now" not in html
    assert "pytest tests/shop/test_checkout.py::" in html
    assert client.post("/privacy/promises/P7/prove/").status_code == 404


def test_only_a_post_proves(client: Client) -> None:
    assert client.get("/privacy/promises/P33/prove/").status_code == 405
    assert not ProbeResult.objects.exists()


# --- prove it ------------------------------------------------------------------------
def test_anyone_proves_a_promise_at_once_and_reads_inputs_and_outcome(
    path: Path,
) -> None:
    visitor = Client(enforce_csrf_checks=True)  # who has no cookie at all
    answer = visitor.post("/privacy/promises/P33/prove/")
    assert answer.status_code == 200
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    html = answer.content.decode()
    assert "Just now: passed" in html
    assert "<code>1|FUJ-XT5.S:1|ILF-HP5-36:2</code>" in html
    assert "5 trolleys came back" in html
    assert ProbeResult.objects.get().asked_by == "visitor"


@pytest.mark.django_db(transaction=True)
def test_proving_looks_at_the_shop_as_it_is_served(
    client: Client, served: Served, path: Path
) -> None:
    run_file.write(path, {"P26": result()})
    good = client.post("/privacy/promises/P26/prove/").content.decode()
    assert "Just now: passed" in good
    assert "/trolley/add/ answered 303, cookies set: trolley" in good
    served.harm = lambda answer: answer.headers.append(("Set-Cookie", "spy=1"))
    bad = client.post("/privacy/promises/P26/prove/").content.decode()
    assert "Just now: failed" in bad
    assert "setting spy" in bad
    assert 'seal seal--fail">' in bad
    assert (
        "not met" in client.get("/.well-known/privacy-promises.json").content.decode()
    )


def test_another_sites_page_cannot_make_a_visitor_prove(client: Client) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/privacy/promises/P33/prove/", headers=headers)
    assert answer.status_code == 403
    assert not ProbeResult.objects.exists()


def test_proving_too_often_is_refused_and_who_asked_is_not_kept(
    client: Client, path: Path
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        answers = [
            client.post("/privacy/promises/P33/prove/", REMOTE_ADDR="192.0.2.9")
            for _ in range(13)
        ]
    assert [answer.status_code for answer in answers] == [200] * 12 + [429]
    assert "very often" in answers[-1].content.decode()
    kept = str(list(ProbeResult.objects.values()))
    assert "192.0.2" not in kept
    other = client.post("/privacy/promises/P33/prove/", REMOTE_ADDR="198.51.100.1")
    assert other.status_code == 200


def busy(**_: object) -> list[ProbeResult]:
    raise actions.Busy


@pytest.mark.parametrize(
    ("promise", "proves", "words"),
    [
        ("P33", busy, "A check for somebody else is running"),
        ("P26", None, "Nothing was recorded"),  # our own web server is nowhere here
    ],
)
def test_a_check_that_cannot_run_now_says_so(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    promise: str,
    proves: Callable[..., list[ProbeResult]] | None,
    words: str,
) -> None:
    if proves:
        monkeypatch.setattr(actions, "prove", proves)
    answer = client.post(f"/privacy/promises/{promise}/prove/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "3"
    assert words in answer.content.decode()
    assert not ProbeResult.objects.exists()
