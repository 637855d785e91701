"""All 107 promises are listed; a kept one has code and proof, and both exist."""

import ast
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from privacy import policies
from privacy.policies import document
from privacy.promises import PROMISES, Promise

ROOT = Path(__file__).resolve().parent.parent.parent


def resolve(dotted: str) -> Any:
    """Import what a dotted name of code means; raises when there is no such thing."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError:
        return getattr(resolve(module), name)


def test_functions(file: Path) -> set[str]:
    """Return the names of the tests in a file, without running it."""
    tree = ast.parse(file.read_text())
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


test_functions.__test__ = False  # type: ignore[attr-defined]  # it is no test itself


def faults(promises: Iterable[Promise], root: Path = ROOT) -> list[str]:
    """Return what is wrong with promises, in words."""
    found = []
    for promise in promises:
        if bool(promise.enforced_by) != bool(promise.proved_by):
            found.append(f"{promise.id} has one of code and proof, not both")
        for name in promise.enforced_by:
            try:
                resolve(name)
            except (ImportError, AttributeError, ValueError):
                found.append(f"{promise.id}: no such code: {name}")
        for test in promise.proved_by:
            file, _, function = test.partition("::")
            path = root / file
            if not path.is_file() or function not in test_functions(path):
                found.append(f"{promise.id}: no such test: {test}")
    return found


def test_there_are_107_promises_with_their_numbers() -> None:
    assert [promise.id for promise in PROMISES] == [f"P{n}" for n in range(1, 108)]
    assert len({promise.title for promise in PROMISES}) == 107


def test_a_kept_promise_has_code_and_proof_and_both_exist() -> None:
    assert faults(PROMISES) == []
    assert any(promise.status == "kept" for promise in PROMISES)


@pytest.mark.parametrize(
    "promise",
    [
        Promise("P1", "x", enforced_by=("privacy.guard.allow",)),
        Promise("P1", "x", proved_by=("tests/promises/test_promises.py::test_none",)),
        Promise(
            "P1",
            "x",
            enforced_by=("privacy.guard.forbid",),
            proved_by=(
                "tests/privacy/test_guard.py::test_a_typing_mistake_is_no_answer",
            ),
        ),
        Promise(
            "P1",
            "x",
            enforced_by=("privacy.nowhere.allow",),
            proved_by=(
                "tests/privacy/test_guard.py::test_a_typing_mistake_is_no_answer",
            ),
        ),
        Promise(
            "P1",
            "x",
            enforced_by=("privacy.guard.allow",),
            proved_by=("tests/privacy/test_guard.py::test_that_is_not_there",),
        ),
        Promise(
            "P1",
            "x",
            enforced_by=("privacy.guard.allow",),
            proved_by=("tests/privacy/test_nowhere.py::test_x",),
        ),
    ],
)
def test_a_claim_without_code_or_proof_is_found(promise: Promise) -> None:
    assert faults([promise])


@pytest.mark.django_db
def test_every_promise_belongs_to_exactly_one_clause_of_the_policy() -> None:
    named = [
        promise
        for clause in document.load(policies.current_version()).clauses
        for promise in clause.promises
    ]
    assert sorted(named, key=lambda name: int(name[1:])) == [p.id for p in PROMISES]


def test_what_can_only_be_attested_is_never_marked_kept() -> None:
    attested = [promise for promise in PROMISES if promise.attested]
    assert [promise.id for promise in attested] == ["P60", "P90"]
    assert all(promise.status == "attested" for promise in attested)
