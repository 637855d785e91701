"""A pytest plugin: what this run proved about each promise goes into the run file.

A promise gets a result only when every test that proves it really ran here; one
failure or skip among them is enough to say that it did not pass. Loaded with
`-p tests.promises_run`; PROMISES_RUN moves the file.
"""

import os
import subprocess
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privacy import run_file
from privacy.promises import PROMISES, Promise

ROOT = Path(__file__).resolve().parent.parent
_outcomes: dict[str, set[str]] = defaultdict(set)
_cases: dict[str, set[str]] = defaultdict(set)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst of each test; with xdist the controller hears of all of them."""
    function = report.nodeid.partition("[")[0]
    if report.when == "call" or not report.passed:
        _outcomes[function].add(report.outcome)
        _cases[function].add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput") or not _outcomes:
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    commit = current_commit()
    changes = {
        promise.id: run_file.Result(
            passed=all(_outcomes[test] == {"passed"} for test in promise.proved_by),
            checked_at=now,
            commit=commit,
            tests=sum(len(_cases[test]) for test in promise.proved_by),
        )
        for promise in PROMISES
        if promise.status == "kept" and _all_ran(promise)
    }
    if changes:
        run_file.write(run_path(), changes)


def run_path() -> Path:
    default = ROOT / ".data" / "promises.json"
    return Path(os.environ.get("PROMISES_RUN", default))


def _all_ran(promise: Promise) -> bool:
    return all(test in _outcomes for test in promise.proved_by)


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
