"""Break the shop in a copy, really, and see the build turn red and the sentence change.

Each case edits one file of a fresh copy of the tree, runs the tests that should mind,
and reads the run file that this run signed (proof 1 of the living policy).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from privacy.promises import PROMISES
from tests.promises_run import ROOT

FONT = "https://fonts.googleapis.com/css2?family=Lobster"


@dataclass(frozen=True)
class Mutation:
    """One harm: what is done to which file, and which promise suffers."""

    file: str
    harm: Callable[[str], str]
    promise: str
    minded_by: tuple[str, ...] = ()  # tests that mind, beside those that prove it
    told_by: str = ""  # the one that tells, where the others would take minutes

    @property
    def tests(self) -> tuple[str, ...]:
        proving = next(one for one in PROMISES if one.id == self.promise).proved_by
        return (*proving, *self.minded_by)


def put(before: str, new: str) -> Callable[[str], str]:
    """Return a harm that puts text before the one place where `before` stands."""

    def harm(text: str) -> str:
        assert text.count(before) == 1, before
        return text.replace(before, new + before)

    return harm


def without_function(name: str) -> Callable[[str], str]:
    """Return a harm that deletes a function of a module."""

    def harm(text: str) -> str:
        left, count = re.subn(
            rf"^def {name}\(.*?(?=^(?:def|class|@|[A-Z_]+ ?[:=]))",
            "",
            text,
            flags=re.MULTILINE | re.DOTALL,
        )
        assert count == 1, name
        return left

    return harm


CONNECTOR = """

register(
    Connector(
        name="analytics",
        recipient="Somebody who likes to know",
        purpose="order",
        base_url_setting="PRINTS_API_BASE",
        fields=frozenset({"email"}),
    )
)
"""
COOKIE = """

def _watched(view):
    def watched(request):
        answer = view(request)
        answer.set_cookie("visitor", "1")
        return answer

    return watched


home = _watched(home)
"""

MUTATIONS = {
    "the function that keeps a promise is deleted": Mutation(
        "privacy/registry.py",
        without_function("undeclared"),
        "P6",
        ("tests/promises/test_promises.py",),
    ),
    "the test that proves a promise is skipped": Mutation(
        "tests/meta/test_personal_data.py",
        put(
            "def test_every_column_of_ours_is_declared",
            'import pytest as p\n@p.mark.skip(reason="not today")\n',
        ),
        "P6",
    ),
    "a column is added that nobody declared": Mutation(
        "members/models/members.py",
        put(
            "    is_staff = models.BooleanField",
            "    born_on = models.DateField(null=True)\n",
        ),
        "P6",
    ),
    "a Google font is put into a template": Mutation(
        "templates/base.html",
        put('    <link rel="icon"', f'    <link rel="stylesheet" href="{FONT}">\n'),
        "P5",
    ),
    "a Google font is put into a product's description": Mutation(
        "shop/demo/film.toml",
        lambda text: text.replace(
            'description = """', f'description = """<link href="{FONT}">', 1
        ),
        "P36",
        told_by=(
            "tests/promises/test_adverts.py"
            "::test_the_demonstrations_texts_hold_no_markup_and_no_address"
        ),
    ),
    "a connector is added": Mutation(
        "shop/connectors.py", lambda t: t + CONNECTOR, "P13"
    ),
    "a cookie is added": Mutation(
        "shop/views/home.py", lambda text: text + COOKIE, "P26"
    ),
}


def copied(place: Path) -> Path:
    """Return a copy of the tree as it stands here, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    copy = place / "copy"
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return copy


def build(copy: Path, tests: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run some tests in a copy as `make test` would; the run file is the copy's own."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "DATABASE_URL", "KEYS_", "REDIS_URL"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env=environment
        | {
            "PROMISES_RUN": str(copy / ".data" / "promises.json"),
            "COMMIT": "a-copy",  # it has no .git to tell
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def state(client: Client, promise: str) -> str:
    """Return what the page for programs says of a promise now."""
    listed = client.get("/.well-known/privacy-promises.json").json()["promises"]
    return str(next(one["state"] for one in listed if one["id"] == promise))


@pytest.fixture
def copy(tmp_path: Path, settings: Settings) -> Path:
    made = copied(tmp_path)
    settings.PROMISES_RUN_FILE = str(made / ".data" / "promises.json")
    return made


@pytest.mark.django_db(transaction=True)  # none may wait open for the build
def test_unharmed_the_build_is_green_and_the_sentences_are_kept(
    copy: Path, client: Client
) -> None:
    """The control: what fails below fails by the harm alone."""
    tests = dict.fromkeys(
        test for mutation in MUTATIONS.values() for test in mutation.tests
    )
    done = build(copy, tuple(tests))
    assert done.returncode == 0, done.stdout[-3000:]
    for mutation in MUTATIONS.values():
        assert state(client, mutation.promise) == "kept", mutation.promise


@pytest.mark.django_db(transaction=True)  # none may wait open for the build
@pytest.mark.parametrize("name", MUTATIONS)
def test_harmed_the_build_is_red_and_the_sentence_is_not_kept(
    name: str, copy: Path, client: Client
) -> None:
    mutation = MUTATIONS[name]
    file = copy / mutation.file
    before = file.read_text()
    after = mutation.harm(before)
    assert after != before
    file.write_text(after)
    done = build(copy, (mutation.told_by,) if mutation.told_by else mutation.tests)
    assert done.returncode != 0, done.stdout[-3000:]
    assert state(client, mutation.promise) != "kept"
