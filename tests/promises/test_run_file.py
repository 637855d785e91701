"""The run file: written by real runs, believed only with its signature."""

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from privacy import run_file
from privacy.promises import BY_ID, PROMISES
from privacy.states import states

ROOT = Path(__file__).resolve().parent.parent.parent
PROVED = next(promise for promise in PROMISES if promise.id == "P28")


def result(*, passed: bool = True, age: timedelta = timedelta()) -> run_file.Result:
    moment = datetime.now(UTC) - age
    return run_file.Result(passed, moment.isoformat(timespec="seconds"), "abc123", 7)


pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path, settings: Settings) -> Path:
    settings.PROMISES_RUN_FILE = tmp_path / "promises.json"
    return tmp_path / "promises.json"


def state() -> str:
    return states()["P28"].code


def test_without_a_run_nothing_was_checked(path: Path) -> None:
    assert state() == "unchecked"


def test_a_passed_run_says_kept_and_a_failed_one_says_broken(path: Path) -> None:
    run_file.write(path, {"P28": result()})
    assert state() == "kept"
    run_file.write(path, {"P28": result(passed=False)})
    os.utime(path, (1, 1))  # the same moment must not hide the change
    assert state() == "broken"


def test_an_old_result_says_nothing(path: Path) -> None:
    run_file.write(path, {"P28": result(age=timedelta(days=31))})
    assert state() == "unchecked"


def test_a_result_for_a_promise_without_code_says_nothing(path: Path) -> None:
    run_file.write(path, {"P80": result()})
    assert BY_ID["P80"].status == "not yet"
    assert states()["P80"].code == "not-yet"


def test_later_runs_keep_what_they_did_not_check(path: Path) -> None:
    run_file.write(path, {"P28": result()})
    run_file.write(path, {"P29": result()})
    assert set(run_file.read(path)) == {"P28", "P29"}


def test_nobody_can_type_a_state_in(path: Path) -> None:
    run_file.write(path, {"P28": result(passed=False)})
    content = json.loads(path.read_text())
    content["results"]["P28"]["passed"] = True
    path.write_text(json.dumps(content))
    assert run_file.read(path) == {}
    assert state() == "unchecked"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"results": {}}', '{"results": 1, "signature": 2}']
)
def test_a_file_that_is_none_counts_for_nothing(path: Path, text: str) -> None:
    run_file.write(path, {})
    path.write_text(text)
    assert run_file.read(path) == {}


def test_the_key_is_for_its_owner_only(path: Path) -> None:
    run_file.write(path, {})
    assert stat.S_IMODE(path.with_suffix(".key").stat().st_mode) == 0o600


RUN = """
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_one(n):
    assert n != 0

def test_two():
    assert True
"""


def run_tests(
    place: Path,
    *only: str,
    harm: tuple[str, str] = ("", ""),
    code: str = "json.dumps",
) -> Path:
    """Run a small suite in a process of its own, with the plug-in and one promise."""
    assert harm[0] in RUN
    (place / "test_p.py").write_text(RUN.replace(*harm) if harm[0] else RUN)
    (place / "test_other.py").write_text("def test_three():\n    assert True\n")
    (place / "one_promise.py").write_text(
        "from privacy import promises\n"
        f"promises.PROMISES = (promises.Promise('P1', 'x', enforced_by=({code!r},),"
        " proved_by=('test_p.py::test_one', 'test_p.py::test_two')),)\n"
    )
    path = place / "run.json"
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", f"--rootdir={place}"),
            *("-c", os.devnull, "-p", "one_promise", "-p", "tests.promises_run"),
            *("-p", "no:django", "-p", "no:cacheprovider", *(only or ("test_p.py",))),
        ],
        cwd=place,
        env=os.environ
        | {"PROMISES_RUN": str(path), "PYTHONPATH": f"{place}:{ROOT}"}
        | {"PYTEST_ADDOPTS": ""},
        check=False,
        capture_output=True,
        timeout=60,
    )
    return path


def test_a_run_writes_what_it_proved(tmp_path: Path) -> None:
    found = run_file.read(run_tests(tmp_path))["P1"]
    assert (found.passed, found.tests) == (True, 3)
    assert found.commit


HARMS = {
    "a failure in one case": ("n != 0", "n != 2"),
    "a skip": ("    assert True", '    pytest.skip("not today")'),
    "a skip by a mark": ("def test_two", '@pytest.mark.skip("no")\ndef test_two'),
    "a file that skips itself": (
        "import pytest",
        'import pytest; pytest.skip("not today", allow_module_level=True)',
    ),
    "a file that cannot be read": ("import pytest", "import pytest, nothing_here"),
    "a deleted test": ("def test_two():", "def check_two():"),
    "a test that hides": (
        "    assert True",
        "    assert True\ntest_two.__test__ = False",
    ),
}


@pytest.mark.parametrize("name", HARMS)
def test_whatever_keeps_a_test_from_passing_breaks_the_promise(
    name: str, tmp_path: Path
) -> None:
    path = run_tests(tmp_path)
    assert run_file.read(path)["P1"].passed is True
    run_tests(tmp_path, harm=HARMS[name])
    assert run_file.read(path)["P1"].passed is False


def test_a_promise_whose_code_is_gone_is_broken_though_its_tests_pass(
    tmp_path: Path,
) -> None:
    path = run_tests(tmp_path, code="json.nothing_like_this")
    assert run_file.read(path)["P1"].passed is False


def test_a_deleted_test_is_noticed_by_a_run_of_something_else(tmp_path: Path) -> None:
    path = run_tests(tmp_path)
    run_tests(tmp_path, "test_other.py", harm=HARMS["a deleted test"])
    assert run_file.read(path)["P1"].passed is False


@pytest.mark.parametrize(
    "only", [("test_p.py::test_two",), ("test_p.py", "-k", "two"), ("test_other.py",)]
)
def test_a_run_of_a_part_says_nothing(tmp_path: Path, only: tuple[str, ...]) -> None:
    path = run_tests(tmp_path, *only)
    assert run_file.read(path) == {}


def test_a_result_reaches_the_published_list(path: Path, client: Client) -> None:
    run_file.write(path, {"P28": result()})
    listed = client.get("/.well-known/privacy-promises.json").json()["promises"]
    assert [promise["id"] for promise in listed] == [p.id for p in PROMISES]
    p28 = listed[27]
    assert p28["state"] == "kept"
    assert p28["commit"] == "abc123"
    assert p28["checked_at"]
    assert p28["enforced_by"] == list(PROVED.enforced_by)
    assert p28["proved_by"] == list(PROVED.proved_by)
    assert {promise["state"] for promise in listed} == {
        "attested",
        "kept",
        "not checked",
        "not met",
    }
    assert set(p28) == {
        *("id", "title", "state", "enforced_by", "proved_by", "checked_at", "commit")
    }
