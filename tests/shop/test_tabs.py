"""Two tabs, the back button, and events between two clicks: one order, as seen."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from privacy.tasks import retain
from shop import delivery, tasks
from shop.actions import orders, payments
from shop.clients import addresses
from shop.clients import bank as client_of_bank
from shop.models import (
    Order,
    Payment,
    PaymentStatus,
    PostcodeAddresses,
    Product,
    Status,
    Stock,
)
from tests.bank import TestBank
from tests.builders import PRIYA, draft_token, fill, product

pytestmark = pytest.mark.django_db(transaction=True)

ATTEMPT = "one-rendered-form-of-the-checkout"


@pytest.fixture
def camera() -> Product:
    return product(name="Rolleiflex 2.8F", price=144_900, stock=5)


def seen_on(client: Client, token: str) -> str:
    page = client.get(f"/orders/{token}/review/").content.decode()
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def test_the_button_pays_what_its_page_showed_or_nothing(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    seen = seen_on(client, token)
    fill(client, {camera.sku: 3})
    client.post(f"/orders/{token}/change/", PRIYA)  # the other tab
    response = client.post(f"/orders/{token}/review/", {"seen": seen})
    assert response.status_code == 409
    assert "changed in another tab" in response.content.decode()
    assert not Payment.objects.exists()
    now_seen = seen_on(client, token)
    response = client.post(f"/orders/{token}/review/", {"seen": now_seen})
    assert response.status_code == 303
    assert Payment.objects.get().amount_pence == 3 * 144_900


def test_an_address_mended_after_pressing_back_is_the_one_used(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1}, attempt=ATTEMPT)
    url = bank.place(client, token)
    again = draft_token(client, {camera.sku: 1}, attempt=ATTEMPT, line1="14 Mill Lane")
    assert again == token
    assert bank.pay(url).status_code != 200  # the first payment page is closed
    order = bank.buy(client, token)
    assert (order.status, order.line1) == (Status.AUTHORISED, "14 Mill Lane")
    assert Order.objects.count() == 1


def test_the_same_form_sent_again_after_paying_leads_to_the_order(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1}, attempt=ATTEMPT)
    bank.buy(client, token)
    fill(client, {camera.sku: 1})
    response = client.post("/checkout/", {**PRIYA, "attempt": ATTEMPT})
    assert response["Location"] == f"/orders/{token}/review/"
    assert client.get(response["Location"])["Location"] == f"/orders/{token}/"


def test_other_things_from_the_same_form_after_paying_are_a_new_order(
    client: Client, bank: TestBank, camera: Product
) -> None:
    film = product()
    token = draft_token(client, {camera.sku: 1}, attempt=ATTEMPT)
    bank.buy(client, token)
    other = draft_token(client, {film.sku: 1}, attempt=ATTEMPT)
    assert other != token
    assert bank.buy(client, other).lines.get().sku == film.sku


def test_a_page_opened_while_the_order_is_given_up_is_closed_at_the_bank(
    client: Client, bank: TestBank, camera: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tab's answer comes between the look and the lock."""
    token = draft_token(client, {camera.sku: 1})
    order = Order.objects.get(token=token)
    payment = orders.place(order=order, sure=True)
    real = payments._drop_unopened

    def opened_just_before(stale: Payment) -> bool:
        payments.open_session(payment=Payment.objects.get(pk=payment.pk))
        return real(stale)

    monkeypatch.setattr(payments, "_drop_unopened", opened_just_before)
    payments.abandon(order=order)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.EXPIRED
    assert payment.session
    session = client_of_bank.retrieve_session(
        session=payment.session, about=order.about
    )
    assert session.status == "expired"


def test_money_for_a_payment_given_up_is_an_order_or_goes_back(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    url = bank.place(client, token)
    bank.pay(url)
    Payment.objects.update(status=PaymentStatus.EXPIRED)
    payments.settle(payment=Payment.objects.get(), by="webhook")
    assert Order.objects.get().status == Status.AUTHORISED


def test_an_authorisation_the_bank_took_back_is_found_without_its_webhook(
    client: Client, bank: TestBank, camera: Product
) -> None:
    order = bank.buy(client, draft_token(client, {camera.sku: 1}))
    payment = order.payments.get()
    client_of_bank.cancel_intent(intent=str(payment.intent), about=order.about)
    long_ago = timezone.now() - timedelta(hours=2)
    Payment.objects.update(checked_at=long_ago, created_at=long_ago)
    tasks.reconcile_payments()
    assert Order.objects.get().status == Status.CANCELLED
    assert Stock.objects.get(pk=camera.pk).on_hand == 5


def test_one_payment_in_trouble_does_not_hold_up_the_others(
    bank: TestBank, camera: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        buyer = Client()
        token = draft_token(buyer, {camera.sku: 1}, full_name=f"Buyer {'ABC'[n]}")
        bank.pay(bank.place(buyer, token))
    past = timezone.now() - timedelta(minutes=5)
    Payment.objects.update(created_at=past, checked_at=past)
    first = Payment.objects.order_by("pk")[0].pk
    real = payments.settle

    def settle(*, payment: Payment, by: str) -> Payment:
        if payment.pk == first:
            raise OperationalError("canceling statement due to lock timeout")
        return real(payment=payment, by=by)

    monkeypatch.setattr(payments, "settle", settle)
    tasks.reconcile_payments()
    assert Order.objects.filter(status=Status.AUTHORISED).count() == 2
    assert first not in [payment.pk for payment in payments.due_for_settling()]


def test_a_payment_that_does_not_match_bars_a_second_one(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1}, line1="99 Nowhere")
    url = bank.place(client, token)
    Payment.objects.update(amount_pence=1_000)
    bank.come_back(client, bank.pay(url))
    order = Order.objects.get()
    assert set(order.review_codes) == {"address", "payment"}
    for path in ("review", "change"):
        response = client.post(f"/orders/{token}/{path}/", PRIYA)
        assert response["Location"] == f"/orders/{token}/"
    assert Payment.objects.count() == 1
    page = client.get(f"/orders/{token}/").content.decode()
    assert "A person is looking at this payment" in page


def test_ones_own_hold_does_not_shrink_ones_trolley(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 3})
    bank.place(client, token)
    page = client.get("/trolley/").content.decode()
    assert "perhaps by you in another tab" in page
    assert client.cookies["trolley"].value == f"1|{camera.sku}:3"


def test_a_session_that_outlived_our_clock_is_closed_before_a_new_one(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    url = bank.place(client, token)
    Payment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = client.post(f"/orders/{token}/review/")
    assert response.status_code == 303
    assert response["Location"] != url
    assert Payment.objects.filter(status=PaymentStatus.OPEN).count() == 1


@pytest.mark.parametrize("address", ["²", "-1", "999999", "0x1", "１"])  # noqa: RUF001
def test_an_impossible_choice_of_address_is_no_error(
    client: Client, camera: Product, address: str
) -> None:
    PostcodeAddresses.objects.create(
        postcode="SL7 1EY", addresses=[], fetched_at=timezone.now()
    )
    fill(client, {camera.sku: 1})
    for button in ("use", "find", "go"):
        data = {**PRIYA, "address": address, button: "1"}
        assert client.post("/checkout/", data).status_code in (200, 303)


def test_a_webhook_in_another_shape_is_a_bad_request(client: Client) -> None:
    response = client.post(
        "/webhooks/stripe/", b"--x--", content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 400


def test_what_stands_in_a_hidden_billing_field_does_not_count(
    client: Client, camera: Product
) -> None:
    draft_token(client, {camera.sku: 1}, billing_postcode="rubbish")


@pytest.mark.parametrize(
    ("name", "value"),
    [("full_name", "\u200b"), ("town", "\u3164"), ("line1", "a\u202eb")],
)
def test_letters_that_show_nothing_are_no_answer(
    client: Client, camera: Product, name: str, value: str
) -> None:
    fill(client, {camera.sku: 1})
    response = client.post("/checkout/", {**PRIYA, name: value})
    assert response.status_code == 200
    assert not Order.objects.exists()


@pytest.mark.parametrize("postcode", ["GX11 1AA", "ZZ99 9ZZ", "QQ1 1AA"])
def test_postcodes_of_no_british_area_are_refused(
    client: Client, camera: Product, postcode: str
) -> None:
    fill(client, {camera.sku: 1})
    page = client.post("/checkout/", {**PRIYA, "postcode": postcode}).content.decode()
    assert "Enter a full UK postcode" in page


def test_a_day_shown_just_before_the_cut_off_is_kept_or_shown_anew() -> None:
    before = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)
    until = delivery.good_until(before, timedelta(hours=2))
    assert until == datetime(2026, 11, 24, 16, 15, tzinfo=UTC)
    early = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert delivery.good_until(early, timedelta(hours=2)) == early + timedelta(hours=2)
    late = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert delivery.good_until(late, timedelta(hours=2)) == late + timedelta(hours=2)


def test_no_saturday_delivery_at_christmas() -> None:
    wednesday = datetime(2026, 12, 23, 12, 0, tzinfo=UTC)
    offers = delivery.quotes(now=wednesday, goods_pence=10_000)
    saturday = next(offer for offer in offers if offer.code == "saturday")
    assert f"{saturday.on:%d %b %Y}" == "02 Jan 2027"


def test_an_address_service_that_refuses_us_says_nothing_of_the_postcode(
    bank: TestBank,
) -> None:
    bank.sandbox.fault(party="addresses", kind="error", status=403)
    with pytest.raises(addresses.AddressesUnavailable):
        addresses.lookup("LE3 1TZ", "")
    assert not PostcodeAddresses.objects.exists()


def test_a_draft_that_is_being_looked_at_is_not_purged(
    client: Client, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    Order.objects.update(created_at=timezone.now() - timedelta(hours=30))
    retain()
    assert client.get(f"/orders/{token}/review/").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=30), tick=False):
        retain()
    assert not Order.objects.exists()


def test_looking_for_the_title_of_a_return_address_takes_nothing_out(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.pay(bank.place(client, token))
    reference = Payment.objects.get().reference
    assert client.head(f"/orders/paid/{reference}/").status_code == 405
    assert client.cookies["trolley"].value


def test_the_trolley_is_emptied_by_the_orders_page_when_the_return_was_lost(
    client: Client, bank: TestBank, camera: Product
) -> None:
    token = draft_token(client, {camera.sku: 1})
    bank.pay(bank.place(client, token))
    payments.settle(payment=Payment.objects.get(), by="webhook")
    client.get(f"/orders/{token}/")
    assert client.cookies["trolley"].value == ""


def test_a_lock_that_takes_too_long_is_a_page_and_no_error(
    client: Client, camera: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = draft_token(client, {camera.sku: 1})

    def locked(**_: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(orders, "place", locked)
    response = client.post(f"/orders/{token}/review/")
    assert response.status_code == 409
    assert "Many people want this" in response.content.decode()


def test_asking_for_links_again_and_again_is_stopped(
    client: Client, settings: Settings
) -> None:
    data = {"number": "J26-0000-0000", "email": "x@example.co.uk"}
    codes = [client.post("/orders/find/", data).status_code for _ in range(25)]
    assert codes[:20] == [200] * 20
    assert set(codes[20:]) == {429}
    # Through a proxy of ours, each network has its own count; a forged hop has none.
    settings.TRUSTED_PROXIES = 1
    other = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
    assert client.post("/orders/find/", data, headers=other).status_code == 200
