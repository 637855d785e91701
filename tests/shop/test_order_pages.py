"""The order's page, the doors back from the bank, and finding an order again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from newsletter.models import Message
from privacy import choices
from shop import tasks
from shop.actions import orders, payments
from shop.clients.bank import BankRefused
from shop.models import Order, OrderLine, Payment, PaymentStatus, Product, Status
from tests.bank import TestBank
from tests.builders import PRIYA, draft_token, move_order, product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera() -> Product:
    return product(name="Rolleiflex 2.8F", price=144_900, stock=3)


def test_the_page_says_what_is_held_until_when_and_who_got_what(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    response = client.get(f"/orders/{order.token}/")
    page = response.content.decode()
    assert "Thank you, Priya. It is ordered." in page
    assert order.number in page
    six_years = timezone.now().year + 6
    assert f"{six_years}</td>" in page
    assert "Never held" in page
    assert "Stripe, our payment host" in page
    assert "your name" in page
    assert response["Cache-Control"] == "private, no-store"
    assert choices.current(order.email, choices.MARKETING_EMAIL) == "soft"
    assert "We may write to you about: offers." in page


def test_a_refusal_of_marketing_is_shown(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1}, no_marketing="1")
    bank.buy(client, token)
    page = client.get(f"/orders/{token}/").content.decode()
    assert "Your address is on no list" in page


def test_a_draft_leads_to_its_review(client: Client, camera: Product) -> None:
    token = draft_token(client, {camera.sku: 1})
    response = client.get(f"/orders/{token}/")
    assert (response.status_code, response["Location"]) == (
        303,
        f"/orders/{token}/review/",
    )


def test_a_paid_order_has_no_more_review_and_no_change(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.buy(client, token)
    for path in ("review/", "change/"):
        response = client.get(f"/orders/{token}/{path}")
        assert response["Location"] == f"/orders/{token}/"
        response = client.post(f"/orders/{token}/{path}")
        assert response["Location"] == f"/orders/{token}/"
    assert Payment.objects.count() == 1


def test_the_page_of_a_paid_order_asks_the_bank_itself(
    client: Client, bank: TestBank, camera: Product
) -> None:
    """No webhook came and the return was lost: looking at the page is enough."""
    token = draft_token(client, {camera.sku: 1})
    bank.pay(bank.place(client, token))
    Payment.objects.update(checked_at=timezone.now() - timedelta(minutes=1))
    assert "It is ordered" in client.get(f"/orders/{token}/").content.decode()


def test_an_unpaid_page_does_not_ask_the_bank_at_every_look(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.place(client, token)
    before = len(bank.sandbox.get_json("/egress.json"))
    for _ in range(5):
        page = client.get(f"/orders/{token}/").content.decode()
        assert "We are waiting for the bank" in page
    assert len(bank.sandbox.get_json("/egress.json")) == before


def test_a_reference_opens_the_order_for_a_day_only(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.place(client, token)
    reference = Payment.objects.get().reference
    Payment.objects.update(created_at=timezone.now() - timedelta(hours=25))
    for door in ("paid", "back"):
        assert client.get(f"/orders/{door}/{reference}/").status_code == 404
        assert client.get(f"/orders/{door}/{'x' * 24}/").status_code == 404


def test_turning_back_after_paying_in_another_tab_shows_the_order(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.pay(bank.place(client, token))
    reference = Payment.objects.get().reference
    response = client.get(f"/orders/back/{reference}/")
    assert response["Location"] == f"/orders/{token}/"


def test_coming_back_while_the_bank_is_away_keeps_everything(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    answer = bank.pay(bank.place(client, token))
    bank.sandbox.fault(party="bank", kind="error", status=500)
    assert bank.come_back(client, answer).status_code == 303
    assert Order.objects.get().status == Status.PENDING
    assert client.cookies["trolley"].value
    bank.sandbox.clear_faults()
    bank.come_back(client, answer)
    assert Order.objects.get().status == Status.AUTHORISED


def test_details_cannot_be_changed_while_the_bank_is_away(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.place(client, token)
    bank.sandbox.fault(party="bank", kind="error", status=500)
    page = client.post(
        f"/orders/{token}/change/", {**PRIYA, "town": "Bisham"}
    ).content.decode()
    assert "The bank does not answer" in page
    assert 'value="Bisham"' in page
    assert Order.objects.get().status == Status.PENDING


def test_details_changed_after_paying_lead_to_the_paid_order(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.pay(bank.place(client, token))
    response = client.post(f"/orders/{token}/change/", {**PRIYA, "town": "Bisham"})
    assert response.status_code == 303
    order = Order.objects.get()
    assert (order.status, order.town) == (Status.AUTHORISED, "Marlow")


def test_an_order_whose_page_was_never_opened_lapses(
    client: Client, camera: Product
) -> None:
    """The bank did not answer, and nobody tried again."""
    token = draft_token(client, {camera.sku: 1})
    assert client.post(f"/orders/{token}/review/").status_code == 503
    Payment.objects.update(created_at=timezone.now() - timedelta(minutes=13))
    tasks.reconcile_payments()
    order = Order.objects.get()
    assert (order.status, order.holds.count()) == (Status.LAPSED, 0)
    page = client.get(f"/orders/{token}/").content.decode()
    assert "This order was not paid" in page


def test_a_payment_being_set_up_can_be_left_without_the_bank(
    client: Client, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    client.post(f"/orders/{token}/review/")
    order = Order.objects.get()
    payments.abandon(order=order)
    assert order.status == Status.LAPSED
    payments.abandon(order=order)  # nothing is left to leave


def test_a_session_that_the_bank_does_not_know_is_no_error_page(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.place(client, token)
    Payment.objects.update(session="cs_unknown", checked_at=None)
    with pytest.raises(BankRefused):
        payments.settle(payment=Payment.objects.get(), by="webhook")
    assert client.get(f"/orders/{token}/").status_code == 200
    tasks.reconcile_payments()
    assert Payment.objects.get().status == PaymentStatus.OPEN


def test_a_line_whose_product_was_deleted_is_sold_out(
    client: Client, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    OrderLine.objects.update(product=None)
    response = client.post(f"/orders/{token}/review/")
    assert response.status_code == 409
    with pytest.raises(orders.SoldOut):
        orders.place(order=Order.objects.get(), sure=True)


def test_find_my_order_sends_the_link_to_the_orders_own_address(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    Message.objects.all().delete()
    typed = order.number.lower().replace("-", " ")
    response = client.post(
        "/orders/find/", {"number": typed, "email": "PRIYA@example.co.uk"}
    )
    assert "Look in your email" in response.content.decode()
    message = Message.objects.get()
    assert message.to == "priya@example.co.uk"
    assert f"/orders/{order.token}/" in message.text


def test_find_my_order_says_the_same_whatever_was_typed(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    Message.objects.all().delete()
    pages = {
        client.post("/orders/find/", {"number": number, "email": email}).content
        for number, email in (
            (order.number, "priya@example.co.uk"),
            (order.number, "someone@example.co.uk"),
            ("J26-0000-0000", "priya@example.co.uk"),
        )
    }
    assert len(pages) == 1
    assert Message.objects.count() == 1


def test_find_my_order_mails_once_in_ten_minutes(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    Message.objects.all().delete()
    for _ in range(5):
        data = {"number": order.number, "email": order.email}
        client.post("/orders/find/", data)
    assert Message.objects.count() <= 2  # two, where the ten minutes turn between


@pytest.mark.parametrize("number", ["", "J26", "x" * 300, "J26-12a4-5678-9"])
def test_find_my_order_explains_what_a_number_looks_like(
    client: Client, number: str
) -> None:
    page = client.post(
        "/orders/find/", {"number": number, "email": "priya@example.co.uk"}
    ).content.decode()
    assert "There is 1 thing to fix" in page
    assert "<title>Error:" in page


def test_an_unpaid_order_tells_no_answers_of_an_address_that_anybody_may_type(
    client: Client,
) -> None:
    choices.record(
        email=PRIYA["email"],
        purpose=choices.NEWSLETTER,
        answer="yes",
        where="account page",
        wording="May we send you our newsletter, one email a month?",
    )
    order = Order.objects.get(token=draft_token(client, {product().sku: 1}, **PRIYA))
    made = order.created_at
    move_order(order.token, Status.LAPSED, placed_at=made, closed_at=made)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "newsletter" not in page.lower().split("<footer")[0]
    Order.objects.filter(pk=order.pk).update(authorised_at=order.created_at)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "May we send you our newsletter" in page
