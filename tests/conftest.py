"""Fixtures for all tests: a clean cache, the stand-ins, a real shop, a browser."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.postgresql.operations import DatabaseOperations
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import DjangoDbBlocker

from privacy import notices, policies, states
from privacy.actions import attestations
from privacy.gateway import connectors
from privacy.models import Attestation
from privacy.probes import certificate
from tests.sandbox.launcher import Sandbox, start_sandbox
from tests.servers import ShopServer, start_shop
from tests.undefined import UndefinedVariable
from tests.watch import WatchedBrowser

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def pytest_configure() -> None:
    # An undefined variable in one of our templates is an error.
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariable("%s")
    DatabaseOperations.execute_sql_flush = flush_ledgers_too  # type: ignore[method-assign,assignment]


def flush_ledgers_too(
    operations: BaseDatabaseOperations, sql_list: Iterable[str]
) -> None:
    """Empty the tables between tests, the append-only ones too.

    Their triggers refuse TRUNCATE; a replica's session, a superuser's right, skips
    triggers.
    """
    connection = operations.connection
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql in sql_list:
            cursor.execute(sql)


@pytest.fixture(autouse=True)
def _clean_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what the test before knew, and believe until the end what this one does.

    What is asked again every ten seconds would be asked in the midst of whatever counts
    its questions, on a machine that is slow enough.
    """
    cache.clear()
    for module in (policies, notices, states, certificate):
        monkeypatch.setattr(module, "BELIEVED_FOR", 3600.0)
    policies.forget()
    notices.forget()
    states.forget()


FOREVER = date(2999, 12, 31)


def contract(name: str, expires_on: date = FOREVER) -> Attestation:
    """Enter a contract with an outside party, whatever day the clock shows."""
    return attestations.attest(
        subject=f"connector:{name}",
        statement="uses what it gets for nothing else",
        owner="Tests",
        reference=f"TEST-{name}",
        attested_on=date(2000, 1, 1),
        expires_on=expires_on,
        by="tests",
    )


def contracts() -> None:
    """Enter a contract with every declared party."""
    for party in connectors():
        contract(party.name)


@pytest.fixture(autouse=True)
def _contracts(request: pytest.FixtureRequest) -> None:
    """A contract with every declared party, wherever a test has a database."""
    names = {"db", "transactional_db"} & set(request.fixturenames)
    if names or request.node.get_closest_marker("django_db"):
        # Asked for here, so that the database of the test is there; others get none.
        request.getfixturevalue("_django_db_helper")
        contracts()


@pytest.fixture(scope="session")
def shop_server(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ShopServer]:
    """A real gunicorn and Celery worker over this process's test database.

    For tests marked django_db(transaction=True): it sees committed rows only.
    """
    from django.db import connection

    place = tmp_path_factory.mktemp("shop")
    with start_shop(place, database=connection.settings_dict["NAME"]) as server:
        yield server


@pytest.fixture(scope="session")
def sandbox(shop_server: ShopServer) -> Sandbox:
    """The stand-ins that shop_server deals with: bank, mail, carrier, addresses."""
    return shop_server.sandbox


@pytest.fixture(scope="session")
def lone_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The stand-ins without any shop."""
    started = start_sandbox(tmp_path_factory.mktemp("sandbox"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(CHROMIUM_ARGS)
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_context(browser: Browser, shop_server: ShopServer) -> Iterator[WatchedBrowser]:
    """Open watched browser windows: open_context(viewport=..., color_scheme=...).

    The test fails on a violated Content-Security-Policy, a script's error, a part of
    a page that did not load, and a request to any host but the shop and the bank.
    """
    with WatchedBrowser(browser, shop_server.origins) as watched:
        yield watched


@pytest.fixture
def page(open_context: WatchedBrowser) -> Page:
    """One watched page at 1280 pixels."""
    return open_context(viewport={"width": 1280, "height": 900}).new_page()
