"""Ten units and fifty buyers: ten are sold, and forty hear that it is sold out (R1)."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection
from django.db.models import F, Sum

from shop.actions import orders, stock
from shop.models import Hold, Order, Product, Status, Stock, StockMovement
from tests.builders import product
from tests.concurrency.race import (
    Buyer,
    Shop,
    at_once,
    at_review,
    connected,
    one_value,
    order_of,
    outcomes,
    walk,
)

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = 50
UNITS = 10
ROUNDS = 10
CONTROL_BUYERS = 12
CONTROL_UNITS = 4

# One statement, so one moment: what must hold at every moment.
BOOKS = """
SELECT on_hand + coalesce((SELECT sum(-quantity) FROM shop_stockmovement m
           WHERE m.product_id = s.product_id AND reason = 'sold'), 0) = %s
   AND held = coalesce((SELECT sum(quantity) FROM shop_hold h
           WHERE h.product_id = s.product_id), 0)
   AND held <= on_hand
FROM shop_stock s WHERE s.product_id = %s
"""


class Auditor:
    """Counts again and again, while others buy, whether the books are right."""

    def __init__(self, thing: Product, initial: int) -> None:
        self.thing = thing
        self.initial = initial
        self.polls = 0
        self.wrong = 0
        self.over = threading.Event()

    def run(self) -> None:
        try:
            while not self.over.wait(0.02):
                self.polls += 1
                self.wrong += not one_value(BOOKS, self.initial, self.thing.pk)
        finally:
            connection.close()

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join()


def quantities(number: int) -> list[int]:
    """One each in the first half of the rounds, one to three in the second."""
    if number < ROUNDS // 2:
        return [1] * BUYERS
    return [1 + (index * index + number) % 3 for index in range(BUYERS)]


def sold(thing: Product) -> int:
    found = StockMovement.objects.filter(product=thing, reason="sold")
    return -(found.aggregate(total=Sum("quantity"))["total"] or 0)


def pay(shop: Shop, winners: Iterable[Buyer]) -> None:
    """Pay at the bank, and come back to the shop, at once."""

    def one(buyer: Buyer) -> None:
        answer = shop.bank.pay(buyer.answers[-1].location)
        assert answer.status_code == 303
        path = answer.headers["Location"].removeprefix(shop.server.url)
        came = shop.send("GET", path, trolley=buyer.trolley)
        assert came.status == 303, came.body

    at_once(one, winners)


def test_fifty_buyers_of_ten_units_ten_times(shop: Shop) -> None:
    walked = False
    for number in range(ROUNDS):
        camera = product(stock=UNITS)
        wanted = quantities(number)
        arrive = at_review if walked else lambda lines: walk(shop, lines)
        buyers = [arrive({camera.sku: quantity}) for quantity in wanted]
        walked = True
        auditor = Auditor(camera, UNITS)
        with auditor.watching():
            at_once(shop.press, buyers)
            winners = [b for b in buyers if b.answers[0].status == 303]
            losers = [b for b in buyers if b.answers[0].status != 303]
            left = UNITS - sum(b.trolley[camera.sku] for b in winners)
            row = Stock.objects.get(pk=camera.pk)
            assert (row.on_hand, row.held) == (UNITS, UNITS - left)

            for buyer in losers:
                assert buyer.answers[0].status == 409, buyer.answers[0].body
                assert "Sold out while you were here" in buyer.answers[0].body
                # Nobody was turned away while there was enough for them.
                assert buyer.trolley[camera.sku] > left
            assert left >= 0
            assert left == 0 or max(wanted) > 1

            pay(shop, winners)
        row = Stock.objects.get(pk=camera.pk)
        assert (row.on_hand, row.held) == (left, 0)
        assert sold(camera) == UNITS - left
        assert {order_of(b).status for b in winners} == {Status.AUTHORISED}
        assert {order_of(b).status for b in losers} == {Status.DRAFT}
        assert auditor.polls > 10
        assert auditor.wrong == 0
    assert not Hold.objects.exists()


# --- the same race with a protection taken away -------------------------------------


def without_lock(products: Iterable[int]) -> dict[int, Stock]:
    return {row.pk: row for row in Stock.objects.filter(pk__in=list(products))}


@contextmanager
def without_constraint() -> Iterator[None]:
    """The table as it would be without its last line of defence, for a while."""
    constraint = next(
        c for c in Stock._meta.constraints if c.name == "stock_held_within_on_hand"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(Stock, constraint)
    try:
        yield
    finally:
        Hold.objects.all().delete()
        Stock.objects.update(held=0)
        with connection.schema_editor() as editor:
            editor.add_constraint(Stock, constraint)


def place(buyer: Buyer) -> bool:
    """Place the order in this process; whether it is held."""
    try:
        orders.place(order=Order.objects.get(token=buyer.token), sure=True)
    except orders.SoldOut:
        return False
    return True


def rounds() -> Iterator[tuple[int, list[bool | Exception]]]:
    """Race in-process; yield how much was held of CONTROL_UNITS, and each outcome."""
    for _ in range(ROUNDS):
        camera = product(stock=CONTROL_UNITS)
        buyers = [at_review({camera.sku: 1}) for _ in range(CONTROL_BUYERS)]
        results = outcomes(place, buyers, ready=connected)
        yield Stock.objects.get(pk=camera.pk).held, results


def test_control_without_lock_and_constraint_the_same_code_oversells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stock, "lock", without_lock)
    with without_constraint():
        oversold = [held > CONTROL_UNITS for held, _ in rounds()]
    assert sum(oversold) >= 9


def test_control_read_then_write_oversells() -> None:
    """What a shop does that counts in Python."""
    oversold = 0
    for _ in range(ROUNDS):
        camera = product(stock=CONTROL_UNITS)

        def buy(_: int, pk: int = camera.pk) -> bool:
            if Stock.objects.get(pk=pk).available < 1:
                return False
            Stock.objects.filter(pk=pk).update(held=F("held") + 1)
            return True

        with without_constraint():
            bought = at_once(buy, range(2 * CONTROL_BUYERS), ready=connected)
        oversold += sum(bought) > CONTROL_UNITS
    assert oversold >= 9


def test_the_lock_alone_does_not_oversell() -> None:
    with without_constraint():
        for held, results in rounds():
            assert held == CONTROL_UNITS == results.count(True)
            assert results.count(False) == CONTROL_BUYERS - CONTROL_UNITS


def test_the_constraint_alone_does_not_oversell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stock, "lock", without_lock)
    refused = 0
    for held, results in rounds():
        assert held <= CONTROL_UNITS
        assert held == results.count(True)
        refused += sum(isinstance(result, IntegrityError) for result in results)
    assert refused > 0


def test_the_auditor_sees_books_that_are_wrong() -> None:
    camera = product(stock=UNITS)
    assert one_value(BOOKS, UNITS, camera.pk)
    assert not one_value(BOOKS, UNITS + 1, camera.pk)
    Stock.objects.filter(pk=camera.pk).update(held=1)
    assert not one_value(BOOKS, UNITS, camera.pk)
