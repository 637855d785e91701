"""A pytest plugin: what this run proved about each promise goes into the run file.

A promise gets a good result only when every test that proves it really ran here and
passed, and the code that keeps it is there. It gets a bad one when a test of it failed
or was skipped, is not in its file any more, was in a file that could not be read, or
was left out of a run that was asked for the whole file. Of a promise whose tests were
simply not asked for, a run says nothing. Loaded with `-p tests.promises_run`;
PROMISES_RUN moves the file.
"""

import os
import pkgutil
import re
import subprocess
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from privacy import run_file
from privacy.promises import PROMISES, Promise

ROOT = Path(__file__).resolve().parent.parent
_outcomes: dict[str, set[str]] = defaultdict(set)
_cases: dict[str, set[str]] = defaultdict(set)
_unread: set[str] = set()  # files that were skipped or broke before any test


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst of each test; with xdist the controller hears of all of them."""
    function = report.nodeid.partition("[")[0]
    if report.when == "call" or not report.passed:
        _outcomes[function].add(report.outcome)
        _cases[function].add(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if not report.passed:
        _unread.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    options = session.config.option
    if hasattr(session.config, "workerinput") or options.collectonly:
        return
    proving = {test for promise in PROMISES for test in promise.proved_by}
    if any("skipped" in _outcomes[test] for test in proving & set(_outcomes)):
        # A proof that was not made is no green build.
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    now = datetime.now(UTC).isoformat(timespec="seconds")
    commit = current_commit()
    changes = {
        promise.id: run_file.Result(
            passed=passed,
            checked_at=now,
            commit=commit,
            tests=sum(len(_cases[test]) for test in promise.proved_by),
        )
        for promise in PROMISES
        if promise.tested and (passed := _passed(promise, session)) is not None
    }
    if changes:
        run_file.write(run_path(), changes)


def _passed(promise: Promise, session: pytest.Session) -> bool | None:
    """Say what this run proved of a promise; None: nothing either way."""
    said = [_says(test, session) for test in promise.proved_by]
    if False in said:
        return False
    if None in said:
        return None
    return all(map(_is_there, promise.enforced_by))


def _says(test: str, session: pytest.Session) -> bool | None:
    file, _, function = test.partition("::")
    if test in _outcomes:
        return _outcomes[test] == {"passed"}
    if file in _unread or function not in _functions(session.config.rootpath / file):
        return False
    return False if _should_have_run(file, session) else None


def _should_have_run(file: str, session: pytest.Session) -> bool:
    """Say whether this run was for every test of a file, and came to its end."""
    config, options = session.config, session.config.option
    narrowed = (
        options.keyword,
        options.markexpr,
        options.deselect,
        options.ignore,
        options.ignore_glob,
        getattr(options, "lf", False),
        session.shouldstop,
        session.shouldfail,
    )
    if any(narrowed):
        return False
    path = config.rootpath / file
    asked = [
        (config.invocation_params.dir / argument).resolve()
        for argument in config.args
        if "::" not in argument
    ]
    return any(path == place or place in path.parents for place in asked)


@cache
def _functions(file: Path) -> frozenset[str]:
    """Return the names of the tests that stand in a file; none where it is gone."""
    if not file.is_file():
        return frozenset()
    return frozenset(re.findall(r"^def (test_\w+)\(", file.read_text(), re.MULTILINE))


@cache
def _is_there(name: str) -> bool:
    """Say whether there is such code: a dotted name."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        return False
    return True


def run_path() -> Path:
    default = ROOT / ".data" / "promises.json"
    return Path(os.environ.get("PROMISES_RUN", default))


def current_commit() -> str:
    """Return the commit that was tested; "+" when files differ from it."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return commit + ("+" if _git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
