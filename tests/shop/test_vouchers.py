"""Codes: what they take off, who may use them, and how often (R4, R8)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as some

from jessops.lib.money import vat_included
from shop.actions import captures, orders, payments, refunds, vouchers
from shop.models import Order, Product, Status, Voucher, VoucherUse
from shop.pricing import off_each
from tests.builders import PRIYA, draft_token, fill, move_order, product

pytestmark = pytest.mark.django_db(transaction=True)


def code(name: str = "AUTUMN", **fields: Any) -> Voucher:
    values: dict[str, Any] = {
        "kind": Voucher.Kind.PERCENT,
        "amount": 10,
        "starts_at": timezone.now() - timedelta(days=1),
        **fields,
    }
    return Voucher.objects.create(code=name, made_by="test", **values)


def order_with(client: Client, lines: dict[str, int], typed: str) -> Order:
    return Order.objects.get(token=draft_token(client, lines, voucher=typed))


LINES = some.lists(
    some.tuples(some.integers(1, 999_999), some.integers(1, 99)), min_size=1, max_size=8
)


@settings(max_examples=100, deadline=None)
@given(lines=LINES, amount=some.integers(1, 90))
def test_per_cent_never_take_more_than_they_say(
    lines: list[tuple[int, int]], amount: int
) -> None:
    voucher = Voucher(kind=Voucher.Kind.PERCENT, amount=amount)
    off = off_each(voucher, lines)
    assert all(0 <= each <= unit for each, (unit, _) in zip(off, lines, strict=True))
    goods = sum(unit * quantity for unit, quantity in lines)
    taken = sum(each * q for each, (_, q) in zip(off, lines, strict=True))
    pieces = sum(quantity for _, quantity in lines)
    assert goods * amount / 100 - pieces < taken <= goods * amount / 100


@settings(max_examples=100, deadline=None)
@given(lines=LINES, share=some.floats(0.0001, 0.9999))
def test_a_fixed_sum_is_taken_off_whole(
    lines: list[tuple[int, int]], share: float
) -> None:
    goods = sum(unit * quantity for unit, quantity in lines)
    amount = min(max(1, int(goods * share)), goods - 1)
    if amount < 1:
        return
    off = off_each(Voucher(kind=Voucher.Kind.FIXED, amount=amount), lines)
    assert all(0 <= each <= unit for each, (unit, _) in zip(off, lines, strict=True))
    taken = sum(each * q for each, (_, q) in zip(off, lines, strict=True))
    assert 0 <= taken - amount < max(quantity for _, quantity in lines)
    if lines[0][1] == 1 and len(lines) == 1:
        assert taken == amount


def test_a_code_in_the_form_lowers_price_and_vat(client: Client) -> None:
    camera = product(price=12_000)
    used = product(price=5_000, condition="used", grade="good", vat="margin")
    code("AUTUMN", amount=10)
    order = order_with(client, {camera.sku: 2, used.sku: 1}, " autumn ")
    assert order.off_pence == 2 * 1_200 + 500
    assert order.goods_pence == 2 * 10_800 + 4_500
    assert order.total_pence == order.goods_pence + order.delivery_pence
    assert order.vat_pence == vat_included(21_600)  # none on the margin scheme
    page = client.get(f"/orders/{order.token}/review/").content.decode()
    assert "AUTUMN" in page
    assert "£29.00" in page
    for line in order.lines.all():
        assert line.line_pence == line.unit_pence * line.quantity


def test_free_delivery_by_a_code_has_no_vat_left(client: Client) -> None:
    film = product(price=1_200)
    code("POST", kind=Voucher.Kind.DELIVERY, amount=0)
    order = order_with(client, {film.sku: 1}, "POST")
    assert (order.delivery_pence, order.delivery_vat_pence) == (0, 0)
    assert order.total_pence == 1_200
    assert order.vat_pence == 200


def test_free_delivery_goes_by_the_price_before_the_code(client: Client) -> None:
    camera = product(price=5_000)
    code("AUTUMN", amount=50)
    order = order_with(client, {camera.sku: 1}, "AUTUMN")
    assert order.delivery_pence == 0
    assert order.total_pence == 2_500


@pytest.mark.parametrize(
    ("fields", "typed", "said"),
    [
        ({}, "SPRING", "We do not know this code"),
        ({"starts_at": timezone.now() + timedelta(days=3)}, "AUTUMN", "begins on"),
        (
            {
                "starts_at": timezone.now() - timedelta(days=9),
                "ends_at": timezone.now() - timedelta(days=1),
            },
            "AUTUMN",
            "ended on",
        ),
        ({"least_pence": 50_000}, "AUTUMN", "goods of £500.00 or more"),
        ({"limit": 1, "spent": True}, "AUTUMN", "has been used"),
    ],
)
def test_a_refused_code_says_why_and_makes_no_order(
    client: Client, fields: dict[str, Any], typed: str, said: str
) -> None:
    camera = product(price=10_000)
    voucher = code("AUTUMN", **{k: v for k, v in fields.items() if k != "spent"})
    if "spent" in fields:
        VoucherUse.objects.create(voucher=voucher, order=None)
    fill(client, {camera.sku: 1})
    for address, form in (
        ("/checkout/", {**PRIYA, "voucher": typed}),
        ("/trolley/code/", {"voucher": typed}),
    ):
        answer = client.post(address, form)
        page = answer.content.decode()
        assert answer.status_code in (200, 400)
        assert said in page, address
        assert "<details open" in page
    assert not Order.objects.exists()


def test_a_code_typed_in_the_trolley_goes_along_and_is_kept_nowhere(
    client: Client,
) -> None:
    camera = product(price=10_000)
    code("AUTUMN", limit=1)
    fill(client, {camera.sku: 1})
    answer = client.post("/trolley/code/", {"voucher": "autumn"})
    assert "£90.00" in answer.content.decode()
    assert not answer.cookies
    begun = client.post("/checkout/", {"begin": "1", "voucher": "AUTUMN"})
    page = begun.content.decode()
    assert begun.status_code == 200
    assert 'value="AUTUMN"' in page
    assert "There is" not in page
    assert not Order.objects.exists()
    assert Voucher.objects.get().used == 0


def test_a_code_is_spent_by_placing_and_given_back_by_lapsing(client: Client) -> None:
    camera = product(price=10_000, stock=5)
    voucher = code("ONCE", limit=1)
    order = order_with(client, {camera.sku: 1}, "ONCE")
    other = order_with(Client(), {camera.sku: 1}, "ONCE")
    payment = orders.place(order=order, sure=True)
    assert payment.amount_pence == 9_000
    assert used(voucher) == 1
    with pytest.raises(vouchers.Refused):
        orders.place(order=other, sure=True, again=True)
    assert not other.holds.exists()
    order.refresh_from_db()
    payments.close(order, Status.LAPSED, "expired")
    assert used(voucher) == 0
    orders.place(order=other, sure=True, again=True)
    assert used(voucher) == 1
    # Paid after all, when the code is another's: a person looks.
    assert not vouchers.kept(order=order)


def test_the_review_page_says_that_the_code_has_gone(client: Client) -> None:
    camera = product(price=10_000, stock=5)
    voucher = code("ONCE", limit=1)
    order = order_with(client, {camera.sku: 1}, "ONCE")
    VoucherUse.objects.create(voucher=voucher, order=None)
    answer = client.post(f"/orders/{order.token}/review/", {"seen": order.seen})
    assert answer.status_code == 409
    assert "This code has been used" in answer.content.decode()


def test_an_order_may_change_and_keep_its_own_single_code(client: Client) -> None:
    camera = product(price=10_000, stock=5)
    voucher = code("ONCE", limit=1)
    order = order_with(client, {camera.sku: 1}, "ONCE")
    move_order(order.token, Status.PENDING, placed_at=timezone.now())
    VoucherUse.objects.create(voucher=voucher, order=order)
    assert vouchers.find("ONCE", goods_pence=10_000, order=order) == voucher
    with pytest.raises(vouchers.Refused):
        vouchers.find("ONCE", goods_pence=10_000)


def test_an_order_without_its_code_costs_the_full_price_again(client: Client) -> None:
    camera = product(price=10_000)
    code("AUTUMN")
    order = order_with(client, {camera.sku: 1}, "AUTUMN")
    page = client.get(f"/orders/{order.token}/change/").content.decode()
    assert 'value="AUTUMN"' in page
    answer = client.post(f"/orders/{order.token}/change/", {**PRIYA, "voucher": ""})
    assert answer.status_code == 303
    order.refresh_from_db()
    assert (order.total_pence, order.off_pence, order.voucher) == (10_000, 0, None)


def test_what_was_paid_for_a_piece_is_what_comes_back(client: Client) -> None:
    camera = product(price=10_000)
    code("AUTUMN")
    order = order_with(client, {camera.sku: 3}, "AUTUMN")
    (line,) = order.lines.all()
    assert refunds.line_parts({line: 2}).lines == {line.pk: (2, 18_000)}
    line.cancelled = 1
    line.save(update_fields=["cancelled"])
    assert captures.owed(order) == 18_000


def test_the_database_counts_and_refuses_by_itself() -> None:
    voucher = code("ONCE", limit=1)
    first = VoucherUse.objects.create(voucher=voucher, order=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        VoucherUse.objects.create(voucher=voucher, order=None)
    assert used(voucher) == VoucherUse.objects.count() == 1
    first.delete()
    assert used(voucher) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        code("lower case")
    with pytest.raises(IntegrityError), transaction.atomic():
        code("TOOMUCH", kind=Voucher.Kind.FIXED, amount=1_000, least_pence=1_000)


def test_without_a_code_nothing_is_asked_of_the_codes(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    camera: Product = product()
    fill(client, {camera.sku: 1})
    for address in ("/trolley/", "/checkout/"):
        client.get(address)  # what every visitor sees is asked for once
        with django_assert_max_num_queries(4):
            page = client.get(address).content.decode()
        assert "offer code" in page
        assert "<details open" not in page


def used(voucher: Voucher) -> int:
    voucher.refresh_from_db()
    return voucher.used
