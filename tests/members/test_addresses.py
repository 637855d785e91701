"""The address book: any number of addresses, one used first, and nobody else's."""

import threading
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from members import address_list, people
from members.actions import addresses
from members.address_list import Place
from members.models import Address, Member
from privacy import handover
from tests import builders
from tests.members.cast import member, signed_in

pytestmark = pytest.mark.django_db

HOME = {
    "label": "Home",
    "full_name": "Priya Raman",
    "postcode": "sl71ey",
    "line1": "12  Mill Lane",
    "line2": "",
    "town": "Marlow",
    "county": "",
}
STUDIO = HOME | {"label": "Studio", "line1": "Studio 4", "town": "Leicester"}
BOOK = "/members/addresses/"
MILL = Place("12 Mill Lane", "", "Marlow", "Buckinghamshire", "SL7 1EY")
OLD = Place("14 Mill Lane", "", "Marlow", "Buckinghamshire", "SL7 1EY")


@pytest.fixture
def priya() -> Member:
    return member("priya@example.co.uk", full_name="Priya Raman")


@pytest.fixture
def mine(priya: Member) -> Client:
    return signed_in(priya)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An address list that knows SL7 1EY, and what it was asked."""
    asked: list[str] = []

    def find(postcode: str) -> list[Place]:
        asked.append(postcode)
        if postcode == "LE3 1TZ":
            raise address_list.Unavailable
        return [MILL, OLD] if postcode == "SL7 1EY" else []

    monkeypatch.setattr(address_list, "_finders", [find])
    return asked


def add(client: Client, **fields: Any) -> Address:
    attempt = str(uuid.uuid4())
    response = client.post(f"{BOOK}new/", HOME | {"attempt": attempt} | fields)
    assert response.status_code == 303, response.content.decode()
    return Address.objects.get(pk=fields.get("attempt", attempt))


# --- adding ---------------------------------------------------------------------------
def test_a_member_needs_no_address(mine: Client, priya: Member) -> None:
    html = mine.get(BOOK).content.decode()
    assert "There is no address in your book, and there need not be." in html
    assert not priya.addresses.exists()


def test_the_first_address_is_used_first_and_the_next_is_not(
    mine: Client, priya: Member
) -> None:
    home = add(mine)
    studio = add(mine, **STUDIO)
    assert (home.is_default, studio.is_default) == (True, False)
    assert (home.line1, home.postcode, home.label) == (
        "12 Mill Lane",
        "SL7 1EY",
        "Home",
    )
    html = mine.get(BOOK).content.decode()
    assert html.index("Home") < html.index("Studio")
    assert html.count('<span class="tag">Used first</span>') == 1
    third = add(mine, **STUDIO, first="1")
    assert next(one.pk for one in Address.objects.of(priya)) == third.pk
    assert priya.addresses.filter(is_default=True).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("full_name", " ", "Enter the full name"),
        ("postcode", "SL7", "Enter a full UK postcode, like SL7 1EY"),
        ("postcode", "ZZ1 1ZZ", "Enter a full UK postcode, like SL7 1EY"),
        ("line1", "", "Enter the first line of the address"),
        ("town", "", "Enter the town or city"),
        ("line2", "4242 4242 4242 4242", "This looks like a card number"),
        ("label", "x" * 41, "Use at most 40 characters"),
        ("town", "Mar\u200blow", "Use letters, figures and punctuation only"),
    ],
)
def test_an_address_is_checked_like_at_the_checkout(
    mine: Client, priya: Member, field: str, value: str, words: str
) -> None:
    response = mine.post(f"{BOOK}new/", HOME | {field: value})
    html = response.content.decode()
    assert response.status_code == 200
    assert "<title>Error: Add an address" in html
    assert html.count(words) == 2  # in the summary and at the field
    assert "Priya Raman" in html or field == "full_name"
    assert not priya.addresses.exists()


def test_a_form_sent_twice_is_one_address(mine: Client, priya: Member) -> None:
    attempt = str(uuid.uuid4())
    first = add(mine, attempt=attempt)
    second = add(mine, attempt=attempt, town="Elsewhere")
    assert first.pk == second.pk
    assert [one.town for one in priya.addresses.all()] == ["Marlow"]


def test_the_name_of_somebody_elses_address_gets_nobody_anything(mine: Client) -> None:
    theirs = add(signed_in(member()))
    response = mine.post(f"{BOOK}new/", STUDIO | {"attempt": str(theirs.pk)})
    assert response.status_code == 404
    theirs.refresh_from_db()
    assert theirs.label == "Home"


# --- the look-up ----------------------------------------------------------------------
def test_find_address_asks_for_the_postcode_alone_and_writes_nothing(
    mine: Client, priya: Member, listed: list[str]
) -> None:
    data = HOME | {"line1": "", "town": "", "find": "1"}
    html = mine.post(f"{BOOK}new/", data).content.decode()
    assert listed == ["SL7 1EY"]
    assert "2 addresses found" in html
    assert "12 Mill Lane, Marlow" in html
    assert not priya.addresses.exists()
    html = mine.post(
        f"{BOOK}new/", data | {"use": "1", "address": "1"}
    ).content.decode()
    assert 'value="14 Mill Lane"' in html
    assert 'value="Home"' in html
    assert not priya.addresses.exists()


def test_an_address_says_whether_it_is_the_lists(
    mine: Client, listed: list[str]
) -> None:
    data = HOME | {"line1": "", "town": "", "county": "", "address": "0"}
    assert add(mine, **data).from_list
    picked = MILL.__dict__ | {
        "from_list": address_list.mark(MILL.__dict__),
        "line2": "Back door",
    }
    assert not add(mine, **picked).from_list
    assert not add(mine, address="0", line1="My own words").from_list


@pytest.mark.parametrize(
    ("postcode", "words"),
    [
        ("", address_list.NO_POSTCODE),
        ("LE3 1TZ", address_list.AWAY),
        ("M1 1AE", address_list.NOT_FOUND),
    ],
)
def test_a_look_up_that_fails_says_so_and_keeps_what_was_typed(
    mine: Client, listed: list[str], postcode: str, words: str
) -> None:
    data = HOME | {"postcode": postcode, "find": "1"}
    html = mine.post(f"{BOOK}new/", data).content.decode()
    assert words in html
    assert 'value="12  Mill Lane"' in html


def test_nothing_is_looked_up_unasked(mine: Client, listed: list[str]) -> None:
    home = add(mine)
    mine.get(BOOK)
    mine.post(f"{BOOK}{home.pk}/", STUDIO)
    mine.post(f"{BOOK}{home.pk}/delete/")
    assert listed == []


# --- changing -------------------------------------------------------------------------
def test_an_address_is_changed(mine: Client) -> None:
    home = add(mine)
    html = mine.get(f"{BOOK}{home.pk}/").content.decode()
    assert 'value="12 Mill Lane"' in html
    mine.post(f"{BOOK}{home.pk}/", STUDIO | {"seen": addresses.version(home)})
    home.refresh_from_db()
    assert (home.label, home.line1, home.is_default) == ("Studio", "Studio 4", True)
    assert home.changed_at > home.created_at


def test_a_change_in_another_tab_is_not_overwritten_unseen(mine: Client) -> None:
    home = add(mine)
    seen = addresses.version(home)
    mine.post(f"{BOOK}{home.pk}/", HOME | {"town": "Henley", "seen": seen})
    stale = mine.post(f"{BOOK}{home.pk}/", HOME | {"town": "Bourne End", "seen": seen})
    assert stale.status_code == 409
    html = stale.content.decode()
    assert "changed in another tab" in html
    assert 'value="Bourne End"' in html
    home.refresh_from_db()
    assert home.town == "Henley"
    again = {"town": "Bourne End", "seen": addresses.version(home)}
    assert mine.post(f"{BOOK}{home.pk}/", HOME | again).status_code == 303
    home.refresh_from_db()
    assert home.town == "Bourne End"


def test_the_same_change_twice_is_one(mine: Client) -> None:
    home = add(mine)
    data = STUDIO | {"seen": addresses.version(home)}
    assert mine.post(f"{BOOK}{home.pk}/", data).status_code == 303
    assert mine.post(f"{BOOK}{home.pk}/", data).status_code == 303


def test_another_one_is_used_first(mine: Client, priya: Member) -> None:
    home, studio = add(mine), add(mine, **STUDIO)
    for _ in range(2):
        assert mine.post(f"{BOOK}{studio.pk}/first/").status_code == 303
    assert [one.pk for one in Address.objects.of(priya)] == [studio.pk, home.pk]
    mine.post(f"{BOOK}{home.pk}/", HOME | {"first": "1"})
    assert [one.pk for one in Address.objects.of(priya)] == [home.pk, studio.pk]


# --- deleting -------------------------------------------------------------------------
def test_a_deleted_address_is_gone_and_the_oldest_left_comes_first(
    mine: Client, priya: Member
) -> None:
    home, studio, third = add(mine), add(mine, **STUDIO), add(mine, label="Third")
    assert mine.post(f"{BOOK}{home.pk}/delete/").status_code == 303
    rows = list(Address.objects.of(priya))
    assert [(one.pk, one.is_default) for one in rows] == [
        (studio.pk, True),
        (third.pk, False),
    ]
    # pressed twice, or in two tabs
    assert mine.post(f"{BOOK}{home.pk}/delete/").status_code == 303
    assert mine.post(f"{BOOK}{home.pk}/first/").status_code == 404
    mine.post(f"{BOOK}{third.pk}/delete/")
    mine.post(f"{BOOK}{studio.pk}/delete/")
    assert not priya.addresses.exists()


# --- whose ----------------------------------------------------------------------------
def test_another_members_address_is_not_found(mine: Client) -> None:
    theirs = add(signed_in(member()))
    path = f"{BOOK}{theirs.pk}/"
    assert mine.get(path).status_code == 404
    for door in ("", "first/", "delete/"):
        assert mine.post(path + door, STUDIO).status_code == 404
    assert Address.objects.get(pk=theirs.pk).label == "Home"
    assert "Home" not in mine.get(BOOK).content.decode()


def test_a_visitor_is_sent_to_sign_in(client: Client) -> None:
    name = uuid.uuid4()
    for path in (BOOK, f"{BOOK}new/", f"{BOOK}{name}/"):
        assert client.get(path)["Location"].startswith("/accounts/login/")
    for door in ("first/", "delete/"):
        response = client.post(f"{BOOK}{name}/{door}")
        assert response["Location"].startswith("/accounts/login/")


def test_a_write_without_a_token_is_refused(priya: Member) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(priya)
    assert careful.post(f"{BOOK}new/", HOME).status_code == 403
    assert not priya.addresses.exists()


def test_only_posts_write(mine: Client) -> None:
    home = add(mine)
    for door in ("first/", "delete/"):
        assert mine.get(f"{BOOK}{home.pk}/{door}").status_code == 405


# --- what it costs, and what the database sees to -------------------------------------
def test_a_long_book_takes_as_many_queries_as_a_short_one(
    mine: Client, priya: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    builders.category("cameras")
    add(mine)
    mine.get(BOOK)  # says what was saved, once
    with django_assert_num_queries(3):
        mine.get(BOOK)
    for _ in range(12):
        add(mine, **STUDIO)
    mine.get(BOOK)
    with django_assert_num_queries(3):  # session, member, addresses
        mine.get(BOOK)


def test_two_addresses_cannot_be_used_first(priya: Member) -> None:
    details = addresses.Details(**{name: HOME[name] for name in addresses.COLUMNS})
    one = addresses.add(member=priya, details=details)
    two = addresses.add(member=priya, details=details)
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.filter(pk__in=[one.pk, two.pk]).update(is_default=True)


def test_an_address_that_went_meanwhile_is_said_to_be_gone(priya: Member) -> None:
    nobodys = Address(pk=uuid.uuid4(), member=priya)
    for act in (addresses.use_first, addresses.delete):
        with pytest.raises(addresses.AddressGone):
            act(member=priya, address=nobodys)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_leave_one_used_first(priya: Member) -> None:
    details = addresses.Details(**{name: HOME[name] for name in addresses.COLUMNS})
    names = [uuid.uuid4(), uuid.uuid4(), uuid.uuid4()]
    gate = threading.Barrier(len(names) * 2)

    def one(name: uuid.UUID) -> None:
        gate.wait()
        addresses.add(member=priya, details=details, first=True, attempt=name)
        connection.close()

    tabs = [threading.Thread(target=one, args=[name]) for name in names * 2]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert set(priya.addresses.values_list("pk", flat=True)) == set(names)
    assert priya.addresses.filter(is_default=True).count() == 1


# --- as rows about a person -----------------------------------------------------------
def test_what_a_member_gave_names_the_version_of_each_address(priya: Member) -> None:
    bare = member()
    details = addresses.Details(**{name: HOME[name] for name in addresses.COLUMNS})
    added = addresses.add(member=priya, details=details)
    Address.objects.filter(pk=added.pk).update(policy_version=7)
    found = {person.subject: person for person in people.after("", 10)}
    given = found[priya.email_hash].given
    assert given == {("account", priya.policy_version), ("account", 7)}
    assert found[bare.email_hash].given == {("account", bare.policy_version)}


def test_an_address_goes_along_with_an_active_account_only(priya: Member) -> None:
    details = addresses.Details(**{name: HOME[name] for name in addresses.COLUMNS})
    addresses.add(member=priya, details=details)
    table = handover.table("members.Address")
    ((subject, row),) = table.of({priya.email_hash: priya.email})
    assert subject == priya.email_hash
    assert table.about(row) == f"member:{priya.pk}"
    assert table.moves
    assert table.moves(row)
    Member.objects.filter(pk=priya.pk).update(is_active=False)
    ((_, row),) = table.of({priya.email_hash: priya.email})
    assert not table.moves(row)
