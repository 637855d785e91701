"""A code that is spent by many at once (R4)."""

import pytest
from django.utils import timezone

from shop.actions import orders, vouchers
from shop.delivery import quotes
from shop.models import Order, Payment, Voucher, VoucherUse
from tests.builders import product
from tests.concurrency import race

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS = 30


@pytest.mark.parametrize("limit", [1, 5])
def test_thirty_at_once_spend_a_code_as_often_as_it_goes(limit: int) -> None:
    film = product(stock=CUSTOMERS, price=10_000)
    voucher = Voucher.objects.create(
        code="LAST",
        kind=Voucher.Kind.PERCENT,
        amount=10,
        limit=limit,
        starts_at=timezone.now(),
        made_by="test",
    )
    waiting = [_drafted(film.sku, voucher) for _ in range(CUSTOMERS)]
    found = race.outcomes(lambda order: orders.place(order=order, sure=True), waiting)
    placed = [one for one in found if isinstance(one, Payment)]
    refused = [one for one in found if isinstance(one, vouchers.Refused)]
    assert len(placed) == limit, found
    assert len(refused) == CUSTOMERS - limit
    voucher.refresh_from_db()
    assert voucher.used == VoucherUse.objects.count() == limit
    assert Order.objects.filter(holds__isnull=False).count() == limit
    # One that is refused is as it was: nothing held, nothing placed.
    assert Order.objects.filter(status="draft").count() == CUSTOMERS - limit


def test_the_same_order_placed_many_times_spends_its_code_once() -> None:
    film = product(stock=CUSTOMERS, price=10_000)
    voucher = Voucher.objects.create(
        code="LAST",
        kind=Voucher.Kind.PERCENT,
        amount=10,
        limit=5,
        starts_at=timezone.now(),
        made_by="test",
    )
    order = _drafted(film.sku, voucher)
    found = race.outcomes(
        lambda _: orders.place(order=order, sure=True), range(CUSTOMERS)
    )
    assert {one.pk for one in found if isinstance(one, Payment)} == {
        order.payments.get().pk
    }
    voucher.refresh_from_db()
    assert voucher.used == 1


def _drafted(sku: str, voucher: Voucher) -> Order:
    contents = race.contents_of({sku: 1})
    contents.voucher = voucher
    quote = quotes(
        now=timezone.now(),
        goods_pence=contents.goods_pence,
        postcode="SL7 1EY",
        loose_lithium=False,
    )[0]
    return orders.draft(details=race.details(), contents=contents, quote=quote)
