"""From "Order and pay" to an order: what the bank says, and nothing else, decides."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from newsletter.models import Message
from privacy import choices
from privacy.models import Receipt
from shop import tasks
from shop.actions import payments
from shop.clients import bank as client_of_bank
from shop.models import (
    BankEvent,
    Hold,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Product,
    Status,
    Stock,
    StockMovement,
)
from tests.bank import BAD_POSTCODE, DECLINED, TestBank
from tests.builders import PRIYA, draft_token, product
from tests.sandbox.customer import Bank

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera() -> Product:
    return product(name="Rolleiflex 2.8F", price=144_900, stock=3)


def stock_of(thing: Product) -> tuple[int, int]:
    row = Stock.objects.get(pk=thing.pk)
    return row.on_hand, row.held


def test_paying_makes_the_order(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 2})
    url = bank.place(client, token)
    assert stock_of(camera) == (3, 2)
    assert Order.objects.get(token=token).status == Status.PENDING

    bank.come_back(client, bank.pay(url))

    order = Order.objects.get(token=token)
    payment = order.payments.get()
    assert order.status == Status.AUTHORISED
    assert payment.status == PaymentStatus.AUTHORISED
    assert payment.amount_pence == order.total_pence == 289_800
    assert stock_of(camera) == (1, 0)
    assert not Hold.objects.exists()
    sold = StockMovement.objects.get(reason="sold")
    assert (sold.quantity, sold.order_number) == (-2, order.number)
    message = Message.objects.get()
    assert message.to == "priya@example.co.uk"
    assert order.number in message.subject
    assert "YOUR RIGHT TO CANCEL" in message.text
    assert "£2,898.00" in message.text
    assert "£2,898.00" in message.html


def test_the_bank_gets_name_address_amount_and_reference_and_nothing_else(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1}, county="Bucks", line2="Flat 2")
    bank.place(client, token)
    order = Order.objects.get(token=token)
    sent = [
        request["payload"]
        for request in bank.sandbox.get_json("/egress.json")
        if request["party"] == "bank" and request["path"].endswith("/sessions")
    ][-1]
    text = str(sent)
    for value in ("Priya Raman", "12 Mill Lane", "SL7 1EY", order.number, "144900"):
        assert value in text
    for value in ("priya@example", "01628", "Rolleiflex", camera.sku, token):
        assert value not in text
    receipt = Receipt.objects.get(about=order.about, connector="bank")
    assert "payment_intent_data[shipping][name]" in receipt.field_names


def test_the_return_empties_the_trolley_of_what_was_bought_only(
    client: Client, bank: TestBank, camera: Product
) -> None:
    film = product()
    token = draft_token(client, {camera.sku: 1})
    answer = bank.pay(bank.place(client, token))
    client.post("/trolley/add/", {"sku": film.sku, "quantity": "2"})  # second tab
    response = bank.come_back(client, answer)
    assert response.status_code == 303
    assert client.cookies["trolley"].value == f"1|{film.sku}:2"


def test_coming_back_twice_takes_nothing_more_out(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    answer = bank.pay(bank.place(client, token))
    bank.come_back(client, answer)
    client.post("/trolley/add/", {"sku": camera.sku})
    bank.come_back(client, answer)
    assert client.cookies["trolley"].value == f"1|{camera.sku}:1"


def test_a_declined_card_then_a_good_one_is_one_order(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    url = bank.place(client, token)
    assert bank.pay(url, DECLINED).status_code != 303
    reference = Payment.objects.get().reference
    response = client.get(f"/orders/back/{reference}/")
    page = client.get(response["Location"]).content.decode()
    assert "The card company said no and took nothing" in page
    assert client.cookies["trolley"].value == f"1|{camera.sku}:1"
    assert bank.place(client, token) == url
    bank.come_back(client, bank.pay(url))
    assert Order.objects.get().status == Status.AUTHORISED
    assert Payment.objects.count() == 1


def test_pressing_the_button_twice_leads_to_one_payment(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    assert len({bank.place(client, token) for _ in range(3)}) == 1
    assert stock_of(camera) == (3, 1)


def test_a_lost_answer_of_the_bank_is_found_again(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.sandbox.fault(party="bank", kind="lost_answer", count=5, path="/sessions")
    assert client.post(f"/orders/{token}/review/").status_code == 503
    bank.sandbox.clear_faults()
    before = len(bank.ledger())
    bank.come_back(client, bank.pay(bank.place(client, token)))
    assert Order.objects.get().status == Status.AUTHORISED
    assert len(bank.ledger()) <= before + 1


def test_a_payment_page_that_ran_out_frees_everything_and_keeps_the_trolley(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.place(client, token)
    order = Order.objects.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=46), tick=True):
        bank.sandbox.post_json("/bank/clock", {"advance": 46 * 60})
        tasks.reconcile_payments()
        page = client.get(f"/orders/{token}/").content.decode()
    order.refresh_from_db()
    assert order.status == Status.LAPSED
    assert "This order was not paid" in page
    assert stock_of(camera) == (3, 0)
    assert client.cookies["trolley"].value == f"1|{camera.sku}:1"


def test_a_lapsed_order_can_be_paid_after_all(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.place(client, token)
    payments.abandon(order=Order.objects.get())
    assert Order.objects.get().status == Status.LAPSED
    order = bank.buy(client, token)
    assert order.status == Status.AUTHORISED
    assert order.payments.count() == 2


def test_changing_details_closes_the_open_payment_page(
    client: Client, bank: TestBank, camera: Product
) -> None:
    """The customer's own hold on the last one does not stand in their way."""
    last = product(stock=1)
    token = draft_token(client, {last.sku: 1})
    url = bank.place(client, token)
    client.post(f"/orders/{token}/change/", {**PRIYA, "line1": "14 Mill Lane"})
    assert bank.pay(url).status_code != 303
    order = bank.buy(client, token)
    assert order.line1 == "14 Mill Lane"
    assert order.status == Status.AUTHORISED


def test_someone_elses_hold_on_the_last_one_is_respected_until_it_ends(
    bank: TestBank,
) -> None:
    last = product(stock=1)
    first, second = Client(), Client()
    mine = draft_token(first, {last.sku: 1})
    theirs = draft_token(second, {last.sku: 1}, full_name="Someone Else")
    bank.place(first, mine)
    response = second.post(f"/orders/{theirs}/review/")
    assert response.status_code == 409
    assert "Sold out while you were here" in response.content.decode()
    # The hold has ended, though no worker ran.
    Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    bank.place(second, theirs)
    assert stock_of(last) == (1, 1)
    assert Hold.objects.get().order.full_name == "Someone Else"


def test_paid_after_the_hold_ended_with_stock_left_is_an_order(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    url = bank.place(client, token)
    Hold.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    tasks.lapse_orders()
    assert stock_of(camera) == (3, 0)
    bank.come_back(client, bank.pay(url))
    assert Order.objects.get().status == Status.AUTHORISED
    assert stock_of(camera) == (2, 0)


def test_paid_after_the_hold_ended_and_the_goods_went_is_given_back(
    client: Client, bank: TestBank
) -> None:
    last = product(stock=1)
    token = draft_token(client, {last.sku: 1})
    url = bank.place(client, token)
    Hold.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    other = draft_token(Client(), {last.sku: 1}, full_name="Someone Else")
    someone = Client()
    someone.cookies["trolley"] = f"1|{last.sku}:1"
    assert bank.buy(someone, other).status == Status.AUTHORISED

    bank.come_back(client, bank.pay(url))

    order = Order.objects.get(token=token)
    assert (order.status, order.closed_why) == (Status.CANCELLED, "sold-out")
    payment = order.payments.get()
    assert payment.status == PaymentStatus.VOID
    entry = [e for e in bank.ledger() if e["payment_intent"] == payment.intent]
    assert entry[0]["status"] == "canceled"
    assert Message.objects.filter(about=order.about).count() == 1
    page = client.get(f"/orders/{token}/").content.decode()
    assert "We could not keep this order" in page
    assert client.cookies["trolley"].value == f"1|{last.sku}:1"


def test_a_missed_webhook_and_no_return_are_found_by_the_reconciler(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.pay(bank.place(client, token))
    Payment.objects.update(
        created_at=timezone.now() - timedelta(minutes=5),
        checked_at=timezone.now() - timedelta(minutes=5),
    )
    tasks.reconcile_payments()
    assert Order.objects.get().status == Status.AUTHORISED
    before = OrderEvent.objects.count()
    tasks.reconcile_payments()
    assert OrderEvent.objects.count() == before


def test_a_payment_taken_back_by_the_bank_puts_the_goods_back(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    payment = order.payments.get()
    for _ in range(2):  # giving back what was given back is no error
        client_of_bank.cancel_intent(intent=str(payment.intent), about=order.about)
    payments.settle(payment=payment, by="webhook")
    payments.settle(payment=payment, by="webhook")
    order.refresh_from_db()
    assert order.status == Status.CANCELLED
    assert stock_of(camera) == (3, 0)


def test_a_refund_made_at_the_bank_asks_for_a_person(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    payment = order.payments.get()
    at_bank = Bank(bank.sandbox).client.v1
    at_bank.payment_intents.capture(str(payment.intent))
    payments.settle(payment=payment, by="webhook")
    order.refresh_from_db()
    assert order.payments.get().status == PaymentStatus.CAPTURED
    assert "refund" not in order.review_codes
    at_bank.refunds.create({"payment_intent": str(payment.intent), "amount": 100})
    payments.settle(payment=payment, by="webhook")
    order.refresh_from_db()
    assert "refund" in order.review_codes
    assert order.status == Status.AUTHORISED


@pytest.mark.parametrize("says", ["paid", "unpaid"])
def test_what_payment_status_says_decides_nothing(
    client: Client, bank: TestBank, camera: Product, says: str
) -> None:
    bank.sandbox.post_json("/bank/settings", {"manual_payment_status": says})
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    assert order.status == Status.AUTHORISED


def test_a_failed_address_check_of_the_bank_asks_for_a_person(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    answer = bank.pay(bank.place(client, token), BAD_POSTCODE)
    bank.come_back(client, answer)
    order = Order.objects.get()
    assert order.status == Status.AUTHORISED
    assert "bank-address" in order.review


@pytest.mark.parametrize("prior", [None, "yes", "no"])
@pytest.mark.parametrize("answer", ["ticked", "left empty", "abandoned"])
def test_the_opt_out_box_in_all_nine_cases(
    client: Client, bank: TestBank, camera: Product, prior: str | None, answer: str
) -> None:
    """P68: refusing never subscribes; leaving it alone changes no earlier answer."""
    if prior:
        choices.record(
            email="priya@example.co.uk",
            purpose=choices.MARKETING_EMAIL,
            answer=prior,
            where="members",
            wording="Send me offers",
        )
    box = {"no_marketing": "1"} if answer == "ticked" else {}
    token = draft_token(client, {camera.sku: 1}, **box)
    if answer != "abandoned":
        bank.buy(client, token)
    found = choices.current("priya@example.co.uk", choices.MARKETING_EMAIL)
    expected = {
        "ticked": "no",
        "left empty": prior or "soft",
        "abandoned": prior,
    }[answer]
    assert found == expected


def test_an_order_bought_in_another_tab_is_asked_about(
    client: Client, bank: TestBank, camera: Product
) -> None:
    first = draft_token(client, {camera.sku: 1})
    second = draft_token(client, {camera.sku: 1})
    bank.buy(client, first)
    response = client.post(f"/orders/{second}/review/")
    assert response.status_code == 409
    assert "You may have this already" in response.content.decode()
    assert Payment.objects.count() == 1
    response = client.post(f"/orders/{second}/review/", {"again": "1"})
    assert response.status_code == 303


def test_prices_changed_during_payment_change_nothing(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    url = bank.place(client, token)
    Product.objects.filter(pk=camera.pk).update(
        price=1, vat="zero", published=False, name="Changed"
    )
    client.post("/trolley/add/", {"sku": camera.sku, "quantity": "1"})
    bank.come_back(client, bank.pay(url))
    order = Order.objects.get()
    assert order.status == Status.AUTHORISED
    assert order.total_pence == 144_900
    assert order.lines.get().name == "Rolleiflex 2.8F"
    entry = [
        e for e in bank.ledger() if e["payment_intent"] == order.payments.get().intent
    ]
    assert entry[0]["amount"] == 144_900


def test_an_event_is_written_down_once(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.pay(bank.place(client, token))
    payment = Payment.objects.get()
    event = bank.event(
        "checkout.session.completed",
        {"object": "checkout.session", "id": payment.session},
    )
    for _ in range(5):
        assert bank.tell(client, event) == 200
    assert bank.tell(client, {**event, "id": "evt_2"}) == 200
    assert BankEvent.objects.count() == 2
    assert Order.objects.get().status == Status.AUTHORISED
    assert OrderEvent.objects.filter(code="authorised").count() == 1
    assert Message.objects.count() == 1


def test_events_of_unknown_things_end_quietly(client: Client, bank: TestBank) -> None:
    found = {"object": "checkout.session", "id": "cs_somebody_elses"}
    assert bank.tell(client, bank.event("checkout.session.completed", found)) == 200
    assert BankEvent.objects.get().outcome == "unknown"
