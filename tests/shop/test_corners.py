"""The corners of the purchase path: what must hold where two things cross."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from newsletter.models import Message
from shop import search, tasks
from shop.actions import addresses, catalogue, orders, payments, stock
from shop.clients import bank as client_of_bank
from shop.clients.addresses import AddressesUnavailable
from shop.clients.bank import BankRefused, BankUnavailable
from shop.models import (
    BankEvent,
    Hold,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    PostcodeAddresses,
    Product,
    Status,
    Stock,
)
from tests.bank import DECLINED, TestBank
from tests.builders import draft_token, product
from tests.sandbox.customer import Bank

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera() -> Product:
    return product(name="Nikon FM2", price=34_900, stock=3)


def placed(client: Client, camera: Product) -> Order:
    order = Order.objects.get(token=draft_token(client, {camera.sku: 1}))
    orders.place(order=order, sure=True)
    order.refresh_from_db()
    return order


def opened(client: Client, bank: TestBank, camera: Product) -> tuple[Order, str]:
    """An order whose payment page is open, and the page's address."""
    token = draft_token(client, {camera.sku: 1})
    return Order.objects.get(token=token), bank.place(client, token)


def paid_at_the_bank(bank: TestBank, order: Order, url: str) -> Payment:
    """Pay without the shop hearing of it."""
    assert bank.pay(url).status_code == 303
    return order.payments.get()


def intent_of(payment: Payment) -> str:
    found = client_of_bank.retrieve_session(session=str(payment.session), about="")
    return found.intent


def cancel_by_staff(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(
        status=Status.CANCELLED, closed_at=timezone.now(), closed_why="staff"
    )


def let_go(order: Order) -> None:
    with transaction.atomic():
        stock.release(order=order)


def stock_of(thing: Product) -> tuple[int, int]:
    return Stock.objects.values_list("on_hand", "held").get(pk=thing.pk)


# --- orders ---------------------------------------------------------------------------


def test_a_number_that_is_taken_is_not_given_twice(
    client: Client, camera: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_token(client, {camera.sku: 1})
    taken = Order.objects.get().number
    numbers = iter([taken, taken, "J26-0000-0001"])
    monkeypatch.setattr(orders, "_number", lambda: next(numbers))
    draft_token(client, {camera.sku: 2})
    assert Order.objects.filter(number="J26-0000-0001").exists()
    monkeypatch.setattr(orders, "_number", lambda: taken)
    with pytest.raises(orders.OrderError, match="no free order number"):
        draft_token(client, {camera.sku: 3})
    assert Order.objects.count() == 2


def test_the_same_form_that_came_in_between_is_the_same_order(
    client: Client, camera: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked for the attempt before either had written it."""
    attempt = "one-rendered-form-of-the-checkout"
    first = draft_token(client, {camera.sku: 1}, attempt=attempt)
    real = orders._existing
    looks: list[str | None] = []

    def late(wanted: str | None, order: Order | None) -> Order | None:
        looks.append(wanted)
        return None if len(looks) == 1 else real(wanted, order)

    monkeypatch.setattr(orders, "_existing", late)
    assert draft_token(client, {camera.sku: 2}, attempt=attempt) == first
    assert len(looks) == 2
    assert OrderLine.objects.get().quantity == 2


def test_what_was_paid_between_the_look_and_the_lock_is_not_placed(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order, url = opened(client, bank, camera)
    stale = Order.objects.get(pk=order.pk)
    bank.come_back(client, bank.pay(url))
    with pytest.raises(orders.NotOpen):
        orders.place(order=stale, sure=True)


# --- payments -------------------------------------------------------------------------


def test_a_payment_whose_page_is_being_opened_is_waited_for(
    client: Client, camera: Product
) -> None:
    order = placed(client, camera)
    payment = payments.settle(payment=order.payments.get(), by="reconciler")
    assert payment.status == PaymentStatus.CREATING
    assert Order.objects.get().status == Status.PENDING


def test_a_payment_taken_back_after_its_page_was_given_up_changes_nothing(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order, url = opened(client, bank, camera)
    payment = paid_at_the_bank(bank, order, url)
    client_of_bank.cancel_intent(intent=intent_of(payment), about=order.about)
    session = client_of_bank.retrieve_session(
        session=str(payment.session), about=order.about
    )
    # A reconciler gave it up in the moment after another had asked the bank.
    Payment.objects.update(status=PaymentStatus.VOIDING)
    payments._apply(payment, session, "webhook")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.VOIDING
    assert not Message.objects.exists()


def test_the_second_payment_of_one_order_goes_back_and_the_first_stands(
    client: Client, bank: TestBank, camera: Product
) -> None:
    """The first page was given up here and paid there; then the second was paid."""
    order, url = opened(client, bank, camera)
    late = paid_at_the_bank(bank, order, url)
    Payment.objects.update(status=PaymentStatus.EXPIRED)
    again = bank.place(client, order.token)
    assert again != url
    bank.come_back(client, bank.pay(again))
    before = Message.objects.count()
    payments.settle(payment=Payment.objects.get(pk=late.pk), by="webhook")
    late.refresh_from_db()
    order.refresh_from_db()
    # Given up means given up until the bank says otherwise: it is looked at again.
    assert late.status == PaymentStatus.VOID
    assert order.status == Status.AUTHORISED
    assert stock_of(camera) == (2, 0)
    assert Message.objects.count() == before


def test_a_payment_taken_back_after_staff_cancelled_books_nothing_twice(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    payment = order.payments.get()
    with transaction.atomic():
        stock.put_back(order=order, by="staff")
    cancel_by_staff(order)
    before = Message.objects.count()
    client_of_bank.cancel_intent(intent=str(payment.intent), about=order.about)
    payments.settle(payment=payment, by="webhook")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.VOID
    assert stock_of(camera) == (3, 0)
    assert Message.objects.count() == before
    assert Order.objects.get().closed_why == "staff"


def test_a_page_that_ends_after_staff_cancelled_leaves_the_order_as_it_is(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order, _ = opened(client, bank, camera)
    payment = order.payments.get()
    let_go(order=order)
    cancel_by_staff(order)
    client_of_bank.expire_session(session=str(payment.session), about=order.about)
    payments.settle(payment=payment, by="webhook")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.EXPIRED
    assert Order.objects.get().closed_why == "staff"
    assert stock_of(camera) == (3, 0)


def test_paid_and_taken_back_after_staff_cancelled_sends_no_mail(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order, url = opened(client, bank, camera)
    payment = paid_at_the_bank(bank, order, url)
    client_of_bank.cancel_intent(intent=intent_of(payment), about=order.about)
    let_go(order=order)
    cancel_by_staff(order)
    payments.settle(payment=payment, by="webhook")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.VOID
    assert Order.objects.get().closed_why == "staff"
    assert not Message.objects.exists()


def test_a_mismatch_found_after_the_order_lapsed_is_still_looked_at(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order, url = opened(client, bank, camera)
    payment = paid_at_the_bank(bank, order, url)
    let_go(order=order)
    Order.objects.update(
        status=Status.LAPSED, closed_at=timezone.now(), closed_why="expired"
    )
    Payment.objects.update(status=PaymentStatus.VOIDING, amount_pence=1_000)
    session = client_of_bank.retrieve_session(
        session=str(payment.session), about=order.about
    )
    payments._apply(payment, session, "webhook")
    order.refresh_from_db()
    assert (order.status, order.closed_why) == (Status.LAPSED, "expired")
    assert "payment" in order.review_codes
    assert order.payments.get().status == PaymentStatus.REFUSED


def test_what_was_never_authorised_needs_no_bank_to_be_given_back(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = placed(client, camera)
    Payment.objects.update(status=PaymentStatus.VOIDING)
    bank.sandbox.fault(party="bank", kind="error", status=500)
    payments.settle(payment=order.payments.get(), by="reconciler")
    assert order.payments.get().status == PaymentStatus.VOID


# --- events ---------------------------------------------------------------------------


def event_of(session: str, **values: object) -> BankEvent:
    event = payments.take_event(
        event_id="evt_lost",
        type="checkout.session.completed",
        object_id=session,
        session=session,
        intent="",
    )
    past = timezone.now() - timedelta(minutes=1)
    BankEvent.objects.filter(pk=event.pk).update(**{"received_at": past, **values})
    event.refresh_from_db()
    return event


def test_an_event_whose_task_was_lost_is_swept_up(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order, url = opened(client, bank, camera)
    payment = paid_at_the_bank(bank, order, url)
    event = event_of(str(payment.session))
    tasks.sweep_bank_events()
    event.refresh_from_db()
    assert event.outcome == "settled"
    assert Order.objects.get().status == Status.AUTHORISED
    attempts = event.attempts
    tasks.process_bank_event(event.pk)  # its task was not lost, only late
    payments.process_event(event=event)
    event.refresh_from_db()
    assert event.attempts == attempts


def test_an_event_waits_while_the_bank_does_not_answer(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order, url = opened(client, bank, camera)
    payment = paid_at_the_bank(bank, order, url)
    event = event_of(str(payment.session))
    bank.sandbox.fault(party="bank", kind="error", status=500)
    tasks.sweep_bank_events()
    event.refresh_from_db()
    assert (event.done_at, event.attempts) == (None, 1)
    bank.sandbox.clear_faults()
    tasks.sweep_bank_events()
    event.refresh_from_db()
    assert event.outcome == "settled"


def test_an_event_that_failed_too_often_is_left_to_the_reconciler(
    bank: TestBank,
) -> None:
    event = event_of("cs_unknown", attempts=payments.EVENT_TRIES)
    tasks.sweep_bank_events()
    event.refresh_from_db()
    assert event.done_at is None


# --- the bank's client ----------------------------------------------------------------


def test_a_request_that_the_bank_is_still_answering_is_asked_again(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = placed(client, camera)
    bank.sandbox.fault(party="bank", kind="error", status=409, count=2)
    payment = payments.open_session(payment=order.payments.get())
    assert payment.status == PaymentStatus.OPEN


def test_a_bank_that_never_comes_to_an_answer_is_away(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = placed(client, camera)
    bank.sandbox.fault(party="bank", kind="error", status=409)
    with pytest.raises(BankUnavailable, match="still being answered"):
        payments.open_session(payment=order.payments.get())
    assert order.payments.get().status == PaymentStatus.CREATING
    assert stock_of(camera) == (3, 1)


def test_money_already_taken_cannot_be_given_back_by_cancelling(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    intent = str(order.payments.get().intent)
    Bank(bank.sandbox).client.v1.payment_intents.capture(intent)
    with pytest.raises(BankRefused):
        client_of_bank.cancel_intent(intent=intent, about=order.about)


def test_what_was_given_back_by_other_hands_is_given_back(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    intent = str(order.payments.get().intent)
    Bank(bank.sandbox).client.v1.payment_intents.cancel(intent)
    client_of_bank.cancel_intent(intent=intent, about=order.about)


def test_a_page_closed_after_a_card_was_declined_is_closed(
    client: Client, bank: TestBank, camera: Product
) -> None:
    """Its answer names the payment of the declined card, and says no more of it."""
    order, url = opened(client, bank, camera)
    bank.pay(url, DECLINED)
    session = client_of_bank.expire_session(
        session=str(order.payments.get().session), about=order.about
    )
    assert session.status == "expired"
    assert session.intent.startswith("pi_")
    assert session.intent_status == ""


# --- stock, catalogue, addresses ------------------------------------------------------


def test_a_hold_freed_by_two_who_looked_at_the_same_moment_is_freed_once(
    client: Client, camera: Product
) -> None:
    order = placed(client, camera)
    other = placed(Client(), camera)
    looked = Order.objects.prefetch_related("holds").get(pk=order.pk)
    let_go(order=order)
    let_go(order=looked)
    assert stock_of(camera) == (3, 1)
    assert Hold.objects.get().order == other


def test_paid_for_a_product_deleted_meanwhile_frees_the_rest_at_once(
    client: Client, bank: TestBank, camera: Product
) -> None:
    film = product(stock=2)
    token = draft_token(client, {camera.sku: 1, film.sku: 1})
    url = bank.place(client, token)
    OrderLine.objects.filter(sku=film.sku).update(product=None)
    bank.come_back(client, bank.pay(url))
    order = Order.objects.get()
    assert (order.status, order.closed_why) == (Status.CANCELLED, "sold-out")
    assert (stock_of(camera), stock_of(film)) == ((3, 0), (2, 0))
    assert order.payments.get().status == PaymentStatus.VOID


def test_a_change_that_no_search_looks_at_leaves_the_index_alone(
    camera: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*_: object) -> None:
        raise AssertionError("indexed")

    monkeypatch.setattr(search, "index", no)
    changed = catalogue.change_product(product=camera, fields={"discontinued": True})
    assert changed == ["discontinued"]
    assert Product.objects.get(pk=camera.pk).discontinued


def test_the_same_price_again_is_no_change_of_price(camera: Product) -> None:
    before = camera.price_changes.count()
    catalogue.set_price(product=camera, price=camera.price)
    assert camera.price_changes.count() == before


def test_an_old_list_of_addresses_is_better_than_none(bank: TestBank) -> None:
    row = {"line1": "12 Mill Lane", "line2": "", "town": "Marlow", "county": ""}
    PostcodeAddresses.objects.create(
        postcode="SL7 1EY",
        addresses=[row | {"postcode": "SL7 1EY"}],
        fetched_at=timezone.now() - timedelta(days=3_000),
    )
    bank.sandbox.fault(party="addresses", kind="error", status=503)
    assert [a.line1 for a in addresses.find(postcode="SL7 1EY")] == ["12 Mill Lane"]
    with pytest.raises(AddressesUnavailable):
        addresses.find(postcode="SL7 1EZ")
