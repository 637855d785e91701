"""More for an order that is paid for: paid anew, or left as it was (R5, R6)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.utils import timezone

from jessops.lib.money import pounds
from members.models import Member
from newsletter.models import Message
from shop import tasks
from shop.actions import amending, cancelling, captures, dispatch
from shop.models import (
    Amendment,
    Document,
    Hold,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Product,
    Status,
    Stock,
)
from tests.bank import DECLINED, TestBank
from tests.builders import draft_token, product
from tests.shop.sale_cast import deliver, hand_over, parcel
from tests.staff import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera() -> Product:
    return product(name="Nikon FM2", price=34_900, stock=5)


@pytest.fixture
def lens() -> Product:
    return product(name="Nikkor 50", price=12_050, stock=3)


@pytest.fixture
def order(client: Client, bank: TestBank, camera: Product) -> Order:
    found = bank.buy(client, draft_token(client, {camera.sku: 1}))
    assert found.status == Status.AUTHORISED
    Order.objects.filter(pk=found.pk).update(review="")
    return Order.objects.get(pk=found.pk)


def shelf(thing: Product) -> tuple[int, int]:
    row = Stock.objects.get(pk=thing.pk)
    return row.on_hand, row.held


def bank_row(bank: TestBank, payment: Payment) -> dict[str, Any]:
    rows = bank.ledger()
    return next(row for row in rows if row["payment_intent"] == payment.intent)


def answer(client: Client, order: Order, act: str) -> Any:
    return client.post(f"/orders/{order.token}/more/", {"act": act})


def offered(order: Order, camera: Product, lens: Product) -> Amendment:
    wanted = {camera.sku: 1, lens.sku: 2}
    return amending.offer(order=order, wanted=wanted, by="staff:1")


def settle_all() -> None:
    """Let the reconciler ask the bank, as it does every minute."""
    Payment.objects.update(checked_at=None)
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        tasks.reconcile_payments()


def test_more_is_paid_anew_and_the_first_payment_ends(
    client: Client, bank: TestBank, order: Order, camera: Product, lens: Product
) -> None:
    first = order.payments.get()
    made = offered(order, camera, lens)
    assert made.added_pence == 34_900 + 2 * 12_050
    assert made.total_pence == order.total_pence + made.added_pence
    assert (shelf(camera), shelf(lens)) == ((4, 1), (3, 2))
    waits = Order.objects.get(pk=order.pk)
    assert waits.review == "amendment"
    assert waits.total_pence == order.total_pence  # nothing is added before it is paid
    with pytest.raises(dispatch.NotPossible):
        dispatch.start(order=waits, by="staff:1")
    letter = Message.objects.get(key__startswith="amendment:")
    page = client.get(f"/orders/{order.token}/more/")
    for said in (letter.text, letter.html, page.text):
        assert "2 x Nikkor 50" in said
        assert pounds(made.total_pence) in said
    assert f"/orders/{order.token}/more/" in client.get(order.get_absolute_url()).text

    url = answer(client, order, "pay")["Location"]
    assert order.payments.get(status="open").amount_pence == made.total_pence
    assert order.payments.get(status="authorised") == first
    bank.come_back(client, bank.pay(url))

    now = Order.objects.get(pk=order.pk)
    paid = now.payments.get(status=PaymentStatus.AUTHORISED)
    assert paid.amount_pence == now.total_pence == made.total_pence
    assert now.goods_pence == sum(line.line_pence for line in now.lines.all())
    vat = sum(line.vat_pence for line in now.lines.all()) + now.delivery_vat_pence
    assert now.vat_pence == vat
    assert now.review == ""
    pieces = dict(now.lines.values_list("sku", "quantity"))
    assert pieces == {camera.sku: 2, lens.sku: 2}
    assert (shelf(camera), shelf(lens)) == ((3, 0), (1, 0))
    assert not Hold.objects.exists()
    first.refresh_from_db()
    assert first.status == PaymentStatus.VOIDING
    settle_all()
    first.refresh_from_db()
    assert first.status == PaymentStatus.VOID
    assert bank_row(bank, first)["status"] == "canceled"
    assert Message.objects.filter(key__startswith="amended:").count() == 1

    # and it is sent, taken and put on paper as any other
    deliver(hand_over(parcel(now)))
    (capture,) = captures.due(limit=9) or list(paid.captures.all())
    captures.take(capture=capture)
    assert bank_row(bank, paid)["captured"] == now.total_pence
    assert Document.objects.get(order=now).total_pence == now.total_pence


def test_left_as_it_was_nothing_is_kept(
    client: Client, order: Order, camera: Product, lens: Product
) -> None:
    offered(order, camera, lens)
    assert answer(client, order, "leave").status_code == 303
    assert (shelf(camera), shelf(lens)) == ((4, 0), (3, 0))
    now = Order.objects.get(pk=order.pk)
    assert (now.review, now.total_pence) == ("", order.total_pence)
    assert Amendment.objects.get().state == "withdrawn"
    assert "Nothing waits" in client.get(f"/orders/{order.token}/more/").text
    assert answer(client, order, "pay").status_code == 200  # over is over


def test_unpaid_it_lapses_and_a_late_payment_is_given_back(
    client: Client, bank: TestBank, order: Order, camera: Product, lens: Product
) -> None:
    made = offered(order, camera, lens)
    url = answer(client, order, "pay")["Location"]
    Amendment.objects.update(until=timezone.now() - timedelta(hours=2))
    tasks.lapse_orders()
    made.refresh_from_db()
    assert made.state == "lapsed"
    assert shelf(lens) == (3, 0)
    bank.come_back(client, bank.pay(url))
    settle_all()
    late = order.payments.get(amendment=made)
    assert late.status == PaymentStatus.VOID
    assert bank_row(bank, late)["status"] == "canceled"
    now = Order.objects.get(pk=order.pk)
    assert (now.status, now.total_pence) == (Status.AUTHORISED, order.total_pence)
    assert now.payments.get(status="authorised").amendment is None


def test_a_card_that_is_refused_changes_nothing(
    client: Client, bank: TestBank, order: Order, camera: Product, lens: Product
) -> None:
    offered(order, camera, lens)
    bank.pay(answer(client, order, "pay")["Location"], DECLINED)
    settle_all()
    now = Order.objects.get(pk=order.pk)
    assert now.status == Status.AUTHORISED
    assert now.total_pence == order.total_pence
    assert "Thank you" in client.get(order.get_absolute_url()).text
    assert Amendment.objects.get().state == "offered"


def test_a_cancelled_order_takes_no_more(
    client: Client, bank: TestBank, order: Order, camera: Product, lens: Product
) -> None:
    offered(order, camera, lens)
    url = answer(client, order, "pay")["Location"]
    cancelling.cancel(order=order, by="customer")
    assert Amendment.objects.get().state == "withdrawn"
    assert (shelf(camera), shelf(lens)) == ((5, 0), (3, 0))
    bank.come_back(client, bank.pay(url))
    settle_all()
    assert set(order.payments.values_list("status", flat=True)) == {"void"}
    for payment in order.payments.all():
        assert bank_row(bank, payment)["status"] == "canceled"


def test_two_presses_and_two_windows_open_one_page(
    client: Client, order: Order, camera: Product, lens: Product
) -> None:
    offered(order, camera, lens)
    found: list[str] = []

    def press() -> None:
        found.append(answer(Client(), order, "pay")["Location"])
        connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert order.payments.count() == 2
    assert len(set(found) - {order.get_absolute_url()}) == 1


@pytest.mark.parametrize("gone", ["packed", "taken", "cancelled"])
def test_nothing_is_added_to_what_goes(
    order: Order, camera: Product, lens: Product, gone: str
) -> None:
    if gone == "packed":
        parcel(order)
    elif gone == "taken":
        captures.ask_early(order=order, by="staff:1")
    else:
        cancelling.cancel(order=order, by="customer")
    with pytest.raises(amending.AmendError):
        offered(order, camera, lens)
    assert not Hold.objects.exists()


def test_what_cannot_be_added_says_why(
    order: Order, camera: Product, lens: Product
) -> None:
    gone = product(name="Old", stock=5, discontinued=True)
    for wanted, said in (
        ({lens.sku: 4}, f"3 of {lens.sku}"),
        ({"NO-SUCH": 1}, "NO-SUCH"),
        ({gone.sku: 1}, gone.sku),
        ({lens.sku: 0}, "between 1 and"),
        ({}, "what is to be added"),
    ):
        with pytest.raises(amending.AmendError, match=said):
            amending.offer(order=order, wanted=wanted, by="staff:1")
    assert shelf(lens) == (3, 0)
    assert Order.objects.get(pk=order.pk).review == ""


def test_staff_offer_and_withdraw_on_the_orders_page(
    order: Order, camera: Product, lens: Product
) -> None:
    client = Client()
    boss = Member.objects.create_superuser("boss@jessops.example", "twelve letters")
    sign_in(client, boss)
    page = f"/admin/shop/order/{order.pk}/amend/"
    assert "Offer it to the buyer" in client.get(page).text
    wrong = client.post(page, {"sku-0": "nothing", "many-0": "1", "many-2": "3"})
    assert wrong.status_code == 200
    assert "Say of what" in wrong.text
    assert 'value="nothing"' in wrong.text
    sent = {"sku-0": lens.sku.lower(), "many-0": "1", "sku-1": lens.sku, "many-1": "1"}
    assert client.post(page, sent).status_code == 302
    assert Amendment.objects.get().lines.get().quantity == 2
    shown = client.get(f"/admin/shop/order/{order.pk}/change/").text
    assert "The buyer is asked to pay for more" in shown
    assert client.post(page, {"act": "withdraw"}).status_code == 302
    assert Amendment.objects.get().state == "withdrawn"
    codes = OrderEvent.objects.filter(order_number=order.number)
    assert codes.filter(code="amendment-withdrawn", by=f"staff:{boss.pk}").exists()


def test_money_that_was_taken_meanwhile_leaves_the_order_as_it_was(
    client: Client, bank: TestBank, order: Order, camera: Product, lens: Product
) -> None:
    """The bank says yes after the money was taken early: it must not count."""
    offered(order, camera, lens)
    url = answer(client, order, "pay")["Location"]
    captures.ask_early(order=order, by="staff:1")
    bank.come_back(client, bank.pay(url))
    now = Order.objects.get(pk=order.pk)
    assert now.total_pence == order.total_pence
    late = order.payments.get(amendment__isnull=False)
    assert late.status in (PaymentStatus.VOIDING, PaymentStatus.VOID)
