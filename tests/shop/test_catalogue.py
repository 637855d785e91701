"""Departments, lists and product pages; prices and stock and how they change."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from shop.actions import catalogue
from shop.models import (
    Brand,
    Category,
    Hold,
    Order,
    PriceChange,
    Product,
    Stock,
    StockMovement,
)
from tests.builders import category, draft_token, product

pytestmark = pytest.mark.django_db

# A Monday, before the cut-off: standard delivery comes on Tuesday 24 November.
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture
def mirrorless() -> Category:
    return category("mirrorless", parent=category("cameras"))


def names(client: Client, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    return [str(card["name"]) for card in response.context["cards"]]


def used(**fields: Any) -> Product:
    return product(**{"condition": "used", "grade": "good", "vat": "margin", **fields})


# --- lists ----------------------------------------------------------------------------


def test_a_department_lists_the_products_of_its_parts(
    client: Client, mirrorless: Category
) -> None:
    product(name="One", category=mirrorless)
    product(name="Two", category=category("compact", parent=mirrorless.parent))
    product(name="Elsewhere", category=category("film"))
    assert set(names(client, "/shop/cameras/")) == {"One", "Two"}
    assert names(client, "/shop/cameras/mirrorless/") == ["One"]


def test_the_used_department_lists_used_things_of_all_departments(
    client: Client, mirrorless: Category
) -> None:
    category("used")
    used(name="Old camera", category=mirrorless)
    product(name="New camera", category=mirrorless)
    assert names(client, "/shop/used/") == ["Old camera"]
    assert set(names(client, "/shop/cameras/")) == {"Old camera", "New camera"}


def test_unpublished_and_sold_out_discontinued_products_are_not_listed(
    client: Client,
) -> None:
    product(name="Hidden", published=False)
    product(name="Gone", discontinued=True, stock=0)
    product(name="Last ones", discontinued=True, stock=2)
    assert names(client, "/shop/cameras/") == ["Last ones"]


def test_lists_can_be_sorted_each_way(client: Client) -> None:
    product(name="Bravo", price=300, popularity=1)
    product(name="alpha", price=100, popularity=9)
    product(name="Charlie", price=200, popularity=5)
    at = "/shop/cameras/?sort="
    assert names(client, at + "popular") == ["alpha", "Charlie", "Bravo"]
    assert names(client, at + "price") == ["alpha", "Charlie", "Bravo"]
    assert names(client, at + "-price") == ["Bravo", "Charlie", "alpha"]
    assert names(client, at + "newest") == ["Charlie", "alpha", "Bravo"]
    assert names(client, at + "name") == ["alpha", "Bravo", "Charlie"]


def test_filters_narrow_a_list(client: Client) -> None:
    canon, _ = Brand.objects.get_or_create(slug="canon", name="Canon")
    product(name="A", brand=canon, mount="Canon RF", price=50_000)
    product(name="B", mount="Nikon Z", price=150_000, specs={"sensor": "APS-C"})
    used(name="C", price=20_000)
    product(name="D", stock=0, price=9_000)
    at = "/shop/cameras/?"
    assert names(client, at + "brand=canon") == ["A"]
    assert names(client, at + "mount=nikon-z&mount=canon-rf&sort=name") == ["A", "B"]
    assert names(client, at + "sensor=aps-c") == ["B"]
    assert names(client, at + "condition=used") == ["C"]
    assert names(client, at + "condition=good") == ["C"]
    assert names(client, at + "price_min=100&price_max=600&sort=name") == ["A", "C"]
    assert "D" not in names(client, at + "in_stock=1")


def test_what_is_held_for_others_is_not_in_stock(client: Client) -> None:
    held = product(name="Held", stock=2)
    Stock.objects.filter(product=held).update(held=2)
    product(name="Free", stock=2)
    assert names(client, "/shop/cameras/?in_stock=1") == ["Free"]
    assert "Out of stock." in client.get("/shop/cameras/").text


@pytest.mark.parametrize("sort", ["popular", "price", "-price", "newest", "name"])
def test_pages_of_a_department_are_its_whole_order_cut_up(
    client: Client, mirrorless: Category, sort: str
) -> None:
    parts = [mirrorless, *(category(slug, mirrorless.parent) for slug in "abc")]
    for number in range(60):
        product(
            name=f"Camera {number * 7 % 60:02d}",
            category=parts[number * number % 4],
            price=100 + number * 11 % 60,
            popularity=number * 13 % 60,
        )
    product(name="Hidden", category=parts[1], popularity=99, published=False)
    keys = {
        "popular": lambda one: -one.popularity,
        "price": lambda one: one.price,
        "-price": lambda one: -one.price,
        "newest": lambda one: -one.pk,
        "name": lambda one: one.name,
    }
    whole = sorted(Product.objects.filter(published=True), key=keys[sort])
    shown = [
        name
        for page in (1, 2, 3)
        for name in names(client, f"/shop/cameras/?sort={sort}&page={page}")
    ]
    assert shown == [one.name for one in whole]


def test_lists_are_paged_by_24_and_tell_search_engines(client: Client) -> None:
    for number in range(50):
        product(name=f"Camera number {number:02d}")
    first = client.get("/shop/cameras/?sort=name")
    assert len(first.context["cards"]) == 24
    middle = client.get("/shop/cameras/?page=2").text
    assert 'rel="canonical" href="http://localhost:8000/shop/cameras/?page=2"' in middle
    assert 'rel="prev" href="http://localhost:8000/shop/cameras/"' in middle
    assert 'rel="next" href="http://localhost:8000/shop/cameras/?page=3"' in middle
    last = client.get("/shop/cameras/?page=1000")
    assert len(last.context["cards"]) == 2
    assert "Page 3 is the last." in last.text


def test_filters_in_use_can_be_removed_by_name(client: Client) -> None:
    product(name="A")
    text = client.get("/shop/cameras/?brand=ilford&in_stock=1").text
    chips = re.findall(
        r'href="([^"]*)"><span class="vh">Remove filter: </span>([^<]*)', text
    )
    assert chips == [
        ("/shop/cameras/?in_stock=1", "Ilford"),
        ("/shop/cameras/?brand=ilford", "In stock"),
    ]
    assert "Clear all filters" in text


def test_filters_that_leave_nothing_can_be_cleared(client: Client) -> None:
    product(name="A")
    text = client.get("/shop/cameras/?price_max=1").text
    assert "Nothing here passes all these filters at once." in text


@pytest.mark.parametrize(
    "query",
    [
        "page=abc",
        "page=" + "9" * 5000,
        "page=-1",
        "price_min=abc&price_max=%F0%9F%93%B7",
        "sort=;DROP",
        "brand=" + "x" * 50_000,
        "&".join(f"brand=b{n}" for n in range(400)),
        "condition=shiny&mount=%22%3E%3Cscript%3E&sensor=%",
    ],
    ids=range(8),
)
def test_nonsense_in_an_address_still_gives_the_list(
    client: Client, query: str
) -> None:
    product(name="A")
    response = client.get(f"/shop/cameras/?{query}")
    assert response.status_code == 200
    assert [str(card["name"]) for card in response.context["cards"]] == ["A"]
    assert response.context["query"].complaints
    assert "<script>" not in response.text


def test_departments_that_do_not_exist_are_not_found(client: Client) -> None:
    category("mirrorless", parent=category("cameras"))
    for address in ("/shop/nope/", "/shop/cameras/nope/", "/shop/mirrorless/"):
        assert client.get(address).status_code == 404, address


def test_the_page_of_departments_counts_what_is_listed(
    client: Client, mirrorless: Category
) -> None:
    category("used")
    product(category=mirrorless)
    used(category=mirrorless)
    product(category=mirrorless, published=False)
    tree = client.get("/shop/").context["departments_tree"]
    assert {one["slug"]: one["count"] for one in tree} == {"cameras": 2, "used": 1}


def test_browsing_sets_no_cookie(client: Client) -> None:
    camera = product(name="A")
    for address in (
        "/shop/",
        "/shop/cameras/",
        "/search/?q=a",
        f"/product/{camera.slug}/",
    ):
        response = client.get(address)
        assert response.status_code == 200
        assert not response.cookies, address


# --- cards and product pages ----------------------------------------------------------


@time_machine.travel(MONDAY, tick=False)
def test_a_card_says_price_cut_stock_and_the_day_it_comes(client: Client) -> None:
    product(
        name="Cut",
        price=144_900,
        was_price=169_900,
        was_from=date(2026, 8, 1),
        was_until=date(2026, 10, 31),
        stock=2,
    )
    text = client.get("/shop/cameras/").text
    assert "<b>£1,449</b><small>inc. VAT</small>" in text
    assert 'Was £1,699 <span class="save">Save £250</span>' in text
    assert "<b>2 left</b>, with you Tue 24 Nov" in text
    assert 'class="stock stock--low"' in text


@time_machine.travel(MONDAY, tick=False)
def test_a_product_page_answers_before_the_button(client: Client) -> None:
    camera = product(
        name="Fujifilm X-T5 body, silver",
        price=144_900,
        was_price=169_900,
        was_from=date(2026, 8, 1),
        was_until=date(2026, 10, 31),
        stock=7,
    )
    text = client.get(f"/product/{camera.slug}/").text
    button = text.index("Add to trolley")
    for words in (
        "£1,449.00",
        "inc. VAT · £1,207.50 ex VAT",
        "Was £1,699.00 from 1 August to 31 October 2026",
        "Save £250.00",
        "Delivery to the UK mainland is free.",
        "In stock, 7 left.",
        "Order by 4 pm today and it arrives <b>Tuesday 24 November</b>",
    ):
        assert 0 < text.index(words) < button, words


def test_the_button_posts_to_the_trolley_without_a_token(client: Client) -> None:
    camera = product(stock=3)
    response = client.get(f"/product/{camera.slug}/")
    form = re.search(r'<form class="buybox".*?</form>', response.text, re.S)
    assert form
    assert 'action="/trolley/add/" method="post"' in form[0]
    assert f'name="sku" value="{camera.sku}"' in form[0]
    assert 'name="quantity" value="1" min="1" max="3"' in form[0]
    assert "csrf" not in form[0]
    assert not response.cookies


def test_cheap_things_say_what_delivery_costs_beside_the_price(client: Client) -> None:
    film = product(price=795)
    text = client.get(f"/product/{film.slug}/").text
    assert "Plus delivery from £4.95, free on orders of £50 or more." in text
    assert "Delivery to the UK mainland from £4.95" in client.get("/shop/cameras/").text


def test_margin_scheme_goods_show_no_price_without_vat(client: Client) -> None:
    camera = used(price=55_900, shutter_count=11_870, found="Light rub on base plate")
    text = client.get(f"/product/{camera.slug}/").text
    assert "ex VAT" not in text
    assert "VAT margin scheme" in text
    for words in ("11,870", "Light rub on base plate", "at-30", "Our own warranty of"):
        assert words in text


def test_zero_rated_goods_say_so(client: Client) -> None:
    book = product(vat="zero")
    assert "zero-rated" in client.get(f"/product/{book.slug}/").text


def test_electrical_goods_say_that_old_ones_are_taken_back(client: Client) -> None:
    camera, film = product(electrical=True), product(electrical=False)
    assert "we take your old one" in client.get(f"/product/{camera.slug}/").text
    assert "we take your old one" not in client.get(f"/product/{film.slug}/").text


def test_a_body_names_the_lenses_that_fit_and_its_used_ones(
    client: Client, mirrorless: Category
) -> None:
    body = product(category=mirrorless, mount="Fujifilm X")
    prime = category("prime", parent=category("lenses"))
    product(name="Lens that fits", category=prime, mount="Fujifilm X")
    product(name="Lens that does not", category=prime, mount="Nikon Z")
    used(category=mirrorless, used_of=body, price=118_900, found="Boxed, no marks")
    used(category=mirrorless, used_of=body, price=98_700, stock=0)
    text = client.get(f"/product/{body.slug}/").text
    assert 'href="/shop/lenses/?mount=fujifilm-x"' in text
    assert "Lens that fits" in text
    assert "Lens that does not" not in text
    assert "£1,189" in text
    assert "£987" not in text


def test_other_finishes_are_links(client: Client) -> None:
    silver = product(name="Fujifilm X-T5 body, silver", finish="silver")
    black = product(name="Fujifilm X-T5 body, black", finish="black")
    product(name="Fujifilm X-T50 body, black", finish="black")
    response = client.get(f"/product/{silver.slug}/")
    assert [one["url"] for one in response.context["finishes"]] == [
        f"/product/{black.slug}/",
        f"/product/{silver.slug}/",
    ]


def test_a_discontinued_product_says_so_and_offers_its_department(
    client: Client,
) -> None:
    camera = product(discontinued=True, stock=0)
    text = client.get(f"/product/{camera.slug}/").text
    assert "Discontinued." in text
    assert "See other Cameras" in text
    assert "Add to trolley" not in text


def test_the_last_of_a_discontinued_product_can_still_be_bought(
    client: Client,
) -> None:
    camera = product(discontinued=True, stock=2)
    text = client.get(f"/product/{camera.slug}/").text
    assert "Discontinued: no more will come." in text
    assert "Add to trolley" in text


def test_a_hold_that_ended_keeps_nothing_from_the_next_buyer(client: Client) -> None:
    camera = product(stock=1)
    draft_token(client, {camera.sku: 1})
    now = timezone.now()
    hold = Hold.objects.create(
        order=Order.objects.get(),
        product=camera,
        quantity=1,
        expires_at=now + timedelta(minutes=5),
    )
    Stock.objects.filter(product=camera).update(held=1)
    assert "Out of stock." in client.get(f"/product/{camera.slug}/").text
    Hold.objects.filter(pk=hold.pk).update(expires_at=now - timedelta(minutes=5))
    assert "In stock, the only one." in client.get(f"/product/{camera.slug}/").text


def test_unpublished_products_have_no_page(client: Client) -> None:
    camera = product(published=False)
    assert client.get(f"/product/{camera.slug}/").status_code == 404
    assert client.get("/product/no-such-thing/").status_code == 404


def test_machines_read_the_same_price_and_stock(client: Client) -> None:
    camera = product(name='Camera </script><b>"&', price=144_900, stock=2)
    text = client.get(f"/product/{camera.slug}/").text
    data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert len(data) == 1
    read = json.loads(data[0])
    assert read["name"] == 'Camera </script><b>"&'
    assert read["offers"]["price"] == "1449.00"
    assert read["offers"]["priceCurrency"] == "GBP"
    assert read["offers"]["availability"].endswith("/LimitedAvailability")
    assert "<b>" not in data[0]


# --- prices ---------------------------------------------------------------------------


def priced(price: int, *, days_ago: int) -> Product:
    camera = product(price=price)
    PriceChange.objects.create(
        product=camera, price=price, from_on=TODAY - timedelta(days=days_ago)
    )
    return camera


@time_machine.travel(MONDAY, tick=False)
def test_a_price_cut_shows_the_old_price_with_its_dates() -> None:
    camera = priced(169_900, days_ago=60)
    catalogue.set_price(product=camera, price=144_900, show_was=True)
    camera.refresh_from_db()
    assert camera.price == 144_900
    assert camera.was_price == 169_900
    assert camera.was_from == TODAY - timedelta(days=60)
    assert camera.was_until == TODAY - timedelta(days=1)
    assert list(camera.price_changes.values_list("price", flat=True)) == [
        169_900,
        144_900,
    ]


@time_machine.travel(MONDAY, tick=False)
def test_a_was_price_that_is_not_true_is_refused() -> None:
    short = priced(169_900, days_ago=27)
    with pytest.raises(catalogue.WasPriceUntrue):
        catalogue.set_price(product=short, price=144_900, show_was=True)
    rising = priced(10_000, days_ago=90)
    with pytest.raises(catalogue.WasPriceUntrue):
        catalogue.set_price(product=rising, price=12_000, show_was=True)
    short.refresh_from_db()
    assert (short.price, short.was_price) == (169_900, None)


@time_machine.travel(MONDAY, tick=False)
def test_a_price_that_rises_loses_its_was() -> None:
    camera = priced(169_900, days_ago=60)
    catalogue.set_price(product=camera, price=144_900, show_was=True)
    catalogue.set_price(product=camera, price=150_000)
    camera.refresh_from_db()
    assert (camera.price, camera.was_price, camera.was_from) == (150_000, None, None)
    assert camera.price_changes.count() == 2  # one a day, the day's last


def test_prices_outside_the_possible_are_refused() -> None:
    camera = product()
    for price in (0, -1, 10_000_000):
        with pytest.raises(ValueError, match="a price is"):
            catalogue.set_price(product=camera, price=price)


def test_the_database_refuses_an_untrue_was_price() -> None:
    camera = product(price=10_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=camera.pk).update(was_price=20_000)


# --- stock ----------------------------------------------------------------------------


def ledger(camera: Product) -> int:
    return sum(camera.movements.values_list("quantity", flat=True))


def test_every_change_of_stock_is_in_the_ledger() -> None:
    camera = product(stock=5)
    catalogue.receive_stock(product=camera, quantity=3, by="staff:1")
    catalogue.count_stock(product=camera, counted=6, by="staff:1")
    catalogue.move_stock(
        product=camera,
        quantity=-1,
        reason=StockMovement.Reason.SCRAPPED,
        by="staff:1",
    )
    camera.refresh_from_db()
    assert camera.stock.on_hand == ledger(camera) == 5
    reasons = camera.movements.order_by("pk").values_list("reason", "quantity")
    assert list(reasons) == [
        ("opening", 5),
        ("received", 3),
        ("counted", -2),
        ("scrapped", -1),
    ]


def test_a_count_that_finds_the_same_leaves_no_movement() -> None:
    camera = product(stock=5)
    catalogue.count_stock(product=camera, counted=5, by="staff:1")
    assert camera.movements.count() == 1


def test_stock_held_for_payments_cannot_be_taken_away() -> None:
    camera = product(stock=5)
    Stock.objects.filter(product=camera).update(held=4)
    with pytest.raises(catalogue.NotEnoughOnShelf):
        catalogue.count_stock(product=camera, counted=3, by="staff:1")
    with pytest.raises(catalogue.NotEnoughOnShelf):
        catalogue.move_stock(
            product=camera,
            quantity=-2,
            reason=StockMovement.Reason.SCRAPPED,
            by="staff:1",
        )
    camera.refresh_from_db()
    assert camera.stock.on_hand == ledger(camera) == 5


def test_the_first_movement_makes_the_stock_row() -> None:
    camera = product()
    StockMovement.objects.filter(product=camera)
    bare = Product.objects.create(
        sku="BARE-1",
        slug="bare-1",
        name="Bare",
        brand=camera.brand,
        category=camera.category,
        price=100,
        drawing="cam-slr",
    )
    assert catalogue.receive_stock(product=bare, quantity=2, by="staff:1").on_hand == 2


def test_movements_of_nothing_and_counts_below_none_are_refused() -> None:
    camera = product()
    with pytest.raises(ValueError, match="moves something"):
        catalogue.move_stock(
            product=camera,
            quantity=0,
            reason=StockMovement.Reason.COUNTED,
            by="staff:1",
        )
    with pytest.raises(ValueError, match="at least one"):
        catalogue.receive_stock(product=camera, quantity=0, by="staff:1")
    with pytest.raises(ValueError, match="fewer than none"):
        catalogue.count_stock(product=camera, counted=-1, by="staff:1")
    with pytest.raises(ValueError, match="through set_price"):
        catalogue.change_product(product=camera, fields={"price": 5})
