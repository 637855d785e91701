"""A member's checkout: an address of the book by radio, and a guest's as it was."""

import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from members.actions import addresses
from members.models import Address, Member
from privacy import choices
from shop.models import Order, PostcodeAddresses, Product
from shop.wording import OPT_OUT
from tests import builders
from tests.members.cast import member, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

HOME = addresses.Details(
    label="Home",
    full_name="Priya Raman",
    line1="12 Mill Lane",
    line2="",
    town="Marlow",
    county="",
    postcode="SL7 1EY",
)
STUDIO = addresses.Details(
    label="Studio",
    full_name="Raman & Daughter",
    line1="Studio 4, Old Tannery",
    line2="Canal Street",
    town="Leicester",
    county="Leicestershire",
    postcode="LE1 3PL",
)
REST = {"email": "priya@example.co.uk", "billing_same": "1", "delivery": "standard"}


@pytest.fixture
def camera() -> Product:
    for postcode in ("SL7 1EY", "LE1 3PL", "JE2 3AB"):
        PostcodeAddresses.objects.create(
            postcode=postcode, addresses=[], fetched_at=timezone.now()
        )
    return builders.product()


@pytest.fixture
def priya() -> Member:
    return member("priya@example.co.uk", full_name="Priya Raman")


@pytest.fixture
def home(priya: Member) -> Address:
    return addresses.add(member=priya, details=HOME)


@pytest.fixture
def studio(priya: Member, home: Address) -> Address:
    return addresses.add(member=priya, details=STUDIO)


@pytest.fixture
def mine(priya: Member, camera: Product) -> Client:
    client = signed_in(priya)
    builders.fill(client, {camera.sku: 1})
    return client


def send(client: Client, **fields: str) -> Order:
    response = client.post("/checkout/", REST | fields)
    assert response.status_code == 303, response.content.decode()
    return Order.objects.get(token=response["Location"].split("/")[2])


def checked(html: str) -> list[str]:
    return re.findall(r'name="saved" value="([^"]+)"[^>]*checked', html)


def test_the_form_arrives_with_what_the_member_has(
    mine: Client, home: Address, studio: Address
) -> None:
    response = mine.get("/checkout/")
    html = response.content.decode()
    assert 'value="priya@example.co.uk"' in html
    assert checked(html) == [str(home.pk)]
    assert "Studio 4, Old Tannery, Canal Street, Leicester LE1 3PL" in html
    assert 'name="keep" id="id_keep" value="1">' in html  # not ticked
    assert 'name="no_marketing" value="1">' in html
    assert response["Cache-Control"] == "private, no-store"


def test_the_chosen_address_is_copied_and_no_other(
    mine: Client, home: Address, studio: Address
) -> None:
    order = send(mine, saved=str(studio.pk))
    for name in ("full_name", "line1", "line2", "town", "county", "postcode"):
        assert getattr(order, name) == getattr(STUDIO, name)
        if name != "full_name":
            assert getattr(order, f"billing_{name}") == getattr(STUDIO, name)
    # A copy: what happens to the book changes no order.
    addresses.delete(member=studio.member, address=studio)
    again = Order.objects.get(pk=order.pk)
    assert again.line1 == "Studio 4, Old Tannery"


def test_what_is_typed_beside_a_chosen_address_does_not_count(
    mine: Client, home: Address
) -> None:
    order = send(mine, saved=str(home.pk), line1="Elsewhere", postcode="nonsense")
    assert (order.line1, order.postcode) == ("12 Mill Lane", "SL7 1EY")


def test_another_address_can_be_typed_and_is_kept_only_if_asked(
    mine: Client, priya: Member, home: Address
) -> None:
    typed = {**builders.PRIYA, "saved": "new", "line1": "99 New Road"}
    assert send(mine, **typed).line1 == "99 New Road"
    assert priya.addresses.count() == 1
    for _ in range(2):  # pressed twice, or with a second order
        send(mine, **typed | {"keep": "1"})
    rows = list(Address.objects.of(priya))
    assert [(row.line1, row.is_default) for row in rows] == [
        ("12 Mill Lane", True),
        ("99 New Road", False),
    ]


def test_keeping_a_chosen_address_adds_nothing(
    mine: Client, priya: Member, home: Address
) -> None:
    send(mine, saved=str(home.pk), keep="1")
    assert priya.addresses.count() == 1


def test_without_a_book_a_member_types_like_a_guest(
    mine: Client, priya: Member
) -> None:
    html = mine.get("/checkout/").content.decode()
    assert 'name="saved"' not in html
    assert 'value="Priya Raman"' in html
    send(mine, **builders.PRIYA, keep="1")
    assert [one.line1 for one in Address.objects.of(priya)] == ["12 Mill Lane"]


def test_an_address_that_went_in_another_tab_is_said_to_be_gone(
    mine: Client, home: Address, studio: Address
) -> None:
    addresses.delete(member=home.member, address=home)
    response = mine.post("/checkout/", REST | {"saved": str(home.pk)})
    html = response.content.decode()
    assert response.status_code == 200
    assert "There is 1 thing to fix" in html
    assert html.count("That address is not in your book any more") == 2
    assert not Order.objects.exists()


def test_somebody_elses_address_is_nobodys(mine: Client, home: Address) -> None:
    theirs = addresses.add(member=member(), details=STUDIO)
    for name in (str(theirs.pk), str(uuid.uuid4()), "x" * 36):
        response = mine.post("/checkout/", REST | {"saved": name})
        assert response.status_code == 200
        assert "Old Tannery" not in response.content.decode()
    assert not Order.objects.exists()


def test_what_is_wrong_with_a_chosen_address_is_said_at_the_choice(
    mine: Client, priya: Member, home: Address
) -> None:
    jersey = addresses.add(
        member=priya,
        details=addresses.Details(**{**HOME.__dict__, "postcode": "JE2 3AB"}),
    )
    html = mine.post("/checkout/", REST | {"saved": str(jersey.pk)}).content.decode()
    assert '<li><a href="#id_saved">We cannot deliver to' in html
    assert checked(html) == [str(jersey.pk)]
    assert "field--bad" not in html.partition('class="typed"')[2].partition("h-fast")[0]


def test_find_address_means_another_one(mine: Client, home: Address) -> None:
    PostcodeAddresses.objects.filter(postcode="LE1 3PL").update(
        addresses=[{"line1": "1 Canal Street", "town": "Leicester"}]
    )
    data = REST | {"saved": str(home.pk), "postcode": "LE1 3PL", "find": "1"}
    html = mine.post("/checkout/", data).content.decode()
    assert checked(html) == ["new"]
    assert "1 Canal Street, Leicester" in html


def test_the_box_about_marketing_arrives_as_the_member_said(
    mine: Client, priya: Member, home: Address
) -> None:
    choices.record_opt_out_box(
        email=priya.email, ticked=True, where="checkout", wording=OPT_OUT
    )
    html = mine.get("/checkout/").content.decode()
    assert 'name="no_marketing" value="1" checked>' in html
    assert "You have said no before." in html
    order = send(mine, saved=str(home.pk))  # unticked: no answer undoes a no
    mine.post(f"/orders/{order.token}/review/")
    assert choices.current(priya.email, choices.MARKETING_EMAIL) == "no"


def test_changing_an_order_begins_with_what_it_says(
    mine: Client, home: Address, studio: Address
) -> None:
    order = send(mine, saved=str(studio.pk))
    html = mine.get(f"/orders/{order.token}/change/").content.decode()
    assert 'value="Studio 4, Old Tannery"' in html
    mine.post(f"/orders/{order.token}/change/", REST | {"saved": str(home.pk)})
    order = Order.objects.get(pk=order.pk)
    assert order.line1 == "12 Mill Lane"


def test_a_guests_form_knows_no_book_and_costs_no_more(
    client: Client,
    camera: Product,
    home: Address,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    builders.fill(client, {camera.sku: 1})
    client.get("/checkout/")
    with django_assert_num_queries(2):  # the goods, and their prices of late
        response = client.get("/checkout/")
    html = response.content.decode()
    assert 'name="saved"' not in html
    assert 'name="keep"' not in html
    assert "Buying as a guest" in html
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    # Nobody's book opens for who only says so.
    response = client.post("/checkout/", REST | {"saved": str(home.pk), "keep": "1"})
    assert response.status_code == 200
    assert "12 Mill Lane" not in response.content.decode()


def test_a_guest_may_order_with_the_address_of_an_account(
    client: Client, camera: Product, priya: Member
) -> None:
    builders.draft_token(client, {camera.sku: 1})
    assert "sessionid" not in client.cookies
    assert Member.objects.count() == 1
