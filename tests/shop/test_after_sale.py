"""After the sale, through the customer's pages and the real stand-in bank."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.db import connections
from django.test import Client
from django.utils import timezone

from newsletter.models import Message
from shop import tasks
from shop.actions import cancelling, captures, payments, refunds, renewing, returns
from shop.models import (
    Capture,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Product,
    Refund,
    Return,
    ReturnLine,
    Status,
    Stock,
)
from tests.bank import TestBank
from tests.builders import draft_token, product
from tests.shop.sale_cast import deliver, hand_over, paid, parcel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera() -> Product:
    return product(name="Nikon FM2", price=34_900, stock=5)


@pytest.fixture
def order(client: Client, bank: TestBank, camera: Product) -> Order:
    found = bank.buy(client, draft_token(client, {camera.sku: 2}))
    assert found.status == Status.AUTHORISED
    return found


def on_hand(thing: Product) -> int:
    return Stock.objects.get(pk=thing.pk).on_hand


def mine(bank: TestBank, order: Order) -> dict[str, Any]:
    intent = order.payments.get().intent
    return next(row for row in bank.ledger() if row["payment_intent"] == intent)


def subjects() -> list[str]:
    """What was written to the customer after the confirmation, by the alphabet."""
    found = sorted(message.subject for message in Message.objects.all())
    first = ("Your order", "A question about")
    return [one for one in found if not one.startswith(first)]


def sent(order: Order) -> Order:
    hand_over(parcel(order))
    tasks.move_money()
    for capture in Capture.objects.filter(payment__order=order):
        captures.take(capture=capture)
    order.refresh_from_db()
    return order


# --- cancelling -----------------------------------------------------------------------


def test_the_customer_cancels_before_dispatch_at_once(
    client: Client, bank: TestBank, order: Order, camera: Product
) -> None:
    box = parcel(order)
    url = f"/orders/{order.token}/cancel/"
    assert "Cancel this order" in client.get(order.get_absolute_url()).content.decode()
    assert "nothing is taken" in client.get(url).content.decode()
    order.refresh_from_db()
    assert order.status == Status.AUTHORISED, "looking changes nothing"
    for _ in range(2):
        client.post(url)
    order.refresh_from_db()
    box.refresh_from_db()
    assert (order.status, order.closed_why) == (Status.CANCELLED, "customer")
    assert box.state == "cancelled"
    assert on_hand(camera) == 5
    assert order.payments.get().status == PaymentStatus.VOID
    assert mine(bank, order)["status"] == "canceled"
    assert subjects() == [f"Order {order.number} is cancelled"]


def test_what_has_left_is_not_cancelled(
    client: Client, bank: TestBank, order: Order, camera: Product
) -> None:
    sent(order)
    page = client.post(f"/orders/{order.token}/cancel/").content.decode()
    assert "It has left already" in page
    order.refresh_from_db()
    assert order.status == Status.AUTHORISED
    assert on_hand(camera) == 3


def test_a_bank_that_is_away_gives_back_later(
    client: Client, bank: TestBank, order: Order
) -> None:
    bank.sandbox.fault(party="bank", kind="error", status=500)
    client.post(f"/orders/{order.token}/cancel/")
    assert order.payments.get().status == PaymentStatus.VOIDING
    bank.sandbox.clear_faults()
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        tasks.reconcile_payments()
    assert order.payments.get().status == PaymentStatus.VOID


# --- taking the money -----------------------------------------------------------------


def test_two_parcels_are_taken_in_two_parts_and_no_penny_more(
    bank: TestBank, order: Order
) -> None:
    line = order.lines.get()
    hand_over(parcel(order, {line: 1}))
    first = Capture.objects.get()
    bank.sandbox.fault(party="bank", kind="lost_answer", count=1)
    tasks.take_capture(first.pk)
    first.refresh_from_db()
    assert first.state == Capture.State.ASKED, "the answer was lost"
    tasks.take_capture(first.pk)
    assert mine(bank, order)["captured"] == first.amount_pence
    order.refresh_from_db()
    assert order.sent_at is None
    hand_over(parcel(order, {line: 1}))
    for capture in Capture.objects.all():
        tasks.take_capture(capture.pk)
    order.refresh_from_db()
    row = mine(bank, order)
    assert (row["captured"], row["refunded"]) == (order.total_pence, 0)
    assert order.sent_at is not None
    assert order.payments.get().status == PaymentStatus.CAPTURED


def test_what_will_not_come_is_not_charged(
    bank: TestBank, order: Order, camera: Product
) -> None:
    line = order.lines.get()
    hand_over(parcel(order, {line: 1}))
    cancelling.cancel_rest(order=order, pieces={line.pk: 1}, by="staff:1")
    tasks.take_capture(Capture.objects.get().pk)
    for payment in captures.rests():
        captures.let_rest_go(payment=payment)
    row = mine(bank, order)
    assert row["status"] == "succeeded"
    assert row["captured"] == order.total_pence - line.unit_pence
    assert row["refunded"] == 0
    assert on_hand(camera) == 4
    assert captures.rests() == []


def test_on_the_sixth_day_the_customer_is_told_once(
    bank: TestBank, order: Order
) -> None:
    payment = order.payments.get()
    assert payment.capture_before is not None
    assert renewing.warn() == 0
    with time_machine.travel(payment.capture_before - timedelta(hours=30)):
        assert [renewing.warn(), renewing.warn()] == [1, 0]
    assert subjects() == [f"Order {order.number} is late"]


# --- R17: refunds ---------------------------------------------------------------------


def at_once(count: int, act: Any) -> list[Any]:
    """Do it in threads with connections of their own, from one barrier."""
    barrier, found = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            barrier.wait()
            found.append(act(number))
        except Exception as error:
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def ask(order: Order, pence: int, attempt: str, limit: int | None = None) -> Refund:
    return refunds.ask(
        order=order,
        pence=pence,
        reason=Refund.Reason.GOODWILL,
        by="staff:1",
        limit=limit,
        attempt=attempt,
    )


def test_twenty_clicks_on_one_form_give_back_once(bank: TestBank, order: Order) -> None:
    sent(order)

    def click(number: int) -> int:
        refund = ask(order, 5_000, "one-form")
        refunds.send(refund=refund)
        return refund.pk

    found = at_once(20, click)
    assert len({one for one in found if isinstance(one, int)}) == 1
    tasks.send_refund(Refund.objects.get().pk)
    assert Refund.objects.get().state == Refund.State.DONE
    assert mine(bank, order)["refunded"] == 5_000
    events = OrderEvent.objects.filter(order_number=order.number, code="refund-asked")
    assert events.count() == 1
    assert subjects().count(f"Money back for order {order.number}") == 1


def test_parts_at_once_never_give_back_more_than_was_taken(
    bank: TestBank, order: Order
) -> None:
    sent(order)
    part = order.total_pence // 3 + 1
    found = at_once(6, lambda number: ask(order, part, f"form-{number}"))
    assert sum(isinstance(one, Refund) for one in found) == 2
    assert sum(isinstance(one, refunds.TooMuch) for one in found) == 4
    for refund in Refund.objects.all():
        refunds.send(refund=refund)
    assert mine(bank, order)["refunded"] == 2 * part


def test_the_bank_was_before_us(bank: TestBank, order: Order) -> None:
    """Somebody gave all back on the bank's own page; ours is refused, and seen."""
    sent(order)
    refund = ask(order, 5_000, "ours")
    intent = order.payments.get().intent
    key = bank.sandbox.api_key
    requests.post(
        f"{bank.sandbox.base}/bank/v1/refunds",
        data={"payment_intent": intent, "amount": order.total_pence},
        headers={"Authorization": f"Bearer {key}"},
        timeout=10,
    ).raise_for_status()
    refunds.send(refund=refund)
    refund.refresh_from_db()
    order.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert "refund" in order.review_codes
    for _ in range(2):
        payments.settle(payment=order.payments.get(), by="reconciler")
    theirs = Refund.objects.get(reason="bank")
    assert (theirs.amount_pence, theirs.state) == (order.total_pence, "done")


def test_above_the_limit_a_second_person_agrees(bank: TestBank, order: Order) -> None:
    sent(order)
    refund = ask(order, 30_000, "big", limit=25_000)
    assert refund.state == Refund.State.WAITING
    refunds.send(refund=refund)
    assert mine(bank, order)["refunded"] == 0
    with pytest.raises(refunds.SamePerson):
        refunds.approve(refund=refund, by="staff:1")
    refunds.approve(refund=refund, by="staff:2")
    refunds.send(refund=refund)
    assert mine(bank, order)["refunded"] == 30_000
    assert ask(order, 25_000, "small", limit=25_000).state == Refund.State.ASKED


def test_a_lost_answer_gives_back_once_even_after_the_banks_memory(
    bank: TestBank, order: Order
) -> None:
    sent(order)
    refund = ask(order, 5_000, "lost")
    bank.sandbox.fault(party="bank", kind="lost_answer", count=1)
    tasks.send_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.state == Refund.State.ASKED
    bank.sandbox.clear_faults()
    bank.sandbox.post_json("/bank/clock", {"advance": 26 * 3600})
    tasks.send_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.state == Refund.State.DONE
    assert mine(bank, order)["refunded"] == 5_000


# --- sending back ---------------------------------------------------------------------


def test_a_return_from_the_page_to_the_money(
    client: Client, bank: TestBank, order: Order, camera: Product
) -> None:
    url = f"/orders/{order.token}/return/"
    assert "you can" in client.get(url).content.decode()  # nothing has left
    sent(order)
    deliver(order.consignments.get())
    page = client.post(url, {"attempt": "a" * 24}).content.decode()
    assert "There are 2 things to fix" in page
    asked = {
        "attempt": "a" * 24,
        f"quantity-{camera.sku}": "2",
        "reason": "changed-mind",
    }
    for _ in range(2):
        assert client.post(url, asked).status_code == 303
    back = Return.objects.get()
    label = f"{url}{back.number}/label/"
    assert f'href="{label}"' in client.get(url).content.decode()
    assert client.get(label).content.startswith(b"%PDF-")
    other = f"/orders/{'a' * len(order.token)}/return/{back.number}/label/"
    assert client.get(other).status_code == 404
    found = returns.Found(ReturnLine.Found.NEW)
    line = back.lines.get()
    returns.receive(back=back, found={line.pk: found}, by="staff:1")
    assert client.get(label).status_code == 404, "it has come"
    back.refresh_from_db()
    assert on_hand(camera) == 5
    assert back.refund_due_on is not None
    parts = returns.due_to(back)
    assert parts.worth == order.total_pence, "all of it, and its delivery"
    refund = returns.settle(
        back=back, pence=order.total_pence, by="staff:1", limit=None
    )
    refunds.send(refund=refund)
    assert mine(bank, order)["refunded"] == order.total_pence
    assert "given back" in client.get(url).content.decode()
    assert subjects() == [
        f"Money back for order {order.number}",
        f"Sending back from order {order.number}",
        f"We have what you sent back from order {order.number}",
    ]


def test_fourteen_days_for_a_change_of_mind_and_longer_for_a_fault(
    client: Client, camera: Product
) -> None:
    order = paid({camera: 1})
    box = hand_over(parcel(order))
    order.refresh_from_db()
    assert returns.last_day(order) is None, "it has not come yet"
    deliver(box, at=timezone.now())
    end = returns.last_day(order)
    assert end is not None
    line = order.lines.get()

    def ask_(reason: Return.Reason, attempt: str) -> Return:
        return returns.ask(
            order=order, pieces={line.pk: 1}, reason=reason, by="x", attempt=attempt
        )

    with time_machine.travel(f"{end}T22:00:00Z"):
        first = ask_(Return.Reason.CHANGED_MIND, "1")
        returns.withdraw(back=first, by="x")
    with time_machine.travel(timezone.now() + timedelta(days=16)):
        with pytest.raises(returns.TooLate):
            ask_(Return.Reason.CHANGED_MIND, "2")
        ask_(Return.Reason.FAULTY, "3")
        with pytest.raises(returns.NotSent):
            ask_(Return.Reason.FAULTY, "4")


@pytest.mark.parametrize(
    ("condition", "shelf", "used"), [("new", 5, 0), ("used", 4, 1), ("scrap", 4, 0)]
)
def test_what_comes_back_goes_where_it_belongs(
    camera: Product, condition: str, shelf: int, used: int
) -> None:
    second_hand = product(name="Used FM2", stock=0)
    order = paid({camera: 1})
    hand_over(parcel(order))
    line = order.lines.get()
    back = returns.ask(
        order=order,
        pieces={line.pk: 1},
        reason=Return.Reason.FAULTY,
        by="x",
        attempt="1",
    )
    into = second_hand.pk if condition == "used" else None
    found = returns.Found(ReturnLine.Found(condition), into)
    for _ in range(2):
        returns.receive(back=back, found={back.lines.get().pk: found}, by="x")
    assert (on_hand(camera), on_hand(second_hand)) == (shelf, used)


def test_a_part_comes_back_without_delivery_and_the_rest_with_it(
    camera: Product,
) -> None:
    order = paid({camera: 2})
    hand_over(parcel(order))
    capture = Capture.objects.get()
    Capture.objects.filter(pk=capture.pk).update(state="done", done_at=timezone.now())
    Payment.objects.update(status="captured")
    line = order.lines.get()
    worth = []
    for number in "12":
        back = returns.ask(
            order=order,
            pieces={line.pk: 1},
            reason=Return.Reason.CHANGED_MIND,
            by="x",
            attempt=number,
        )
        found = returns.Found(ReturnLine.Found.NEW)
        returns.receive(back=back, found={back.lines.get().pk: found}, by="x")
        worth.append(returns.due_to(back).worth)
        returns.settle(back=back, pence=worth[-1], by="x", limit=None)
    assert worth == [34_900, 34_900 + 495]
