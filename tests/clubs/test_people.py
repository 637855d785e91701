"""A club's contact is among the people whom the shop knows (P103)."""

import pytest

from clubs import people
from clubs.actions import contacts
from jessops.lib.hashing import email_hash
from tests.clubs.cast import WREN, club, contact

pytestmark = pytest.mark.django_db


def test_a_contact_is_one_of_the_people_until_erased() -> None:
    first, second = club(), club()
    contact(first)
    contact(second)
    assert people.state(email_hash("WREN@hazel.example")) == "guest"
    (wren,) = people.after("", 10)
    assert (wren.email, wren.purposes) == (WREN["email"], frozenset({"clubs"}))
    assert people.after(wren.subject, 10) == []
    for found in (first, second):
        contacts.erase(club=found, by="staff:1")
    assert people.after("", 10) == []
    assert people.state(email_hash(WREN["email"])) is None
