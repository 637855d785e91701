"""A member's orders: by the proved address alone, in pages, and once more."""

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jessops.lib.hashing import email_hash
from members.models import Member
from shop.models import Order, OrderLine, PostcodeAddresses, Product, Status
from shop.trolley import COOKIE, decode
from tests import builders
from tests.members.cast import member, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/members/orders/"


@pytest.fixture(autouse=True)
def _places() -> None:
    PostcodeAddresses.objects.create(
        postcode="SL7 1EY", addresses=[], fetched_at=timezone.now()
    )


@pytest.fixture
def camera() -> Product:
    return builders.product(name="Retro X1 body", stock=10)


@pytest.fixture
def priya() -> Member:
    return member("priya@example.co.uk")


@pytest.fixture
def mine(priya: Member) -> Client:
    return signed_in(priya)


def order(lines: dict[str, int], email: str = "priya@example.co.uk") -> Order:
    """A guest's order that is placed and waits for its payment."""
    token = builders.draft_token(Client(), lines, email=email)
    Order.objects.filter(token=token).update(
        status=Status.PENDING, placed_at=timezone.now()
    )
    return Order.objects.get(token=token)


# --- whose ----------------------------------------------------------------------------
def test_orders_made_as_a_guest_stand_in_the_account(
    mine: Client, camera: Product
) -> None:
    made = order({camera.sku: 2}, "Priya@Example.co.uk ")
    html = mine.get(LIST).content.decode()
    assert made.number in html
    assert "£204.95" in html or "£200.00" in html
    assert "2 \u00d7 " in html
    assert "Waiting for payment" in html
    assert f'href="/orders/{made.token}/"' in html


def test_another_member_sees_none_of_it(camera: Product) -> None:
    made = order({camera.sku: 1})
    theirs = signed_in(member())
    html = theirs.get(LIST).content.decode()
    assert made.number not in html
    assert made.token not in html
    assert "There is no order with your address yet." in html
    response = theirs.post(f"{LIST}{made.number}/again/")
    assert response.status_code == 404
    assert COOKIE not in theirs.cookies


def test_an_address_that_is_not_proved_opens_nothing(camera: Product) -> None:
    """The control of the take-over: the same account, before and after the proof."""
    made = order({camera.sku: 1})
    nobody = member("priya@example.co.uk", verified=False)
    client = signed_in(nobody)
    assert made.number not in client.get(LIST).content.decode()
    assert "The last one" not in client.get("/members/").content.decode()
    assert client.post(f"{LIST}{made.number}/again/").status_code == 404
    EmailAddress.objects.filter(user=nobody).update(verified=True)
    assert made.number in client.get(LIST).content.decode()
    assert f"The last one, {made.number}" in client.get("/members/").content.decode()


def test_another_proved_address_of_a_member_does_not_count(
    priya: Member, mine: Client, camera: Product
) -> None:
    made = order({camera.sku: 1}, "old@example.co.uk")
    EmailAddress.objects.create(user=priya, email="old@example.co.uk", verified=True)
    assert made.number not in mine.get(LIST).content.decode()


def test_a_visitor_is_sent_to_sign_in(client: Client, camera: Product) -> None:
    made = order({camera.sku: 1})
    assert client.get(LIST)["Location"] == f"/accounts/login/?next={LIST}"
    response = client.post(f"{LIST}{made.number}/again/")
    assert response["Location"].startswith("/accounts/login/")


def test_what_was_never_placed_is_no_order(mine: Client, camera: Product) -> None:
    token = builders.draft_token(Client(), {camera.sku: 1})
    assert token not in mine.get(LIST).content.decode()


# --- pages and cost -------------------------------------------------------------------
def test_thirty_orders_are_three_pages_of_as_many_queries(
    mine: Client, camera: Product, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = order({camera.sku: 1})
    mine.get(LIST)
    # session, member, proved address, count, orders, their lines
    with django_assert_num_queries(6):
        mine.get(LIST)
    made = [order({camera.sku: 1}) for _ in range(24)]
    with django_assert_num_queries(6):
        html = mine.get(LIST).content.decode()
    assert html.count('class="mo"') == 10
    assert made[-1].number in html
    assert first.number not in html
    assert first.number in mine.get(f"{LIST}?page=3").content.decode()
    for odd in ("x", "0", "99", "-1"):
        assert mine.get(f"{LIST}?page={odd}").status_code == 200


def test_the_list_goes_by_its_index() -> None:
    subject = email_hash("priya@example.co.uk")
    mine = Order.objects.of_person(subject)[:10]
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET enable_bitmapscan = off")
        sql, values = mine.query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
        cursor.execute("RESET enable_bitmapscan")
    assert "order_of_person" in plan
    assert "Sort" not in plan


def test_nobodys_orders_are_none(camera: Product) -> None:
    order({camera.sku: 1})
    assert not Order.objects.of_person("").exists()


# --- once more ------------------------------------------------------------------------
def again(client: Client, made: Order) -> str:
    response = client.post(f"{LIST}{made.number}/again/", follow=True)
    assert response.redirect_chain == [(LIST, 303)]
    return response.content.decode()


def test_what_there_still_is_goes_into_the_trolley_and_the_rest_is_told(
    mine: Client, camera: Product
) -> None:
    film = builders.product(name="Fine film", stock=10)
    strap = builders.product(name="Long strap", stock=5)
    used = builders.product(name="Old lens", stock=1)
    bag = builders.product(name="Grey bag", stock=3)
    made = order({camera.sku: 2, film.sku: 4, strap.sku: 1, used.sku: 1, bag.sku: 1})
    Product.objects.filter(pk=strap.pk).update(published=False)
    film.stock.__class__.objects.filter(product=film).update(on_hand=3)
    film.stock.__class__.objects.filter(product__in=[used, bag]).update(on_hand=0)
    Product.objects.filter(pk=bag.pk).update(discontinued=True)
    html = again(mine, made)
    trolley = decode(mine.cookies[COOKIE].value)
    assert trolley.lines == {camera.sku: 2, film.sku: 3}
    assert "2 \u00d7 Retro X1 body" in html
    assert "Fine film: 3 of 4, no more are in stock." in html
    assert "Long strap is no longer sold." in html
    assert "Old lens is sold out." in html
    assert "Grey bag is discontinued and sold out." in html


def test_pressing_twice_orders_no_more(mine: Client, camera: Product) -> None:
    made = order({camera.sku: 2})
    builders.fill(mine, {camera.sku: 1, "B2": 1})
    for _ in range(2):
        again(mine, made)
        assert decode(mine.cookies[COOKIE].value).lines == {camera.sku: 2, "B2": 1}
    builders.fill(mine, {camera.sku: 5})
    again(mine, made)
    assert decode(mine.cookies[COOKIE].value).lines == {camera.sku: 5}


def test_a_full_trolley_says_so(mine: Client, camera: Product) -> None:
    made = order({camera.sku: 1})
    builders.fill(mine, {f"X{number:03d}": 1 for number in range(60)})
    assert "Retro X1 body: your trolley is full." in again(mine, made)


def test_nothing_left_changes_no_trolley(mine: Client, camera: Product) -> None:
    made = order({camera.sku: 1})
    OrderLine.objects.filter(order=made).update(sku="GONE1")
    builders.fill(mine, {"B2": 1})
    html = again(mine, made)
    assert "In your trolley:" not in html
    assert decode(mine.cookies[COOKIE].value).lines == {"B2": 1}


def test_ordering_once_more_takes_a_token_and_a_press(
    priya: Member, camera: Product
) -> None:
    made = order({camera.sku: 1})
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(priya)
    assert careful.post(f"{LIST}{made.number}/again/").status_code == 403
    assert careful.get(f"{LIST}{made.number}/again/").status_code == 405
