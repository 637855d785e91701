"""The guard: purpose, policy version, choice and state of the person."""

import itertools

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from jessops.lib.hashing import email_hash
from newsletter import wall
from privacy import choices, guard, people

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
    "enquiry": ({"guest", "member", "deactivated"}, None),
    "rights": ({"guest", "member", "deactivated", "erased"}, None),
    "clubs": ({"guest", "member"}, None),
    "contest": ({"guest", "member"}, None),
    "survey": ({"guest", "member"}, None),
    "sign-up": ({"guest", "member"}, None),
    "marketing": ({"guest", "member"}, {"yes", "soft"}),
    "launches": ({"guest", "member"}, {"yes"}),
    "news": ({"guest", "member"}, {"yes"}),
    "newsletter": ({"guest", "member"}, {"yes"}),
}
QUESTION = {
    "marketing": "marketing-email",
    "launches": "launches",
    "news": "news",
    "newsletter": "newsletter",
}


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


def test_nobody_is_reached_without_a_name() -> None:
    with pytest.raises(ValueError, match="nobody"):
        guard.allow("order", collected_under=1)
    assert guard.reach("marketing", []) == []


def person(name: str, *given: tuple[str, int], state: str = "guest") -> people.Person:
    email = f"{name}@example.com"
    return people.Person(email_hash(email), email, state, frozenset(given))


def test_reach_gives_an_address_only_where_allow_says_yes() -> None:
    """P9: the one way to an address for more than it was given for."""
    some = [
        person("yes", ("order", 1)),
        person("soft", ("order", 1)),
        person("no", ("order", 1)),
        person("silent", ("order", 1)),
        person("closed", ("order", 1), state="deactivated"),
        person("out", ("order", 1)),
        people.Person("0" * 64, "", "erased", frozenset()),
    ]
    for name, said in (
        *(("yes", "yes"), ("soft", "soft"), ("no", "no")),
        *(("closed", "yes"), ("out", "yes")),
    ):
        choices.record(
            email=f"{name}@example.com",
            purpose=choices.MARKETING_EMAIL,
            answer=said,
            where="test",
            wording="words",
        )
    choices.record(
        email="out@example.com",
        purpose=choices.EVERYTHING,
        answer="no",
        where="test",
        wording="words",
    )
    with CaptureQueriesContext(connection) as asked:
        found = guard.reach("marketing", some)
    assert [address for _, address in found] == ["yes@example.com", "soft@example.com"]
    assert len(asked) <= 2
    for one in some:
        if one.email:
            said_yes = guard.allow(
                "marketing", subject=one.subject, collected_under=1, state=one.state
            )
            assert said_yes is ((one, one.email) in found)
    with pytest.raises(guard.UnknownPurpose):
        guard.reach("marketting", some)


def test_a_new_use_reaches_only_what_it_is_made_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("privacy.policies.current_version", lambda: 2)
    new = guard.Purpose("to bake", guard.CONSENT, since=2, uses=frozenset({"order"}))
    monkeypatch.setitem(guard.PURPOSES, "biscuits", new)
    both = person("both", ("account", 2), ("order", 1))
    later = person("later", ("account", 1), ("order", 2))
    other = person("other", ("account", 2))
    found = guard.reach("biscuits", [both, later, other])
    assert [one for one, _ in found] == [later]


@pytest.mark.parametrize("purpose", ["marketing", "newsletter", "question"])
def test_without_the_database_nobody_is_allowed_anything_that_asks(
    purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails closed: an exception, never a yes."""

    def down(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", down)
    with pytest.raises(OperationalError):
        guard.allow(purpose, email=WHO, collected_under=1)
    with pytest.raises(OperationalError):
        guard.reach(purpose, [person("yes", ("order", 1))])
    with pytest.raises(OperationalError):
        wall.may_send({"question": "change"}.get(purpose, purpose), WHO)
