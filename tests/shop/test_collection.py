"""Click and collect: chosen at checkout, handed out for a code, or let go."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from newsletter.models import Message
from shop import collection, tasks
from shop.actions import dispatch
from shop.models import Consignment, Document, Order, PaymentStatus, Product, Status
from tests.bank import TestBank
from tests.builders import draft_token, fill, product

pytestmark = pytest.mark.django_db(transaction=True)
HERE = "at-leicester"


@pytest.fixture
def film() -> Product:
    return product(name="Ilford HP5 Plus 400, 36 exp.", price=795, stock=9)


@pytest.fixture
def order(client: Client, bank: TestBank, film: Product) -> Order:
    token = draft_token(client, {film.sku: 2}, delivery=HERE, line1="9 Nowhere")
    return bank.buy(client, token)


def mails(kind: str) -> list[Message]:
    return list(Message.objects.filter(key__startswith=f"{kind}:"))


def on_the_shelf(order: Order) -> Consignment:
    """Pick it, pack it, and put it on the counter's shelf."""
    made = dispatch.start(order=order, by="staff:2")
    dispatch.pack(consignment=made, carrier="collect", weight_g=200, by="staff:2")
    return dispatch.ready(consignment=made, by="staff:2")


def test_the_form_offers_each_shop_for_nothing(client: Client, film: Product) -> None:
    fill(client, {film.sku: 1})
    page = client.get("/checkout/").text
    for counter in collection.counters():
        assert f'value="{counter.code}"' in page
        assert counter.address in page
    assert page.index('value="standard"') < page.index(f'value="{HERE}"')


def test_without_a_shop_nothing_is_offered(
    client: Client, film: Product, settings: Any
) -> None:
    settings.COLLECTION_SHOPS = []
    fill(client, {film.sku: 1})
    assert "Collect in" not in client.get("/checkout/").text


def test_it_costs_nothing_and_says_where_from_the_first_page(
    client: Client, order: Order
) -> None:
    counter = collection.of(order)
    assert counter is not None
    assert (order.delivery, order.delivery_pence) == (HERE, 0)
    assert order.total_pence == 2 * 795
    # nothing is sent to an address that nobody knows: nobody has to look at it
    assert order.review == ""
    (letter,) = mails("confirmation")
    for said in (client.get(order.get_absolute_url()).text, letter.text, letter.html):
        assert "Leicester" in said
        assert "It arrives" not in said
    assert counter.address in client.get(order.get_absolute_url()).text


def test_the_review_page_says_the_shop(client: Client, film: Product) -> None:
    token = draft_token(client, {film.sku: 1}, delivery=HERE)
    page = client.get(f"/orders/{token}/review/").text
    assert "You collect it" in page
    assert "Jessops House" in page


def test_it_is_packed_for_the_counter_and_handed_out_for_its_code(
    client: Client, order: Order
) -> None:
    made = dispatch.start(order=order, by="staff:2")
    with pytest.raises(dispatch.NotPossible, match="collects"):
        dispatch.pack(consignment=made, carrier="courier", weight_g=200, by="staff:2")
    dispatch.pack(consignment=made, carrier="collect", weight_g=200, by="staff:2")
    parcel = dispatch.ready(consignment=made, by="staff:2")
    (letter,) = mails("ready")
    assert parcel.collect_code in letter.text
    assert "Jessops House" in letter.text
    assert parcel.collect_code in client.get(order.get_absolute_url()).text
    dispatch.collect(code=parcel.collect_code, by="staff:3")
    for capture in order.payments.get().captures.all():
        tasks.take_capture(capture.pk)
    assert Document.objects.get(order=order).total_pence == order.total_pence
    assert "You collected it" in client.get(order.get_absolute_url()).text


def test_a_reminder_once_and_then_it_is_let_go(
    client: Client, order: Order, film: Product
) -> None:
    parcel = on_the_shelf(order)
    until = collection.kept_until(parcel)
    assert until is not None
    start = timezone.now()
    assert timedelta(days=4) < until - start <= timedelta(days=5)
    for hours, letters in ((1, 0), (75, 1), (80, 1)):
        with time_machine.travel(start + timedelta(hours=hours), tick=True):
            tasks.mind_the_shelf()
        assert len(mails("waits")) == letters, hours
    assert parcel.collect_code in mails("waits")[0].text
    with time_machine.travel(until + timedelta(minutes=1), tick=True):
        tasks.mind_the_shelf()
    order.refresh_from_db()
    parcel.refresh_from_db()
    assert (order.status, order.closed_why) == (Status.CANCELLED, "uncollected")
    assert parcel.state == Consignment.State.CANCELLED
    assert order.payments.get().status == PaymentStatus.VOIDING
    film.stock.refresh_from_db()
    assert film.stock.on_hand == 9
    assert len(mails("cancelled")) == 1
    with pytest.raises(dispatch.NotPossible):
        dispatch.collect(code=parcel.collect_code, by="staff:3")


def test_it_never_waits_longer_than_the_bank_keeps_the_money(order: Order) -> None:
    parcel = on_the_shelf(order)
    ends = timezone.now() + timedelta(days=2)
    order.payments.update(capture_before=ends)
    assert collection.kept_until(parcel) == ends - collection.MARGIN


def test_what_was_fetched_in_time_is_left_alone(order: Order) -> None:
    parcel = on_the_shelf(order)
    dispatch.collect(code=parcel.collect_code, by="staff:3")
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=True):
        tasks.mind_the_shelf()
    order.refresh_from_db()
    assert order.status == Status.AUTHORISED
    assert mails("waits") == []
