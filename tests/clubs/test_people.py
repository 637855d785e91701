"""A club's contact is among the people whom the shop knows (P103)."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from pytest_django import DjangoAssertNumQueries

from clubs import people
from clubs.actions import contacts, submissions
from jessops.lib import hashing as real
from jessops.lib.hashing import email_hash
from newsletter.models import Message
from privacy import handover
from tests.clubs.cast import WREN, club, contact

pytestmark = pytest.mark.django_db


@contextmanager
def hashing() -> Iterator[list[str]]:
    """Note which addresses are hashed meanwhile."""
    noted: list[str] = []
    honest = real.normalised_email

    def noting(email: str) -> str:
        noted.append(email)
        return honest(email)

    with mock.patch.object(real, "normalised_email", noting):
        yield noted


def test_a_contact_is_one_of_the_people_until_erased() -> None:
    first, second = club(), club()
    contact(first)
    contact(second)
    assert people.state(email_hash("WREN@hazel.example")) == "guest"
    (wren,) = people.after("", 10)
    assert (wren.email, wren.purposes) == (WREN["email"], frozenset({"clubs"}))
    assert people.after(wren.subject, 10) == []
    assert people.after("", 1) == [wren]
    assert people.state("") is None
    for found in (first, second):
        contacts.erase(club=found, by="staff:1")
    assert people.after("", 10) == []
    assert people.state(email_hash(WREN["email"])) is None


def test_who_stands_behind_a_hash_is_asked_of_an_index_and_not_of_every_contact(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(30):
        contact(club(), email=f"contact-{number}@club.example")
    with django_assert_num_queries(1), hashing() as hashed:
        assert people.state(email_hash("contact-7@club.example")) == "guest"
    assert hashed == ["contact-7@club.example"]
    everybody = [one.email for one in people.after("", 100)]
    assert sorted(everybody) == sorted(f"contact-{n}@club.example" for n in range(30))
    assert [one.subject for one in people.after("", 100)] == sorted(
        one.subject for one in people.after("", 100)
    )


def test_a_changed_address_is_known_by_its_new_hash_alone() -> None:
    mine = club()
    contacts.set_details(
        club=mine,
        details={"email": ("old@club.example", True)},
        source="contact",
        agreed=True,
    )
    contacts.set_details(
        club=mine,
        details={"email": ("new@club.example", True)},
        source="contact",
        agreed=True,
    )
    assert people.state(email_hash("old@club.example")) is None
    assert people.state(email_hash("new@club.example")) == "guest"


def test_every_row_of_a_contact_is_found_and_nobody_elses() -> None:
    mine, other = club(), club()
    contact(mine)
    contact(other, email="other@club.example", name="Otter Brook")
    submissions.propose_new(facts={}, details={}, email=WREN["email"])
    submissions.propose_new(facts={}, details={}, email="other@club.example")
    subject = email_hash(WREN["email"])
    rows = list(handover.rows({subject: WREN["email"]}))
    held = {str(value) for row in rows for value in row.fields.values()}
    assert set(WREN.values()) <= held
    assert not {"Otter Brook", "other@club.example"} & held
    assert list(handover.moving({subject: WREN["email"]})) == []


def test_the_clubs_administrator_is_told_that_something_waits_and_of_nobody() -> None:
    mine = club()
    contact(mine)
    contacts.hide(club=mine)
    contacts.hide(club=mine)
    (message,) = Message.objects.filter(message_class="staff")
    assert message.to == "clubs@jessops.example"
    for value in (*WREN.values(), mine.name):
        assert value not in message.text + message.html + message.subject
    assert message.state == "queued"
