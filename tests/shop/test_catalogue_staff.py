"""Staff screens: they change what they show, by the shop's actions, and no more."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Member
from shop.models import PriceChange, Product, Stock, StockMovement
from tests.builders import category, product
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    owner = Member.objects.create_superuser("owner@jessops.example", "long-enough-1")
    sign_in(client, owner)
    return client


def form_of(response: Any) -> dict[str, Any]:
    """The values a browser would send back for an admin page left as it is."""
    data: dict[str, Any] = {}
    form = response.context["adminform"].form
    for name in form.fields:
        value = form[name].value()
        if value is None or value is False:
            continue
        data[name] = "on" if value is True else form[name].field.prepare_value(value)
    for inline in response.context["inline_admin_formsets"]:
        management = inline.formset.management_form
        for name in management.fields:
            data[management.add_prefix(name)] = management[name].value()
    return data


def change(staff: Client, one: Product, **values: Any) -> Any:
    address = f"/admin/shop/product/{one.pk}/change/"
    data = {**form_of(staff.get(address)), **values}
    return staff.post(address, {k: v for k, v in data.items() if v is not None})


def test_staff_pages_are_for_staff(client: Client) -> None:
    response = client.get("/admin/shop/product/")
    assert response.status_code == 302
    assert "/admin/login/" in response["Location"]


@pytest.mark.parametrize(
    "name",
    [
        *("product", "category", "brand", "stock", "stockmovement", "hold"),
        *("order", "orderevent", "payment", "bankevent"),
    ],
)
def test_every_list_opens_and_asks_the_same_however_long_it_is(
    staff: Client, name: str
) -> None:
    product(category=category("mirrorless", parent=category("cameras")))
    address = f"/admin/shop/{name}/"
    few = asked(staff, address)
    for number in range(10):
        product(category=category(f"part-{number}", parent=category("cameras")))
    many = asked(staff, address)
    assert len(many) == len(few), (few, many)


def asked(staff: Client, address: str) -> list[str]:
    """Return what a page asks: the least of three, as some is asked once a process."""
    runs = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(address).status_code == 200
        runs.append([query["sql"] for query in queries])
    return min(runs, key=len)


def test_a_changed_product_writes_only_what_changed(staff: Client) -> None:
    camera = product(name="Old name", summary="Old words")
    with CaptureQueriesContext(connection) as captured:
        assert change(staff, camera, summary="New words").status_code == 302
    updates = [
        query["sql"]
        for query in captured
        if query["sql"].startswith('UPDATE "shop_product"')
    ]
    assert len(updates) == 1
    assert '"summary"' in updates[0]
    assert '"name"' not in updates[0]
    camera.refresh_from_db()
    assert camera.summary == "New words"


def test_a_new_name_is_found_at_once(staff: Client, client: Client) -> None:
    camera = product(name="Old name")
    change(staff, camera, name="Praktica MTL")
    cards = client.get("/search/?q=praktica").context["cards"]
    assert [card["sku"] for card in cards] == [camera.sku]


def test_a_price_cut_keeps_its_history_and_shows_a_true_was(staff: Client) -> None:
    camera = product(price=20_000)
    stood = timezone.localdate() - timedelta(days=40)
    PriceChange.objects.create(product=camera, price=20_000, from_on=stood)
    assert change(staff, camera, price="15000", show_was="on").status_code == 302
    camera.refresh_from_db()
    assert (camera.price, camera.was_price) == (15_000, 20_000)
    assert camera.price_changes.count() == 2


def test_an_untrue_was_is_refused_beside_its_field(staff: Client) -> None:
    camera = product(price=20_000)
    response = change(staff, camera, price="15000", show_was="on")
    assert response.status_code == 200
    assert "the old price has not stood for 28 days" in response.text
    camera.refresh_from_db()
    assert camera.price == 20_000


def test_a_new_product_gets_its_price_history_and_opening_stock(staff: Client) -> None:
    pattern = product()
    address = "/admin/shop/product/add/"
    data = {
        **form_of(staff.get(address)),
        "sku": "NEW-1",
        "slug": "new-1",
        "name": "New one",
        "brand": pattern.brand_id,
        "category": pattern.category_id,
        "price": "1234",
        "drawing": "cam-slr",
        "opening_stock": "4",
    }
    assert staff.post(address, data).status_code == 302
    made = Product.objects.get(sku="NEW-1")
    assert made.stock.on_hand == 4
    assert made.movements.get().by.startswith("staff:")
    assert made.price_changes.get().price == 1234


def test_stock_moves_only_with_a_reason(staff: Client) -> None:
    camera = product(stock=5)
    assert "on_hand" not in form_of(staff.get(f"/admin/shop/stock/{camera.pk}/change/"))
    address = "/admin/shop/stockmovement/add/"
    data = {"product": camera.pk, "quantity": "-2", "reason": "scrapped"}
    assert staff.post(address, {**data, "reason": ""}).status_code == 200
    assert staff.post(address, {**data, "reason": "sold"}).status_code == 200
    assert staff.post(address, {**data, "quantity": "-6"}).status_code == 200
    assert Stock.objects.get(product=camera).on_hand == 5
    assert staff.post(address, data).status_code == 302
    assert Stock.objects.get(product=camera).on_hand == 3
    movement = StockMovement.objects.latest("pk")
    assert (movement.quantity, movement.reason) == (-2, "scrapped")
    assert movement.by.startswith("staff:")


def test_ledgers_and_orders_cannot_be_changed_or_deleted_here(staff: Client) -> None:
    camera = product(stock=5)
    movement = StockMovement.objects.get(product=camera)
    for address in (
        f"/admin/shop/stockmovement/{movement.pk}/delete/",
        f"/admin/shop/product/{camera.pk}/delete/",
        f"/admin/shop/stock/{camera.pk}/delete/",
        "/admin/shop/order/add/",
        "/admin/shop/payment/add/",
        "/admin/shop/bankevent/add/",
        "/admin/shop/stock/add/",
    ):
        assert staff.post(address, {"post": "yes"}).status_code == 403, address
    assert StockMovement.objects.count() == 1
