"""The guard: purpose, policy version, choice and state of the person."""

import itertools

import pytest

from privacy import choices, guard

pytestmark = pytest.mark.django_db

WHO = "canary@example.com"

# purpose: states in which it is allowed, and the answers that allow it (None: any)
TABLE: dict[str, tuple[set[str], set[str] | None]] = {
    "order": ({"guest", "member", "deactivated"}, None),
    "payment": ({"guest", "member"}, None),
    "delivery": ({"guest", "member"}, None),
    "address-check": ({"guest", "member"}, None),
    "account": ({"guest", "member"}, None),
    "legal": ({"guest", "member", "deactivated", "erased"}, None),
    "service": ({"guest", "member"}, None),
    "security": ({"guest", "member"}, None),
    "choices": ({"guest", "member", "deactivated", "erased"}, None),
    "question": ({"guest", "member"}, None),
    "law": ({"guest", "member", "deactivated", "erased"}, None),
    "transfer": ({"guest", "member"}, None),
    "clubs": ({"guest", "member"}, None),
    "marketing": ({"guest", "member"}, {"yes", "soft"}),
    "newsletter": ({"guest", "member"}, {"yes"}),
}
QUESTION = {"marketing": "marketing-email", "newsletter": "newsletter"}


def test_the_table_names_every_purpose() -> None:
    assert TABLE.keys() == guard.PURPOSES.keys()


@pytest.mark.parametrize("said", [None, "yes", "no", "soft"])
def test_the_guard_answers_as_the_table_says(said: str | None) -> None:
    for question in QUESTION.values():
        if said:
            choices.record(
                email=WHO, purpose=question, answer=said, where="test", wording="words"
            )
    for (purpose, (states, answers)), state in itertools.product(
        TABLE.items(), guard.STATES
    ):
        expected = state in states and (answers is None or said in answers)
        assert (
            guard.allow(purpose, email=WHO, collected_under=1, state=state) is expected
        ), (purpose, state, said)


def test_an_order_gives_no_leave_for_marketing() -> None:
    assert guard.allow("order", email=WHO, collected_under=1)
    with pytest.raises(guard.PurposeRefused):
        guard.require("marketing", email=WHO, collected_under=1)
    guard.require("order", email=WHO, collected_under=1)


def test_a_version_that_does_not_exist_allows_nothing() -> None:
    for version in (0, -1, 2):
        assert not guard.allow("order", email=WHO, collected_under=version)


def test_a_purpose_newer_than_the_version_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("privacy.policies.current_version", lambda: 2)
    newer = guard.Purpose("something new", guard.CONTRACT, since=2)
    monkeypatch.setitem(guard.PURPOSES, "new", newer)
    assert not guard.allow("new", email=WHO, collected_under=1)
    assert guard.allow("new", email=WHO, collected_under=2)


def test_a_typing_mistake_is_no_answer() -> None:
    with pytest.raises(guard.UnknownPurpose):
        guard.allow("marketting", email=WHO, collected_under=1)
    with pytest.raises(ValueError, match="state"):
        guard.allow("order", email=WHO, collected_under=1, state="gone")
