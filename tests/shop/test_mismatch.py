"""What does not match is never fulfilled, and a person looks at it (R14)."""

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as current
from django.test import Client
from pytest_django import Settings

from newsletter.models import Message
from shop.actions import payments
from shop.clients import bank as bank_client
from shop.models import (
    BankEvent,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Product,
    Status,
    Stock,
    StockMovement,
)
from tests.bank import TestBank
from tests.builders import draft_token, product

pytestmark = pytest.mark.django_db

PERSONAL = (
    "Priya",
    "Raman",
    "priya@example.co.uk",
    "01628",
    "496000",
    "Mill Lane",
    "SL7",
    "1EY",
)


@pytest.fixture
def camera() -> Product:
    return product(stock=5)


def paid_at_the_bank(bank: TestBank, thing: Product, **changes: str) -> Payment:
    """An order whose payment page was filled in; the shop does not know yet."""
    client = Client()
    token = draft_token(client, {thing.sku: 1}, **changes)
    bank.pay(bank.place(client, token))
    return Payment.objects.select_related("order").get(order__token=token)


# Makes what we hold and what the bank says differ.
Twist = Callable[[Payment, Any], None]


def assert_not_fulfilled(payment: Payment, why: str) -> None:
    payment.refresh_from_db()
    order = Order.objects.get(pk=payment.order_id)
    assert payment.status == PaymentStatus.REFUSED
    assert payment.mismatch == why
    assert payment.authorised_at is None
    assert (order.status, order.closed_why) == (Status.LAPSED, "mismatch")
    assert "payment" in order.review.split()
    assert order.authorised_at is None
    assert not order.holds.exists()
    sold = StockMovement.objects.filter(reason="sold", order_number=order.number)
    assert not sold.exists()
    # of which its buyer hears once, however often it is reported (P10)
    (letter,) = Message.objects.filter(about=order.about)
    assert letter.key.startswith(f"trouble:{order.number}:payment:")
    told = OrderEvent.objects.filter(order_number=order.number, code="authorised")
    assert not told.exists()


def assert_logged_without_a_person(
    caplog: pytest.LogCaptureFixture, order: Order, why: str
) -> None:
    found = [r for r in caplog.records if r.getMessage() == "payment does not match"]
    assert [r.levelno for r in found] == [logging.ERROR]
    assert vars(found[0])["order"] == order.number
    assert vars(found[0])["reason"] == why
    for record in caplog.records:
        said = " ".join(str(value) for value in vars(record).values())
        for personal in (*PERSONAL, order.token):
            assert personal not in said


def change(**values: Any) -> Twist:
    """Have our own row of the payment say something else than the bank."""

    def apply(payment: Payment, _: Any) -> None:
        Payment.objects.filter(pk=payment.pk).update(**values)

    return apply


def by_a_penny(step: int) -> Twist:
    def apply(payment: Payment, _: Any) -> None:
        Payment.objects.filter(pk=payment.pk).update(
            amount_pence=payment.amount_pence + step
        )

    return apply


def live(_: Payment, settings: Settings) -> None:
    settings.STRIPE_LIVE = True


WRONG: dict[str, tuple[Twist, str]] = {
    "a penny too little": (by_a_penny(+1), "amount"),
    "a penny too much": (by_a_penny(-1), "amount"),
    "another currency": (change(currency="eur"), "currency"),
    "of the other mode": (live, "mode"),
    "another reference": (change(reference="somebody-elses"), "reference"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_match_is_refused(
    bank: TestBank,
    camera: Product,
    name: str,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    twist, why = WRONG[name]
    payment = paid_at_the_bank(bank, camera)
    twist(payment, settings)
    payment.refresh_from_db()
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            payments.settle(payment=payment, by="webhook")
    assert_not_fulfilled(payment, why)
    assert_logged_without_a_person(caplog, payment.order, why)
    assert Stock.objects.filter(pk=camera.pk, on_hand=5, held=0).exists()


def test_two_orders_with_their_references_swapped_are_both_refused(
    bank: TestBank, camera: Product
) -> None:
    first = paid_at_the_bank(bank, camera)
    second = paid_at_the_bank(bank, camera, full_name="Somebody Else")
    one, two = first.reference, second.reference
    for payment, reference in ((first, "aside"), (second, one), (first, two)):
        Payment.objects.filter(pk=payment.pk).update(reference=reference)
    for payment in (first, second):
        payment.refresh_from_db()
        payments.settle(payment=payment, by="webhook")
        assert_not_fulfilled(payment, "reference")
    assert Stock.objects.get().held == 0


def test_a_session_paid_for_another_order_fulfils_nothing(
    bank: TestBank, camera: Product
) -> None:
    """The cheap one is paid, and its session is passed off as the dear one's."""
    cheap = paid_at_the_bank(bank, camera)
    dear = product(price=144_900, stock=2)
    client = Client()
    token = draft_token(client, {dear.sku: 1}, full_name="Somebody Else")
    bank.place(client, token)
    payment = Payment.objects.get(order__token=token)
    session, cheap.session = cheap.session, None
    cheap.save()
    Payment.objects.filter(pk=payment.pk).update(session=session)
    payment.refresh_from_db()
    payments.settle(payment=payment, by="return")
    assert_not_fulfilled(payment, "reference")


def test_a_refused_payment_leaves_the_other_reasons_to_look(
    bank: TestBank, camera: Product
) -> None:
    payment = paid_at_the_bank(bank, camera, line1="99 Nowhere Street")
    assert payment.order.review == "address"
    by_a_penny(1)(payment, current)
    payment.refresh_from_db()
    payments.settle(payment=payment, by="webhook")
    assert_not_fulfilled(payment, "amount")
    assert Order.objects.get().review == "address payment"


def test_the_return_page_says_what_happened(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    answer = bank.pay(bank.place(client, token))
    Payment.objects.update(amount_pence=10_001)
    response = bank.come_back(client, answer)
    assert response.status_code == 303
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert_not_fulfilled(Payment.objects.get(), "amount")
    # What is in the trolley was not bought, so it stays there.
    assert client.cookies["trolley"].value == f"1|{camera.sku}:1"


DEVIATIONS: dict[str, dict[str, Any]] = {
    "reference": {"reference": "another"},
    "no reference": {"reference": ""},
    "amount": {"amount": 1},
    "amount of the intent": {"intent_amount": 1},
    "currency": {"currency": "eur"},
    "currency of the intent": {"intent_currency": "usd"},
    "mode": {"live": True},
    "unpaid": {"intent_status": "requires_payment_method"},
    "processing": {"intent_status": "processing"},
    "no intent": {"intent": "", "intent_status": "", "intent_amount": 0},
    "a state nobody knows": {"intent_status": "something_new"},
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_single_fact_that_differs_is_enough(
    bank: TestBank, camera: Product, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A genuine answer of the bank with one fact of it exchanged."""
    payment = paid_at_the_bank(bank, camera)
    genuine = bank_client.retrieve_session(
        session=str(payment.session), about=payment.order.about
    )
    assert genuine.status == "complete"
    twisted = dataclasses.replace(genuine, **DEVIATIONS[name])
    monkeypatch.setattr(bank_client, "retrieve_session", lambda **_: twisted)
    payments.settle(payment=payment, by="webhook")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.REFUSED
    assert_not_fulfilled(payment, payment.mismatch)
    monkeypatch.setattr(bank_client, "retrieve_session", lambda **_: genuine)
    payments.settle(payment=payment, by="webhook")
    assert_not_fulfilled(payment, payment.mismatch)  # refused once is refused


def test_unknown_sessions_are_answered_well_and_ask_nobody(
    client: Client, bank: TestBank, caplog: pytest.LogCaptureFixture
) -> None:
    """200, or the bank tells us for three days; and no question to the bank."""
    asked = len(bank.sandbox.get_json("/egress.json"))
    found = {
        "object": "checkout.session",
        "id": "cs_somebody_elses",
        "customer_details": {"email": "priya@example.co.uk", "name": "Priya Raman"},
    }
    with caplog.at_level(logging.DEBUG):
        assert bank.tell(client, bank.event("checkout.session.completed", found)) == 200
    # No transaction is committed in this test, so its task is run by hand.
    payments.process_event(event=BankEvent.objects.get())
    assert BankEvent.objects.get().outcome == "unknown"
    assert len(bank.sandbox.get_json("/egress.json")) == asked
    kept = " ".join(str(v) for v in BankEvent.objects.values_list().get())
    for personal in PERSONAL:
        assert personal not in kept
        assert personal not in caplog.text


@pytest.mark.parametrize("name", WRONG)
def test_control_without_the_comparison_it_would_be_fulfilled(
    bank: TestBank,
    camera: Product,
    name: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(payments, "_mismatch", lambda *_: "")
    twist, why = WRONG[name]
    payment = paid_at_the_bank(bank, camera)
    twist(payment, settings)
    payment.refresh_from_db()
    payments.settle(payment=payment, by="webhook")
    assert Order.objects.get().status == Status.AUTHORISED
    with pytest.raises(AssertionError):
        assert_not_fulfilled(payment, why)
