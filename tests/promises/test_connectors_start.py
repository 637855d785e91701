"""A party or a field that the published policy does not list stops the start (P57)."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from tests.promises.test_mutations import copied

pytestmark = pytest.mark.django_db(transaction=True)

CARRIER = """

register(
    Connector(
        name="carrier",
        recipient="A carrier that nobody was told of",
        purpose="delivery",
        base_url_setting="CARRIER_API_BASE",
        fields=frozenset({"name", "address"}),
    )
)
"""
HARMS = {
    "a new party": ("", CARRIER, "recipient carrier is new"),
    "a new field": (
        'fields=frozenset({"postcode"})',
        'fields=frozenset({"postcode", "email"})',
        "recipient addresses was",
    ),
    "another country": (
        'transfers="the United States',
        'transfers="Atlantis, the United States',
        "recipient bank was",
    ),
    "another purpose": (
        '''recipient="AFD, our address list",
        purpose="order"''',
        '''recipient="AFD, our address list",
        purpose="marketing"''',
        "recipient addresses was",
    ),
}


def check(copy: Path) -> subprocess.CompletedProcess[str]:
    """Ask a copy of the shop, over the published policy, whether it may start."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--database", "default"],
        cwd=copy,
        env={**os.environ, "DATABASE_URL": urlunsplit(database)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("connectors"))


def test_unharmed_it_may_start(copy: Path) -> None:
    done = check(copy)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(("before", "after", "said"), HARMS.values(), ids=HARMS)
def test_what_the_policy_does_not_list_is_refused_at_start_up(
    copy: Path, before: str, after: str, said: str
) -> None:
    file = copy / "shop" / "connectors.py"
    text = file.read_text()
    assert before == "" or text.count(before) == 1, before
    try:
        file.write_text(text.replace(before, after) if before else text + after)
        done = check(copy)
    finally:
        file.write_text(text)
    assert done.returncode != 0, done.stdout
    assert said in done.stderr
    assert "publish_policy" in done.stderr
