"""The trolley's page: whatever the cookie holds, a correct trolley and plain words."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from shop.models import Hold, Order, PriceChange, Product, Stock
from tests.builders import draft_token, fill, product

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera() -> Product:
    return product(name="Rolleiflex 2.8F", sku="16782301", price=144_900, stock=3)


def page_of(client: Client) -> str:
    response = client.get("/trolley/")
    assert response.status_code == 200
    return response.content.decode()


def test_adding_is_a_see_other_and_sets_the_one_cookie(
    client: Client, camera: Product
) -> None:
    response = client.post("/trolley/add/", {"sku": camera.sku, "quantity": "2"})
    assert (response.status_code, response["Location"]) == (
        303,
        "/trolley/?added=16782301",
    )
    cookie = response.cookies["trolley"]
    assert set(response.cookies) == {"trolley"}
    assert cookie.value == "1|16782301:2"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert cookie["max-age"] == 14 * 24 * 3600
    page = client.get("/trolley/?added=16782301").content.decode()
    assert "<b>Added.</b> Rolleiflex 2.8F is in your trolley" in page
    assert "£2,898.00" in page


@pytest.mark.parametrize("quantity", ["0", "-1", "1e9", "100", "abc", "\uff11", "1.5"])
def test_an_impossible_quantity_is_explained_and_changes_nothing(
    client: Client, camera: Product, quantity: str
) -> None:
    fill(client, {camera.sku: 1})
    for path, name in (("add", "quantity"), ("update", f"quantity-{camera.sku}")):
        if path == "update" and quantity == "0":
            continue  # there, nought takes it out
        data = {"sku": camera.sku, name: quantity}
        response = client.post(f"/trolley/{path}/", data)
        assert response.status_code == 400
        page = response.content.decode()
        assert "Choose a number from 1 to 99" in page
        assert "<title>Error:" in page
    assert client.cookies["trolley"].value == "1|16782301:1"


@pytest.mark.parametrize("sku", ["", "<script>", "x" * 5000, "AB\nCD", "16782301|X:9"])
def test_an_impossible_part_number_is_explained(client: Client, sku: str) -> None:
    response = client.post("/trolley/add/", {"sku": sku})
    assert response.status_code == 400
    assert "We do not know that part number" in response.content.decode()


def test_a_thing_that_is_no_longer_sold_is_taken_out_with_a_sentence(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 1, "GONE-1": 2})
    page = page_of(client)
    assert "Part no. GONE-1 is no longer sold" in page
    assert client.cookies["trolley"].value == "1|16782301:1"
    assert "has changed" not in page_of(client)


def test_more_than_there_is_becomes_what_there_is(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 9})
    assert "only 3 in stock" in page_of(client)
    assert client.cookies["trolley"].value == "1|16782301:3"


def test_a_sold_out_thing_is_taken_out(client: Client, camera: Product) -> None:
    Stock.objects.filter(pk=camera.pk).update(on_hand=0)
    fill(client, {camera.sku: 1})
    assert "there is none left" in page_of(client)
    assert client.cookies["trolley"].value == ""


def test_a_discontinued_one_is_named_so(client: Client, camera: Product) -> None:
    Product.objects.update(discontinued=True)
    Stock.objects.filter(pk=camera.pk).update(on_hand=0)
    fill(client, {camera.sku: 1})
    assert "is discontinued and sold out" in page_of(client)


def test_the_last_one_being_paid_for_stays_in_the_trolley(
    client: Client, camera: Product
) -> None:
    """It may be the reader's own payment in another tab."""
    Stock.objects.filter(pk=camera.pk).update(on_hand=1, held=1)
    fill(client, {camera.sku: 1})
    page = page_of(client)
    assert "The rest is being paid for at this moment" in page
    assert "Nothing in it can be ordered at this moment" in page
    assert client.cookies["trolley"].value == "1|16782301:1"
    assert client.get("/checkout/")["Location"] == "/trolley/"


@pytest.mark.django_db(transaction=True)
def test_an_ended_hold_counts_as_free_though_no_worker_ran(
    client: Client, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 3})
    Stock.objects.filter(pk=camera.pk).update(held=3)
    hold = Hold.objects.create(
        order=Order.objects.get(token=token),
        product=camera,
        quantity=3,
        expires_at=timezone.now() + timedelta(minutes=1),
    )
    assert "being paid for" in page_of(client)
    Hold.objects.filter(pk=hold.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert "being paid for" not in page_of(client)


def test_a_price_that_changed_lately_is_said(client: Client, camera: Product) -> None:
    today = date.today()
    PriceChange.objects.create(
        product=camera, price=169_900, from_on=today - timedelta(days=100)
    )
    PriceChange.objects.create(
        product=camera, price=144_900, from_on=today - timedelta(days=3)
    )
    fill(client, {camera.sku: 1})
    page = page_of(client)
    assert "Rolleiflex 2.8F costs £1,449.00 since" in page
    assert "before that, £1,699.00" in page
    # It is news, not an obstacle.
    assert client.get("/checkout/").status_code == 200


@pytest.mark.parametrize(
    "text", ["x", "2|A:1", "1|" + "A" * 4000, "1|16782301:1|<b>:2", "1||||", "\\x00"]
)
def test_a_hostile_cookie_is_only_a_shorter_trolley(
    client: Client, camera: Product, text: str
) -> None:
    client.cookies["trolley"] = text
    page = page_of(client)
    assert "could not be read" in page
    assert "<b>:2" not in page
    assert client.get("/").status_code == 200


def test_minus_plus_remove_and_empty_need_no_script(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 1})
    for data, value in (
        ({"more": camera.sku}, "1|16782301:2"),
        ({f"quantity-{camera.sku}": "3"}, "1|16782301:3"),
        ({f"quantity-{camera.sku}": "3", "less": camera.sku}, "1|16782301:2"),
        ({"remove": "NOT-THERE"}, "1|16782301:2"),
        ({"remove": camera.sku}, ""),
    ):
        assert client.post("/trolley/update/", data).status_code == 303
        assert client.cookies["trolley"].value == value
    fill(client, {camera.sku: 1})
    client.post("/trolley/empty/")
    assert client.cookies["trolley"].value == ""
    assert "Your trolley is empty" in page_of(client)


def test_a_removed_cookie_is_not_resurrected(client: Client, camera: Product) -> None:
    fill(client, {camera.sku: 1})
    page_of(client)
    client.cookies.clear()
    assert "Your trolley is empty" in page_of(client)
    assert "trolley" not in client.get("/trolley/").cookies


def test_a_full_trolley_says_so(client: Client, camera: Product) -> None:
    fill(client, {f"FILL-{n:02d}": 1 for n in range(60)})
    response = client.post("/trolley/add/", {"sku": camera.sku})
    assert response.status_code == 400
    assert "A trolley takes 60 different things" in response.content.decode()


def test_more_than_a_card_can_pay_at_once_is_not_sent_to_the_checkout(
    client: Client,
) -> None:
    dear = product(price=9_999_999, stock=99)
    fill(client, {dear.sku: 99})
    assert "more than a card payment can take" in page_of(client)
    assert client.get("/checkout/")["Location"] == "/trolley/"


def test_the_trolley_costs_the_same_queries_however_full(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    skus = [product().sku for _ in range(30)]
    for count in (1, 30):
        fill(client, dict.fromkeys(skus[:count], 1))
        client.get("/trolley/")  # the departments are asked once a minute
        with django_assert_num_queries(2):
            client.get("/trolley/")


@pytest.mark.parametrize("path", ["add", "update", "empty"])
def test_a_get_changes_no_trolley(client: Client, path: str) -> None:
    answer = client.get(f"/trolley/{path}/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    # A page with a way on, not the blank window that Django would show.
    page = answer.content.decode()
    assert "only takes what a button sends" in page
    assert 'href="/trolley/"' in page
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_program_that_asks_a_webhook_wrongly_gets_no_page(client: Client) -> None:
    assert client.get("/webhooks/stripe/").content == b""
