"""R6: only legal moves, whoever makes them; money and goods are conserved."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import product as pairs
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from shop import states
from shop.actions import cancelling, captures, losses, payments, refunds, returns
from shop.clients.bank import BankError
from shop.models import (
    Amendment,
    Capture,
    Consignment,
    ConsignmentLine,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    Product,
    Refund,
    Return,
    ReturnLine,
    Status,
    Stock,
    StockMovement,
)
from tests.builders import product
from tests.shop import sale_cast
from tests.shop.fake_bank import FakeBank

pytestmark = pytest.mark.django_db

VALUES: dict[str, type[models.TextChoices]] = {
    "order": Status,
    "payment": PaymentStatus,
    "consignment": Consignment.State,
    "capture": Capture.State,
    "refund": Refund.State,
    "return": Return.State,
    "amendment": Amendment.State,
}
MODELS: dict[str, type[models.Model]] = {
    "order": Order,
    "payment": Payment,
    "consignment": Consignment,
    "capture": Capture,
    "refund": Refund,
    "return": Return,
    "amendment": Amendment,
}


def test_the_table_knows_every_state_and_no_other() -> None:
    assert set(states.MOVES) == set(states.TABLES) == set(VALUES)
    for noun, moves in states.MOVES.items():
        named = {state for move in moves for state in move}
        assert named == set(VALUES[noun].values), noun
        model = MODELS[noun]
        assert states.TABLES[noun][0] == model._meta.db_table


def test_the_database_has_the_same_moves() -> None:
    with connection.cursor() as cursor:
        for noun in states.TABLES:
            cursor.execute(
                "SELECT prosrc FROM pg_proc WHERE proname = %s",
                [states.function_of(noun)],
            )
            assert cursor.fetchone() == (states.body(noun),)


def test_every_move_names_an_action_that_there_is() -> None:
    for moves in states.MOVES.values():
        for action in set(moves.values()):
            module, name = action.split(".")
            found = Path("shop/actions", f"{module}.py").read_text()
            assert re.search(rf"^def {name}\(", found, re.M), action


def test_the_page_about_states_is_the_table() -> None:
    assert Path("docs/states.md").read_text() == states.page()


@pytest.mark.parametrize("noun", VALUES)
def test_the_database_refuses_every_other_move(noun: str) -> None:
    """By raw SQL, every illegal edge; and, as a control, the legal ones."""
    table, column = states.TABLES[noun]
    row = rows()[noun]
    legal = 0
    with connection.cursor() as cursor:
        for old, new in pairs(VALUES[noun].values, repeat=2):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with suppress(Rollback), transaction.atomic():
                place(cursor, table, column, row.pk, old)
                try:
                    with transaction.atomic():
                        cursor.execute(
                            f"UPDATE {table} SET {column} = %s WHERE id = %s",  # noqa: S608
                            [new, row.pk],
                        )
                    went = True
                except IntegrityError as error:
                    went = f"{table} does not go" not in str(error)
                assert went == (old == new or (old, new) in states.MOVES[noun]), (
                    old,
                    new,
                )
                legal += went
                raise Rollback
    assert legal == len(states.MOVES[noun]) + len(VALUES[noun].values)


class Rollback(Exception):
    """Undo the block."""


def place(cursor: Any, table: str, column: str, pk: int, state: str) -> None:
    """Put a row into a state past the trigger, with the times it may need."""
    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    cursor.execute(
        "SELECT conname FROM pg_constraint"
        " WHERE contype = 'c' AND conrelid = %s::regclass",
        [table],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute(
        f"UPDATE {table} SET {column} = %s WHERE id = %s",  # noqa: S608
        [state, pk],
    )
    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def rows() -> dict[str, models.Model]:
    found = sale_cast.paid({product(stock=5): 2})
    payment = found.payments.get()
    consignment = sale_cast.parcel(found)
    capture = Capture.objects.create(
        payment=payment, amount_pence=100, key="c", by="x", consignment=consignment
    )
    back = Return.objects.create(
        order=found,
        number="R26-0000-0001",
        reason="faulty",
        by="x",
        asked_at=payment.expires_at,
    )
    done = Capture.objects.create(
        payment=payment,
        amount_pence=200,
        key="d",
        by="x",
        state="done",
        done_at=payment.expires_at,
    )
    refund = Refund.objects.create(
        order=found,
        payment=payment,
        amount_pence=done.amount_pence,
        reason="goodwill",
        key="r",
        asked_by="x",
        due_on="2026-12-01",
    )
    return {
        "order": found,
        "payment": payment,
        "consignment": consignment,
        "capture": capture,
        "refund": refund,
        "return": back,
        "amendment": Amendment.objects.create(
            order=found,
            added_pence=100,
            total_pence=100,
            until=payment.expires_at,
            by="x",
        ),
    }


# --- thousands of steps ---------------------------------------------------------------


class AfterTheSale(RuleBasedStateMachine):
    """One order at a time of two products, and all that may happen to it."""

    bank: FakeBank
    things: list[Product]
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.buy(1, 2, several=True)

    def buy(self, first: int, second: int, several: bool) -> None:
        a, b = self.things
        self.order = sale_cast.paid({a: first, b: second}, several=several)
        self.payment = self.order.payments.get()
        self.intent = self.bank.agree(self.payment)
        for thing, many in ((a, first), (b, second)):  # what is sold comes in again
            Stock.objects.filter(pk=thing.pk).update(on_hand=models.F("on_hand") + many)
            StockMovement.objects.create(
                product=thing, quantity=many, reason="received"
            )

    @rule(first=st.integers(1, 3), second=st.integers(1, 3), several=st.booleans())
    def another_order(self, first: int, second: int, several: bool) -> None:
        self.bank.lose_next = False
        self.at_rest()
        self.buy(first, second, several)

    @rule()
    def lose_the_next_answer(self) -> None:
        self.bank.lose_next = True

    @rule()
    def pay_again(self) -> None:
        with suppress(BankError):
            payments.settle(payment=self.payment, by="webhook")

    @rule()
    def cancel(self) -> None:
        with suppress(cancelling.CancelError, captures.CaptureError):
            cancelling.cancel(order=self.order, by="customer")

    @rule(which=st.integers(0, 1), many=st.integers(1, 3))
    def cancel_some(self, which: int, many: int) -> None:
        line = list(self.order.lines.all())[which]
        with suppress(cancelling.CancelError):
            cancelling.cancel_rest(
                order=self.order, pieces={line.pk: many}, by="staff:1"
            )

    @rule(a=st.integers(0, 3), b=st.integers(0, 3))
    def send_a_parcel(self, a: int, b: int) -> None:
        lines = list(self.order.lines.all())
        pieces = {
            line: min(many, cancelling.free(line))
            for line, many in zip(lines, (a, b), strict=True)
        }
        pieces = {line: many for line, many in pieces.items() if many}
        self.order.refresh_from_db()
        if pieces and self.order.status == Status.AUTHORISED:
            wanted = {line.pk: many for line, many in pieces.items()}
            wrong = (captures.NothingReserved, losses.NotOnTheShelf)
            with suppress(*wrong), transaction.atomic():
                losses.replace(order=self.order, wanted=wanted, by="staff:1")
                sale_cast.hand_over(sale_cast.parcel(self.order, pieces))

    @rule()
    def deliver(self) -> None:
        for one in self.order.consignments.filter(state="handed-over")[:1]:
            sale_cast.deliver(one)

    @rule()
    def lose_a_parcel(self) -> None:
        self.order.consignments.filter(state="handed-over").update(state="lost")
        Order.objects.filter(pk=self.order.pk).update(sent_at=None)

    @rule()
    def a_parcel_comes_back(self) -> None:
        self.order.consignments.filter(state="handed-over").update(state="returned")
        Order.objects.filter(pk=self.order.pk).update(sent_at=None)

    @rule()
    def take(self) -> None:
        for one in Capture.objects.filter(payment=self.payment)[:3]:
            with suppress(BankError):
                captures.take(capture=one)
            with suppress(captures.CaptureError):
                captures.again(capture=one, by="staff:1")

    @rule()
    def take_early(self) -> None:
        with suppress(captures.CaptureError):
            captures.ask_early(order=self.order, by="staff:1")

    @rule(pence=st.integers(1, 60_000), form=st.integers(1, 6))
    def ask_refund(self, pence: int, form: int) -> None:
        self.number += 1
        with suppress(refunds.RefundError):
            refunds.ask(
                order=self.order,
                pence=pence,
                reason=Refund.Reason.GOODWILL,
                by="staff:1",
                limit=20_000,
                attempt=f"{self.order.number}-{form}",
            )

    @rule(agree=st.booleans())
    def second_person(self, agree: bool) -> None:
        for one in self.order.refunds.filter(state="waiting")[:1]:
            with pytest.raises(refunds.SamePerson):
                refunds.approve(refund=one, by=one.asked_by)
            (refunds.approve if agree else refunds.refuse)(refund=one, by="staff:2")

    @rule()
    def send_refunds(self) -> None:
        for one in self.order.refunds.all()[:4]:
            with suppress(BankError):
                refunds.send(refund=one)
            with suppress(refunds.TooMuch):
                refunds.again(refund=one, by="staff:1")

    @rule(pence=st.integers(1, 9_000))
    def refund_at_the_bank(self, pence: int) -> None:
        free = self.intent.received - self.intent.refunded
        if self.intent.status == "succeeded" and pence <= free:
            self.intent.refunds[f"their-{len(self.intent.refunds)}"] = pence

    @rule()
    def authorisation_ends(self) -> None:
        if self.intent.status == "requires_capture":
            self.intent.status = "succeeded" if self.intent.received else "canceled"

    @rule(which=st.integers(0, 1), many=st.integers(1, 2))
    def announce_a_return(self, which: int, many: int) -> None:
        line = list(self.order.lines.all())[which]
        self.number += 1
        with suppress(returns.ReturnError):
            returns.ask(
                order=self.order,
                pieces={line.pk: many},
                reason=Return.Reason.FAULTY,
                by="customer",
                attempt=f"{self.order.number}-{self.number}",
            )

    @rule(what=st.sampled_from(["new", "scrap"]), end=st.integers(0, 3))
    def return_goes_on(self, what: str, end: int) -> None:
        for back in self.order.returns.filter(state__in=["asked", "received"])[:1]:
            if end == 0:
                returns.withdraw(back=back, by="customer")
            elif back.state == "asked":
                found = returns.Found(ReturnLine.Found(what))
                returns.receive(
                    back=back,
                    found={line.pk: found for line in back.lines.all()},
                    by="staff:1",
                )
            elif end == 1:
                returns.refuse(back=back, by="staff:1")
            else:
                pence = returns.due_to(back).worth
                with suppress(refunds.TooMuch):
                    returns.settle(back=back, pence=pence, by="staff:1", limit=20_000)

    @invariant()
    def money_is_whole(self) -> None:
        AfterTheSale.steps += 1
        taken, given = sums(self.payment)
        assert taken <= self.intent.received <= self.intent.amount
        assert given <= self.intent.refunded <= self.intent.received
        assert given <= taken

    @invariant()
    def goods_are_whole(self) -> None:
        for thing in self.things:
            moved = StockMovement.objects.filter(product=thing)
            on_hand = Stock.objects.get(pk=thing.pk).on_hand
            assert on_hand == moved.aggregate(all=Sum("quantity"))["all"]
            line = OrderLine.objects.get(order=self.order, product=thing)
            mine = moved.filter(order_number=self.order.number)
            balance = -int(mine.aggregate(all=Sum("quantity"))["all"] or 0)
            # Booked out, and neither in a parcel, nor lost, nor back: kept for it here.
            kept = balance + back(line) - away(line)
            closed = Order.objects.get(pk=self.order.pk).status == Status.CANCELLED
            assert 0 <= kept <= (0 if closed else cancelling.free(line))

    def teardown(self) -> None:
        self.bank.lose_next = False
        self.at_rest()

    def at_rest(self) -> None:
        """When all that waits has been done, our books are the bank's, to the penny."""
        for _ in range(3):
            for capture in Capture.objects.filter(payment=self.payment, state="asked"):
                captures.take(capture=capture)
            self.payment.refresh_from_db()
            if self.payment in captures.rests():
                captures.let_rest_go(payment=self.payment)
            payments.settle(payment=self.payment, by="reconciler")
            for refund in self.order.refunds.filter(state="asked"):
                refunds.send(refund=refund)
        taken, given = sums(self.payment)
        assert taken == self.intent.received
        assert given == self.intent.refunded or self.intent.status != "succeeded"
        self.order.refresh_from_db()
        failed = self.order.refunds.filter(state="failed").exists()
        if failed or self.payment.captures.filter(state="failed").exists():
            return  # a person looks
        # Nobody has paid, after all, for what was cancelled.
        closed = self.order.status == Status.CANCELLED
        counts = self.order.refunds.filter(state__in=Refund.COUNTS)
        given = int(counts.aggregate(all=Sum("amount_pence"))["all"] or 0)
        assert taken - given <= (0 if closed else captures.owed(self.order))


def sums(payment: Payment) -> tuple[int, int]:
    given = payment.refunds.filter(state="done").aggregate(all=Sum("amount_pence"))
    return captures.taken(payment), int(given["all"] or 0)


def away(line: OrderLine) -> int:
    """How many of a line are in parcels, on their way, delivered or lost."""
    boxes = ConsignmentLine.objects.filter(line=line).exclude(
        consignment__state__in=["cancelled", "returned"]
    )
    return sum(boxes.values_list("quantity", flat=True))


def back(line: OrderLine) -> int:
    """How many of a line were sent back by their buyer and are on the shelf."""
    found = ReturnLine.objects.filter(line=line).exclude(found__in=["", "scrap"])
    return sum(found.values_list("quantity", flat=True))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[AfterTheSale]]:
    AfterTheSale.bank = FakeBank()
    AfterTheSale.bank.use(monkeypatch)
    AfterTheSale.things = [product(stock=50), product(stock=50, price=1_234)]
    AfterTheSale.steps = 0
    yield AfterTheSale
    ConsignmentLine.objects.all().delete()


def test_thousands_of_steps_keep_money_and_goods(machine: type[AfterTheSale]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    assert machine.steps > 400
