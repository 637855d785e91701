"""What a page costs: so many statements, the same for ten products and ten thousand."""

import time

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop import counts, frame, search
from shop.models import Product
from shop.ready import Ready
from tests.builders import category, product

MOST = 6
PAGES = (
    "/shop/",
    "/shop/cameras/",
    "/shop/cameras/?brand=ilford&in_stock=1&price_max=5000&sort=price",
    "/shop/used/",
    "/search/?q=camera",
    "/search/?q=camrea",
)


def statements(client: Client, address: str) -> int:
    client.get(address)  # what is kept between requests is there now
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.django_db
def test_lists_and_searches_ask_the_same_few_for_ten_products_and_ten_thousand(
    client: Client,
) -> None:
    category("used")
    made = [product(name=f"Camera number {n}") for n in range(10)]
    made[0].description = "Words."
    search.index(made)
    frame.forget()
    few = {address: statements(client, address) for address in PAGES}
    call_command("demo", products=10_000)
    assert Product.objects.count() == 10_000
    many = {address: statements(client, address) for address in PAGES}
    assert max(many.values()) <= MOST, many
    for address, count in few.items():
        # An empty list saves the statement for its cards; nothing may add one.
        assert many[address] - count in (0, 1), (address, count, many[address])
    assert many["/shop/cameras/"] == few["/shop/cameras/"] <= 3


@pytest.mark.django_db
def test_a_product_page_asks_the_same_few_however_much_goes_with_it(
    client: Client,
) -> None:
    part = category("mirrorless", parent=category("cameras"))
    body = product(name="Body, black", finish="black", category=part, mount="X")
    address = f"/product/{body.slug}/"
    alone = statements(client, address)
    prime = category("prime", parent=category("lenses"))
    for n in range(30):
        product(name=f"Lens {n}", category=prime, mount="X")
        product(name=f"Body, c{n}", finish="other", category=part)
        product(
            condition="used", grade="good", vat="margin", used_of=body, category=part
        )
    assert statements(client, address) == alone <= MOST


@pytest.mark.django_db
def test_every_card_would_be_counted_if_it_asked(client: Client) -> None:
    """The control: cards made of model rows without their joins do ask for more."""
    for _ in range(10):
        product()
    with CaptureQueriesContext(connection) as captured:
        for one in Product.objects.all():
            assert one.brand.name
            assert one.stock.on_hand
    assert len(captured) == 21


@pytest.mark.django_db
def test_counts_may_be_a_minute_old_but_cards_are_of_the_moment(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    product(name="First", price=10_000)
    assert b'<span class="num">1</span> product' in client.get("/shop/cameras/").content
    product(name="Second")
    page = client.get("/shop/cameras/").content.decode()
    assert "Second" in page
    assert '<span class="num">1</span> product' in page
    later = time.monotonic() + counts.FRESH_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    page = client.get("/shop/cameras/").content.decode()
    assert '<span class="num">2</span> products' in page


@pytest.mark.django_db
def test_the_first_product_of_an_empty_department_is_listed_at_once(
    client: Client,
) -> None:
    category("cameras")
    assert "nothing in this department" in client.get("/shop/cameras/").content.decode()
    product(name="First")
    assert "First" in client.get("/shop/cameras/").content.decode()


@pytest.mark.django_db
def test_a_ready_query_answers_for_the_values_of_each_call() -> None:
    cheap, dear = product(price=500), product(price=900)
    ready = Ready(
        lambda low, name: Product.objects.filter(
            price__gte=low, name__gte=name
        ).values_list("sku", "price", "specs")
    )
    assert {row.sku for row in ready.ask(100, "")} == {cheap.sku, dear.sku}
    assert [row.sku for row in ready.ask(600, "")] == [dear.sku]
    assert ready.ask(600, "Z") == []
    assert ready.first(600, "").specs == {}


@pytest.mark.django_db
def test_a_ready_query_refuses_to_decide_by_a_value_for_all_later_calls() -> None:
    by_slice = Ready(lambda count: Product.objects.values_list("pk")[:count])
    with pytest.raises(ValueError, match="not compared"):
        by_slice.ask(3)
    changed = Ready(lambda name: Product.objects.filter(name=f"{name}!").values_list())
    with pytest.raises(ValueError, match="not compared"):
        changed.ask("X")
