"""The policy page: what the policy says, what the shop does, and how each is proved."""

import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from privacy import policies, run_file
from privacy.cookies import REGISTRY
from privacy.gateway import connectors
from privacy.policies import document
from privacy.promises import PROMISES
from tests.promises.test_run_file import result

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path, settings: Settings) -> Path:
    settings.PROMISES_RUN_FILE = tmp_path / "promises.json"
    return tmp_path / "promises.json"


@pytest.fixture
def html(client: Client, path: Path) -> str:
    response = client.get("/privacy/")
    assert response.status_code == 200
    return response.content.decode()


def test_anyone_reads_it_without_a_cookie(client: Client) -> None:
    for address in ("/privacy/", "/privacy/cookies/"):
        response = client.get(address)
        assert response.status_code == 200
        assert not response.cookies


@pytest.mark.parametrize(
    "address", ["/privacy/", "/privacy/cookies/", "/.well-known/privacy-promises.json"]
)
def test_reading_costs_at_most_six_queries_and_changes_nothing(
    client: Client, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/help/terms/")  # what every page's frame asks, once in ten seconds
    with django_assert_max_num_queries(6):
        assert client.get(address).status_code == 200
    assert client.post(address).status_code == 405


def test_all_nine_questions_are_answered_by_clauses(html: str) -> None:
    text = document.load(policies.current_version())
    assert list(document.QUESTIONS) == list(range(1, 10))
    for number in document.QUESTIONS:
        assert f'id="question-{number}"' in html
        assert text.answering(number)
    for clause in text.clauses:
        assert html.count(f'id="{clause.id}"') == 1
        assert f'href="#{clause.id}"' in html


def test_every_promise_is_on_the_page_once(html: str) -> None:
    for promise in PROMISES:
        assert html.count(f'id="{promise.id}"') == 1, promise.id


def test_all_four_ways_to_reach_us_are_there(html: str) -> None:
    company = django_settings.COMPANY
    digits = re.sub(r"\D", "", company["telephone"]).removeprefix("0")
    assert f'href="tel:+44{digits}"' in html
    assert f'href="mailto:{company["email"]}"' in html
    for name in ("telephone", "fax", "address"):
        assert company[name] in html, name
    assert "ask for Web Design" in html
    assert "for the attention of" in html


def test_what_the_law_wants_said_is_said(html: str) -> None:
    for words in (
        "controller",
        "Information Commissioner",
        "contract with you",
        "legal duty",
        "within one month",
        "United States",
    ):
        assert words in html, words


def test_tables_come_from_what_the_program_obeys(html: str) -> None:
    for cookie in REGISTRY.values():
        assert cookie.purpose in html
        assert cookie.life in html
    for party in connectors():
        assert party.recipient in html
        for words in (party.personal or {}).values():
            assert words.casefold() in html.casefold(), words
    assert 'href="/privacy/recipients/"' in html  # each field by its name


def test_the_cookie_page_lists_the_registry(client: Client) -> None:
    html = client.get("/privacy/cookies/").content.decode()
    for cookie in REGISTRY.values():
        for words in (cookie.name, cookie.purpose, cookie.contents, cookie.life):
            assert words in html


def test_without_a_run_the_page_claims_nothing(html: str) -> None:
    assert "Not checked yet on this machine" in html
    assert re.search(r'class="big">0<small>of 107 promises kept', html)


def test_the_page_says_what_the_last_run_said(client: Client, path: Path) -> None:
    run_file.write(path, {"P28": result(), "P29": result(passed=False)})
    html = client.get("/privacy/").content.decode()
    assert re.search(r'class="big">1<small>of 107 promises kept', html)
    assert '<a href="/privacy/promises/P29/">P29</a>' in html
    assert "not all passed" in html
    assert html.count('class="broken"') == 1


def test_a_policy_file_must_be_whole() -> None:
    head = "---\nversion: 9\nin force: 2026-11-22\nsummary: s\n---\n"
    good = "## A {#a}\n<!-- promises: 1; questions: 1 -->\n$x <b>raw</b>\n"
    clause = document.parse(head + good, {"x": "filled"}).clauses[0]
    assert "filled &lt;b&gt;raw" in clause.parts[0].html
    with pytest.raises(document.PolicyError):
        document.parse(head + good, {})
    with pytest.raises(document.PolicyError):
        document.parse(head + "## A {#a}\ntext\n", {})
