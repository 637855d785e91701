"""Two windows with the same order, both paid at the bank: one is kept (R7)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from newsletter.models import Message
from shop import tasks
from shop.actions import orders, payments
from shop.clients import bank as client_of_bank
from shop.models import (
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Product,
    Status,
    Stock,
)
from tests.bank import TestBank
from tests.builders import draft_token, fill, product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera() -> Product:
    return product(name="Rolleiflex 2.8F", price=144_900, stock=5)


def at_the_bank(
    bank: TestBank, camera: Product, number: int = 2
) -> list[tuple[Client, str, str]]:
    """Fill in as many forms, each in a window of its own, and go to the bank with all.

    Windows of different browsers, so that no trolley tells one of the other.
    """
    windows = []
    for _ in range(number):
        client = Client()
        token = draft_token(client, {camera.sku: 1})
        windows.append((client, token, bank.place(client, token)))
    return windows


def stock_of(thing: Product) -> tuple[int, int]:
    return Stock.objects.values_list("on_hand", "held").get(pk=thing.pk)


def mails(order: Order) -> list[Message]:
    return list(Message.objects.filter(about=order.about))


def test_of_two_windows_that_both_paid_one_order_is_kept(
    bank: TestBank, camera: Product
) -> None:
    windows = at_the_bank(bank, camera)
    assert stock_of(camera) == (5, 2)
    for client, _, url in windows:
        bank.come_back(client, bank.pay(url))
    kept, given_back = (Order.objects.get(token=token) for _, token, _ in windows)
    assert kept.status == Status.AUTHORISED
    assert "twin" not in kept.review_codes
    assert (given_back.status, given_back.closed_why) == (Status.CANCELLED, "twin")
    assert stock_of(camera) == (4, 0)
    payment = given_back.payments.get()
    assert payment.status == PaymentStatus.VOID
    at_bank = {row["payment_intent"]: row["status"] for row in bank.ledger()}
    assert at_bank[payment.intent] == "canceled"
    assert at_bank[kept.payments.get().intent] == "requires_capture"


def test_the_customer_is_told_once_and_plainly(bank: TestBank, camera: Product) -> None:
    windows = at_the_bank(bank, camera)
    for client, _, url in windows:
        bank.come_back(client, bank.pay(url))
    kept, given_back = (Order.objects.get(token=token) for _, token, _ in windows)
    for _ in range(3):  # webhooks and the reconciler come by as well
        payments.settle(payment=given_back.payments.get(), by="webhook")
    (mail,) = mails(given_back)
    said = " ".join(mail.text.split())
    client = windows[1][0]
    page = client.get(f"/orders/{given_back.token}/").content.decode()
    for words in (said, " ".join(mail.html.split()), page):
        assert "You paid twice. We kept one order" in words
        assert kept.number in words
        assert "Nothing is taken from your card for it" in words.replace(
            "nothing is taken", "Nothing is taken"
        )
        assert "put it in your trolley again" in words
    assert f"/orders/{kept.token}/" in mail.text
    # Whoever has the one order's key has not got the other's.
    assert kept.token not in page
    assert [m.key.split(":")[0] for m in mails(kept)] == ["confirmation"]
    # The trolley still holds what was not bought in this window.
    assert client.cookies["trolley"].value == f"1|{camera.sku}:1"


def test_of_three_windows_two_are_given_back(bank: TestBank, camera: Product) -> None:
    for client, _, url in at_the_bank(bank, camera, 3):
        bank.come_back(client, bank.pay(url))
    statuses = sorted(Order.objects.values_list("status", flat=True))
    assert statuses == [Status.AUTHORISED, Status.CANCELLED, Status.CANCELLED]
    assert stock_of(camera) == (4, 0)


def test_the_same_bought_again_on_purpose_is_two_orders(
    bank: TestBank, camera: Product
) -> None:
    """One after the other: the second was placed when the first had been paid."""
    first, second = Client(), Client()
    bank.buy(first, draft_token(first, {camera.sku: 1}))
    order = bank.buy(second, draft_token(second, {camera.sku: 1}))
    assert order.status == Status.AUTHORISED
    assert "twin" in order.review_codes
    assert stock_of(camera) == (3, 0)
    page = second.get(f"/orders/{order.token}/").content.decode()
    assert "You ordered the same a short while before" in page
    assert "A person looks at this order" in page


def test_an_order_that_lapsed_and_was_placed_anew_is_meant(
    bank: TestBank, camera: Product
) -> None:
    """Its placed_at is from before the other was paid; its payment page is not."""
    (one, token, _), (two, _, url) = at_the_bank(bank, camera)
    payments.abandon(order=Order.objects.get(token=token))
    bank.come_back(two, bank.pay(url))
    order = bank.buy(one, token)
    other = Order.objects.exclude(pk=order.pk).get()
    assert order.placed_at
    assert other.authorised_at
    assert order.placed_at < other.authorised_at
    assert order.status == Status.AUTHORISED
    assert "twin" in order.review_codes


def test_order_it_a_second_time_counts_though_its_page_was_open_before(
    bank: TestBank, camera: Product
) -> None:
    """Back from the open payment page, asked, and meant."""
    (_, _, url), (client, token, _) = at_the_bank(bank, camera)
    bank.come_back(client, bank.pay(url))  # the trolley is this window's, too
    assert client.cookies["trolley"].value == ""
    asked = client.post(f"/orders/{token}/review/")
    assert asked.status_code == 409
    assert "Order it a second time" in asked.content.decode()
    answer = client.post(f"/orders/{token}/review/", {"again": "1"})
    assert answer.status_code == 303
    assert Order.objects.get(token=token).again
    # Once said, it is not asked a second time.
    assert client.post(f"/orders/{token}/review/")["Location"] == answer["Location"]
    bank.come_back(client, bank.pay(answer["Location"]))
    order = Order.objects.get(token=token)
    assert order.status == Status.AUTHORISED
    assert "twin" in order.review_codes


def test_what_was_said_of_an_order_is_forgotten_when_it_is_changed(
    bank: TestBank, camera: Product
) -> None:
    client = Client()
    token = draft_token(client, {camera.sku: 1}, attempt="one-form-of-the-checkout")
    Order.objects.update(again=True)
    again = draft_token(client, {camera.sku: 2}, attempt="one-form-of-the-checkout")
    assert again == token
    assert not Order.objects.get().again


def test_other_things_or_another_address_are_no_twins(
    bank: TestBank, camera: Product
) -> None:
    windows = at_the_bank(bank, camera)
    for changes in ({"line1": "14 Mill Lane"}, {"full_name": "Asha Raman"}):
        client = Client()
        token = draft_token(client, {camera.sku: 1}, **changes)
        windows.append((client, token, bank.place(client, token)))
    for client, _, url in windows:
        bank.come_back(client, bank.pay(url))
    statuses = [Order.objects.get(token=token).status for _, token, _ in windows]
    assert statuses == [
        Status.AUTHORISED,
        Status.CANCELLED,
        Status.AUTHORISED,
        Status.AUTHORISED,
    ]


def test_when_the_kept_one_was_cancelled_first_the_other_stands(
    bank: TestBank, camera: Product
) -> None:
    (one, token, url), (two, other, other_url) = at_the_bank(bank, camera)
    bank.come_back(one, bank.pay(url))
    first = Order.objects.get(token=token)
    client_of_bank.cancel_intent(
        intent=str(first.payments.get().intent), about=first.about
    )
    payments.settle(payment=first.payments.get(), by="webhook")
    bank.come_back(two, bank.pay(other_url))
    order = Order.objects.get(token=other)
    assert order.status == Status.AUTHORISED
    assert "twin" not in order.review_codes


def test_a_twin_that_had_lapsed_here_and_was_paid_there_goes_back(
    bank: TestBank, camera: Product
) -> None:
    (one, _, url), (two, token, late) = at_the_bank(bank, camera)
    bank.come_back(one, bank.pay(url))
    bank.pay(late)
    Payment.objects.filter(order__token=token).update(status=PaymentStatus.EXPIRED)
    order = Order.objects.get(token=token)
    order.holds.all().delete()
    Stock.objects.update(held=0)
    Order.objects.filter(pk=order.pk).update(
        status=Status.LAPSED, closed_at=timezone.now(), closed_why="expired"
    )
    payments.settle(payment=order.payments.get(), by="webhook")
    order.refresh_from_db()
    assert (order.status, order.closed_why) == (Status.CANCELLED, "twin")
    assert stock_of(camera) == (4, 0)
    page = two.get(f"/orders/{token}/").content.decode()
    assert "You paid twice" in page


def test_given_back_when_the_bank_answers_again(
    bank: TestBank, camera: Product
) -> None:
    """The bank is away just then: the reconciler comes back to it."""
    (one, _, url), (two, token, other) = at_the_bank(bank, camera)
    bank.come_back(one, bank.pay(url))
    answer = bank.pay(other)
    bank.sandbox.fault(party="bank", kind="error", status=500, path="/cancel")
    bank.come_back(two, answer)
    order = Order.objects.get(token=token)
    assert order.status == Status.CANCELLED
    assert order.payments.get().status == PaymentStatus.VOIDING
    bank.sandbox.clear_faults()
    past = timezone.now() - timedelta(minutes=5)
    Payment.objects.update(created_at=past, checked_at=past)
    tasks.reconcile_payments()
    assert order.payments.get().status == PaymentStatus.VOID
    assert OrderEvent.objects.filter(code="twin").count() == 1
    assert len(mails(order)) == 1


def test_control_without_the_look_for_a_twin_two_orders_stand(
    bank: TestBank, camera: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "twin_paid_beside", lambda _: None)
    for client, _, url in at_the_bank(bank, camera):
        bank.come_back(client, bank.pay(url))
    assert set(Order.objects.values_list("status", flat=True)) == {Status.AUTHORISED}
    assert stock_of(camera) == (3, 0)


def test_the_mail_has_no_word_of_advertising(bank: TestBank, camera: Product) -> None:
    """P10: a service message, with nothing to buy in it."""
    for client, _, url in at_the_bank(bank, camera):
        bank.come_back(client, bank.pay(url))
    mail = Message.objects.get(key__startswith="twin:")
    assert mail.message_class == "order"
    links = re.findall(r"https?://\S+", mail.text)
    assert all("/orders/" in link for link in links)
    assert max(map(len, mail.text.splitlines())) <= max(48, *map(len, links))


def test_the_trolley_of_the_kept_window_is_emptied_only_by_itself(
    bank: TestBank, camera: Product
) -> None:
    client = Client()
    fill(client, {camera.sku: 1})
    tokens = [draft_token(client, {camera.sku: 1}) for _ in range(2)]
    urls = [bank.place(client, token) for token in tokens]
    for url in urls:
        bank.come_back(client, bank.pay(url))
    assert client.cookies["trolley"].value == ""
    assert Order.objects.get(token=tokens[1]).closed_why == "twin"
