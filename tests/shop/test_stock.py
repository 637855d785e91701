"""Stock is neither made nor lost, and its ledger cannot be rewritten (R1, R6)."""

import contextlib
import itertools
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shop.actions import stock
from shop.models import (
    Hold,
    Order,
    OrderEvent,
    OrderLine,
    Product,
    Status,
    Stock,
    StockMovement,
)
from tests.builders import product

pytestmark = pytest.mark.django_db

LEAST_STEPS = 1000
_numbers = itertools.count(1)


def order_for(wanted: dict[Product, int]) -> Order:
    """An order as far as stock is concerned."""
    number = next(_numbers)
    now = timezone.now()
    order = Order.objects.create(
        number=f"T26-{number:08d}",
        token=f"token-{number}",
        status=Status.PENDING,
        placed_at=now,
        good_until=now,
        full_name="Priya Raman",
        email="priya@example.co.uk",
        policy_version=1,
        delivery="standard",
        delivery_pence=0,
        delivery_vat_pence=0,
        delivery_on=now.date(),
        goods_pence=0,
        vat_pence=0,
        total_pence=0,
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product=thing,
            position=position,
            sku=thing.sku,
            name=thing.name,
            quantity=quantity,
            unit_pence=100,
            line_pence=100 * quantity,
            vat="standard",
            vat_pence=0,
            warranty_months=24,
        )
        for position, (thing, quantity) in enumerate(wanted.items())
    )
    return order


COUNTS = """
SELECT product_id, on_hand, held,
    coalesce((SELECT sum(quantity) FROM shop_stockmovement m
        WHERE m.product_id = s.product_id), 0),
    coalesce((SELECT sum(quantity) FROM shop_hold h
        WHERE h.product_id = s.product_id), 0)
FROM shop_stock s WHERE product_id = ANY(%s)
"""


class Shelf(RuleBasedStateMachine):
    """Orders come and go over three products; what is on the shelf is counted along.

    `shelf` is what must be there, `kept` the quantities each order holds, and `gone`
    those that it bought.
    """

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    @initialize(counts=st.tuples(*[st.integers(0, 6)] * 3))
    def open(self, counts: tuple[int, ...]) -> None:
        self.things = [product(stock=count) for count in counts]
        self.shelf = {thing.pk: thing.stock.on_hand for thing in self.things}
        self.orders: list[Order] = []
        self.kept: dict[int, dict[int, int]] = {}
        self.ended: set[int] = set()
        self.gone: dict[int, dict[int, int]] = {}
        self.returned: set[int] = set()

    def held(self, pk: int, *, leave_out: int = 0, ended_too: bool = True) -> int:
        return sum(
            wanted.get(pk, 0)
            for order, wanted in self.kept.items()
            if order != leave_out and (ended_too or order not in self.ended)
        )

    def pick(self, number: int) -> Order:
        return self.orders[number % len(self.orders)]

    def wanted(self, order: Order) -> dict[int, int]:
        return {line.product_id or 0: line.quantity for line in order.lines.all()}

    def forget_ended(self, products: Iterable[int]) -> None:
        """Whoever locks a product's row first frees what ended of it."""
        for order in self.ended & set(self.kept):
            for pk in products:
                self.kept[order].pop(pk, None)

    @rule(wanted=st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any))
    def order(self, wanted: list[int]) -> None:
        pairs = zip(self.things, wanted, strict=True)
        self.orders.append(order_for({t: n for t, n in pairs if n}))

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 99))
    def hold(self, number: int) -> None:
        """As orders.place does: what is held goes first, then all of it or none."""
        order = self.pick(number)
        if order.pk in self.gone:
            return
        now = timezone.now()
        wanted = self.wanted(order)
        stock.release(order=order)
        self.kept.pop(order.pk, None)
        self.ended.discard(order.pk)
        short = stock.hold(
            order=order, wanted=wanted, until=now + timedelta(hours=1), now=now
        )
        self.forget_ended(wanted)
        left = {pk: self.shelf[pk] - self.held(pk) for pk in wanted}
        assert short == {pk: left[pk] for pk in wanted if left[pk] < wanted[pk]}
        if not short:
            self.kept[order.pk] = wanted

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 99), times=st.integers(1, 2))
    def release(self, number: int, times: int) -> None:
        order = self.pick(number)
        for _ in range(times):
            stock.release(order=order)
        self.kept.pop(order.pk, None)

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 99))
    def sell(self, number: int) -> None:
        order = self.pick(number)
        if order.pk in self.gone:
            return
        wanted = self.wanted(order)
        with transaction.atomic():
            done = stock.sell(order=order, by="test")
        self.kept.pop(order.pk, None)
        self.forget_ended(wanted)
        fits = all(self.shelf[pk] - self.held(pk) >= n for pk, n in wanted.items())
        assert done == fits
        if done:
            self.gone[order.pk] = wanted
            for pk, quantity in wanted.items():
                self.shelf[pk] -= quantity

    @precondition(lambda self: self.gone)
    @rule(number=st.integers(0, 99))
    def sell_again(self, number: int) -> None:
        """A sale is booked once, whatever is repeated."""
        pk = sorted(self.gone)[number % len(self.gone)]
        order = Order.objects.get(pk=pk)
        with contextlib.suppress(IntegrityError), transaction.atomic():
            assert not stock.sell(order=order, by="test")
            transaction.set_rollback(True)

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 99), times=st.integers(1, 2))
    def put_back(self, number: int, times: int) -> None:
        order = self.pick(number)
        for _ in range(times):
            stock.put_back(order=order, by="test")
        if order.pk in self.gone and order.pk not in self.returned:
            self.returned.add(order.pk)
            for pk, quantity in self.gone[order.pk].items():
                self.shelf[pk] += quantity

    @precondition(lambda self: self.kept)
    @rule(number=st.integers(0, 99))
    def time_passes(self, number: int) -> None:
        """One order's holds come to their end, and nobody has noticed yet."""
        pk = sorted(self.kept)[number % len(self.kept)]
        Hold.objects.filter(order=pk).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )
        self.ended.add(pk)

    @rule()
    def sweep(self) -> None:
        stock.sweep_ended_holds()
        self.forget_ended(self.shelf)

    @rule(number=st.integers(0, 2), more=st.integers(1, 3))
    def receive(self, number: int, more: int) -> None:
        thing = self.things[number]
        StockMovement.objects.create(
            product=thing, quantity=more, reason=StockMovement.Reason.RECEIVED
        )
        Stock.objects.filter(pk=thing.pk).update(on_hand=F("on_hand") + more)
        self.shelf[thing.pk] += more

    @invariant()
    def nothing_made_and_nothing_lost(self) -> None:
        type(self).steps += 1
        with connection.cursor() as cursor:
            cursor.execute(COUNTS, [list(self.shelf)])
            for pk, on_hand, held, moved, kept in cursor.fetchall():
                assert on_hand == self.shelf[pk] == moved
                assert held == self.held(pk) == kept
                assert 0 <= held <= on_hand


def run(examples: int) -> int:
    """Run the machine; how many steps it took."""
    Shelf.steps = 0
    run_state_machine_as_test(
        Shelf,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            database=None,
            # A fault is found or not; its shortest story is for whoever mends it.
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Shelf.steps


def test_stock_is_conserved_whatever_happens_in_whatever_order() -> None:
    steps = run(40)
    print(f"{steps} steps")
    assert steps >= LEAST_STEPS


def keep_the_count(*, order: Order) -> None:
    """A release that forgets to give back."""
    order.holds.all().delete()


def put_back_again(*, order: Order, by: str) -> None:
    """An undoing that does not look whether it was done."""
    for movement in StockMovement.objects.filter(
        order_number=order.number, reason=StockMovement.Reason.SOLD
    ):
        Stock.objects.filter(pk=movement.product_id).update(
            on_hand=F("on_hand") - movement.quantity
        )


def no_ledger(rows: Iterable[StockMovement]) -> list[StockMovement]:
    """A sale that is not written down."""
    return list(rows)


STOCK = "shop.actions.stock"
FAULTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "a release that keeps the count": (f"{STOCK}.release", keep_the_count),
    "a sale undone twice": (f"{STOCK}.put_back", put_back_again),
    "a sale that is not written down": (
        f"{STOCK}.StockMovement.objects.bulk_create",
        no_ledger,
    ),
    "ended holds never freed": (f"{STOCK}.free_ended_holds", lambda **_: None),
}


@pytest.mark.parametrize("name", FAULTS)
def test_control_the_machine_finds_a_planted_fault(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*FAULTS[name])
    with pytest.raises((AssertionError, DatabaseError)):
        run(500)  # at most: it stops at the first


# --- what the database itself refuses -------------------------------------------------


def execute(sql: str, *values: str | int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    "change",
    [
        "held = on_hand + 1",
        "on_hand = -1",
        "held = -1",
        "on_hand = held - 1",
    ],
)
def test_the_database_refuses_impossible_counts(change: str) -> None:
    thing = product(stock=3)
    Stock.objects.filter(pk=thing.pk).update(held=2)
    with pytest.raises(IntegrityError):
        execute(
            f"UPDATE shop_stock SET {change} WHERE product_id = %s",  # noqa: S608
            thing.pk,
        )


@pytest.mark.parametrize("table", ["shop_stockmovement", "shop_orderevent"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {table} SET at = now()",
        "UPDATE {table} SET id = id",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "TRUNCATE {table} CASCADE",
    ],
)
def test_the_ledgers_cannot_be_rewritten(table: str, sql: str) -> None:
    product(stock=3)
    OrderEvent.objects.create(order_number="J26-0000-0001", code="placed", by="test")
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no pending checks
    with pytest.raises(DatabaseError, match=f"{table} is append-only"):
        execute(sql.format(table=table))
    assert StockMovement.objects.count() == OrderEvent.objects.count() == 1


def test_control_without_their_triggers_the_ledgers_could_be_rewritten() -> None:
    """A replica's session skips triggers: the same statements then pass."""
    product(stock=3)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE shop_stockmovement SET quantity = 4")
        cursor.execute("DELETE FROM shop_stockmovement")
        assert cursor.rowcount == 1
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_the_same_sale_cannot_be_booked_twice() -> None:
    thing = product(stock=3)
    sale = {"product": thing, "quantity": -1, "order_number": "J26-0000-0001"}
    StockMovement.objects.create(**sale, reason="sold")
    with pytest.raises(IntegrityError), transaction.atomic():
        StockMovement.objects.create(**sale, reason="sold")


def delete(thing: Product) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_stock WHERE product_id = %s", [thing.pk])
        cursor.execute("DELETE FROM shop_product WHERE id = %s", [thing.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_what_has_a_history_cannot_be_deleted() -> None:
    thing = product(stock=3)
    with pytest.raises(IntegrityError):
        delete(thing)
