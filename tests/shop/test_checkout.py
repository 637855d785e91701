"""The order form: guest first, everything explained, nothing lost by a mistake."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from privacy.models import Choice, Receipt
from shop.models import Order, PostcodeAddresses, Product, Status
from tests.builders import PRIYA, draft_token, fill, product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera() -> Product:
    return product(name="Rolleiflex 2.8F", price=144_900)


@pytest.fixture(autouse=True)
def _mill_lane() -> None:
    """The address list knows Priya's postcode, so nothing needs to be asked outside."""
    PostcodeAddresses.objects.create(
        postcode="SL7 1EY",
        addresses=[
            {"line1": f"{n} Mill Lane", "town": "Marlow", "postcode": "SL7 1EY"}
            for n in (10, 12, 14)
        ],
        fetched_at=timezone.now(),
    )


def test_a_guest_orders_without_an_account(client: Client, camera: Product) -> None:
    token = draft_token(client, {camera.sku: 2})
    order = Order.objects.get(token=token)
    assert order.status == Status.DRAFT
    assert order.total_pence == order.goods_pence == 289_800
    assert order.vat_pence == 48_300
    assert order.address_check == "match"
    assert not order.review
    assert len(token) == 32


def test_the_form_writes_nothing_before_it_is_sent(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 1})
    response = client.get("/checkout/")
    assert response.status_code == 200
    assert not response.cookies
    client.post("/checkout/", {**PRIYA, "find": "1"})
    assert not Order.objects.exists()
    assert not Choice.objects.exists()


@pytest.mark.parametrize(
    "name", ["full_name", "email", "postcode", "line1", "town", "delivery"]
)
def test_each_missing_answer_is_asked_for_and_makes_no_order(
    client: Client, camera: Product, name: str
) -> None:
    fill(client, {camera.sku: 1})
    response = client.post("/checkout/", {**PRIYA, name: ""})
    page = response.content.decode()
    assert response.status_code == 200
    assert "There is 1 thing to fix" in page
    assert f'href="#id_{name}"' in page
    assert "<title>Error:" in page
    assert not Order.objects.exists()


@pytest.mark.parametrize("name", ["title", "telephone", "line2", "county"])
def test_optional_answers_may_be_left_out(
    client: Client, camera: Product, name: str
) -> None:
    draft_token(client, {camera.sku: 1}, **{name: ""})


def test_every_value_and_every_tick_survives_an_error(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 1})
    typed = {
        **PRIYA,
        "title": "Dr",
        "line2": "Flat <b>2</b>",
        "county": "Bucks",
        "email": "priya.raman.example.co.uk",
        "delivery": "noon",
        "contact_by": "telephone",
        "no_marketing": "1",
        "billing_postcode": "LE3 1TZ",
    }
    page = client.post("/checkout/", typed).content.decode()
    for value in ("Dr", "Flat &lt;b&gt;2&lt;/b&gt;", "Bucks", "01628 496000"):
        assert f'value="{value}"' in page
    assert re.search(r'name="no_marketing"[^>]* checked', page)
    assert re.search(r'value="telephone" checked', page)
    assert re.search(r'value="noon"[^>]* checked', page)
    assert 'value="LE3 1TZ"' in page
    assert "Enter an email address with an @" in page


def test_the_same_form_sent_twenty_times_is_one_order(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 1})
    page = client.get("/checkout/").content.decode()
    found = re.search(r'name="attempt" value="([^"]+)"', page)
    assert found
    tokens = {draft_token(client, {camera.sku: 1}, attempt=found[1]) for _ in range(20)}
    assert len(tokens) == 1
    assert Order.objects.count() == 1


def test_another_form_is_another_order(client: Client, camera: Product) -> None:
    tokens = {
        draft_token(client, {camera.sku: 1}, attempt=f"attempt-{n}-{'x' * 20}")
        for n in range(2)
    }
    assert len(tokens) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("full_name", "4242 4242 4242 4242"),
        ("line1", "4242424242424242"),
        ("county", "card 4000-0027-6000-3184"),
    ],
)
def test_a_card_number_is_refused_in_any_field(
    client: Client, camera: Product, name: str, value: str
) -> None:
    fill(client, {camera.sku: 1})
    page = client.post("/checkout/", {**PRIYA, name: value}).content.decode()
    assert "looks like a card number" in page
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        "a@b.c, d@e.f",
        "priya@example.co.uk\r\nBcc: x@example.com",
        "Priya <priya@example.co.uk>",
        "priya@example.co.uk\u2028x",
        "priya@@example.co.uk",
        "@example.co.uk",
        "priya@localhost",
    ],
)
def test_an_address_that_could_steer_mail_is_refused(
    client: Client, camera: Product, email: str
) -> None:
    fill(client, {camera.sku: 1})
    response = client.post("/checkout/", {**PRIYA, "email": email})
    assert response.status_code in (200, 400)
    for order in Order.objects.all():
        assert "," not in order.email
        assert "\n" not in order.email


@pytest.mark.parametrize(
    ("postcode", "words"),
    [
        ("SL7", "Enter a full UK postcode"),
        ("12345", "Enter a full UK postcode"),
        ("JE2 3AB", "We cannot deliver to Jersey yet"),
        ("BF1 2AB", "We cannot deliver to BFPO"),
    ],
)
def test_postcodes_we_cannot_use_are_explained(
    client: Client, camera: Product, postcode: str, words: str
) -> None:
    fill(client, {camera.sku: 1})
    page = client.post("/checkout/", {**PRIYA, "postcode": postcode}).content.decode()
    assert words in page


@pytest.mark.parametrize("postcode", ["sl71ey", " SL7  1EY ", "Sl7-1eY"])
def test_any_way_of_writing_a_postcode_is_taken(
    client: Client, camera: Product, postcode: str
) -> None:
    token = draft_token(client, {camera.sku: 1}, postcode=postcode)
    assert Order.objects.get(token=token).postcode == "SL7 1EY"


def test_an_express_option_that_the_place_has_not_is_explained(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 1})
    changes = {"postcode": "IV27 4AA", "delivery": "noon"}
    page = client.post("/checkout/", {**PRIYA, **changes}).content.decode()
    assert "To the Scottish Highlands we offer" in page
    assert "£6.95" in page


def test_the_surcharge_of_far_places_is_in_the_frozen_total(
    client: Client, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1}, postcode="IV27 4AA", line1="1 Shore")
    order = Order.objects.get(token=token)
    assert order.total_pence == 144_900 + 695
    assert "£1,455.95" in client.get(f"/orders/{token}/review/").content.decode()


@pytest.mark.parametrize(
    ("line1", "check", "review"),
    [
        ("12 Mill Lane", "match", ""),
        ("12 MILL LN.", "match", ""),
        ("12 The Mill", "near", ""),
        ("99 Nowhere Road", "none", "address"),
    ],
)
def test_the_address_check_keeps_one_code(
    client: Client, camera: Product, line1: str, check: str, review: str
) -> None:
    token = draft_token(client, {camera.sku: 1}, line1=line1)
    order = Order.objects.get(token=token)
    assert (order.address_check, order.review) == (check, review)
    assert order.line1 == line1  # the customer's own text is never overwritten (P92)


def test_a_dead_address_service_means_review_not_refusal(
    client: Client, camera: Product
) -> None:
    # STRIPE and address bases of the test environment reach nobody.
    token = draft_token(client, {camera.sku: 1}, postcode="LE3 1TZ")
    order = Order.objects.get(token=token)
    assert (order.address_check, order.review) == ("unavailable", "address")
    page = client.get(f"/orders/{token}/review/").content.decode()
    assert "We could not check the address just now" in page


def test_an_address_chosen_from_the_list_fills_the_form(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 1})
    typed = {**PRIYA, "line1": "", "town": ""}
    page = client.post("/checkout/", {**typed, "find": "1"}).content.decode()
    assert "3 addresses found" in page
    assert 'value="Priya Raman"' in page
    page = client.post(
        "/checkout/", {**typed, "use": "1", "address": "2"}
    ).content.decode()
    assert 'value="14 Mill Lane"' in page
    assert 'value="Marlow"' in page
    response = client.post("/checkout/", {**typed, "address": "1"})
    assert response.status_code == 303
    assert Order.objects.get().line1 == "12 Mill Lane"


def test_a_billing_address_of_its_own_is_kept_apart(
    client: Client, camera: Product
) -> None:
    fill(client, {camera.sku: 1})
    typed = {k: v for k, v in PRIYA.items() if k != "billing_same"}
    page = client.post("/checkout/", typed).content.decode()
    assert "Enter the first line of the billing address" in page
    typed |= {
        "billing_postcode": "LE3 1TZ",
        "billing_line1": "98 Scudamore Road",
        "billing_town": "Leicester",
    }
    assert client.post("/checkout/", typed).status_code == 303
    order = Order.objects.get()
    assert (order.postcode, order.billing_postcode) == ("SL7 1EY", "LE3 1TZ")


def test_refusing_marketing_counts_at_once_and_silence_only_after_a_sale(
    client: Client, camera: Product
) -> None:
    for box in ({}, {"no_marketing": "1"}):
        token = draft_token(client, {camera.sku: 1}, **box)
        assert not Choice.objects.exists()
        # The bank does not answer here: the order is placed, and not paid.
        client.post(f"/orders/{token}/review/")
    assert Choice.objects.get().answer == "no"


def test_the_order_form_names_no_person_in_its_cookie(
    client: Client, camera: Product
) -> None:
    draft_token(client, {camera.sku: 1})
    assert set(client.cookies) == {"trolley"}
    assert client.cookies["trolley"].value == f"1|{camera.sku}:1"


def test_prices_frozen_at_the_form_are_the_prices_of_the_review(
    client: Client, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    Product.objects.filter(pk=camera.pk).update(price=199_900, name="Renamed")
    page = client.get(f"/orders/{token}/review/").content.decode()
    assert "Order and pay £1,449.00" in page
    assert "Renamed" not in page


def test_a_review_page_left_too_long_says_so(client: Client, camera: Product) -> None:
    token = draft_token(client, {camera.sku: 1})
    with time_machine.travel(timezone.now() + timedelta(hours=3), tick=False):
        response = client.post(f"/orders/{token}/review/")
    assert response.status_code == 409
    assert "shown too long ago" in response.content.decode()
    assert not Order.objects.filter(status=Status.PENDING).exists()


def test_when_the_bank_does_not_answer_nothing_is_lost(
    client: Client, camera: Product, settings: Settings
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:1/bank"
    token = draft_token(client, {camera.sku: 1})
    response = client.post(f"/orders/{token}/review/")
    assert response.status_code == 503
    assert "Nothing was taken" in response.content.decode()
    order = Order.objects.get(token=token)
    assert order.status == Status.PENDING
    assert order.holds.count() == 1
    key = order.payments.get().idempotency_key
    client.post(f"/orders/{token}/review/")
    assert order.payments.get().idempotency_key == key
    assert Receipt.objects.filter(about=order.about).exists()


def test_an_empty_trolley_has_no_checkout(client: Client) -> None:
    response = client.get("/checkout/")
    assert (response.status_code, response["Location"]) == (303, "/trolley/")


def test_an_unknown_order_is_not_found(client: Client) -> None:
    for path in ("", "review/", "change/"):
        assert client.get(f"/orders/{'x' * 32}/{path}").status_code == 404


def test_changing_details_starts_from_what_was_typed(
    client: Client, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    page = client.get(f"/orders/{token}/change/").content.decode()
    assert 'value="12 Mill Lane"' in page
    response = client.post(f"/orders/{token}/change/", {**PRIYA, "town": "Bisham"})
    assert response["Location"] == f"/orders/{token}/review/"
    assert Order.objects.get().town == "Bisham"
