"""A buyer's note: kept sealed, read by a person before anything leaves (P10)."""

import pytest
from django.test import Client

from privacy.models import Look
from shop.actions import dispatch, reviewing
from shop.models import Note, Order, OrderEvent
from tests.builders import product
from tests.shop.sale_cast import hand_over, paid, parcel
from tests.shop.test_refunds_staff import of

pytestmark = pytest.mark.django_db
WORDS = "Please put it behind the shed.\nThe bell is broken."


@pytest.fixture
def order() -> Order:
    return paid({product(stock=9): 1})


def write(order: Order, words: str) -> int:
    answer = Client().post(f"/orders/{order.token}/note/", {"words": words})
    return answer.status_code


def test_it_waits_in_the_queue_until_somebody_has_read_it(order: Order) -> None:
    assert (
        f"/orders/{order.token}/note/" in Client().get(f"/orders/{order.token}/").text
    )
    assert write(order, WORDS) == 303
    order.refresh_from_db()
    assert order.review == "note"
    with pytest.raises(dispatch.NotPossible):
        dispatch.start(order=order, by="staff:1")
    desk = of("Web Sales")
    assert "The buyer wrote a note" in desk.get("/admin/shop/order/queue/").text
    page = desk.get(f"/admin/shop/order/{order.pk}/change/").text
    assert "Please put it behind the shed." in page
    assert "the buyer" in page
    assert "shop.Note.words" in Look.objects.latest("pk").fields
    assert WORDS.splitlines()[1] in Client().get(f"/orders/{order.token}/note/").text
    reviewing.deal_with(order=order, code="note", by="staff:1")
    assert dispatch.start(order=order, by="staff:1")


def test_pressed_twice_it_is_one_and_many_are_refused(order: Order) -> None:
    for _ in range(2):
        assert write(order, WORDS) == 303
    assert Note.objects.count() == 1
    codes = OrderEvent.objects.filter(order_number=order.number, code="note-written")
    assert codes.count() == 1
    for number in range(reviewing.MOST_NOTES - 1):
        assert write(order, f"Another thing, {number}") == 303
    assert write(order, "And one more") == 200
    assert Note.objects.count() == reviewing.MOST_NOTES


def test_what_is_wrong_is_said_and_what_was_typed_stays(order: Order) -> None:
    page = Client().post(f"/orders/{order.token}/note/", {"words": "x" * 2001})
    assert "Use at most 2,000 characters" in page.text
    assert "x" * 2001 in page.text
    assert "Write what we should know" in (
        Client().post(f"/orders/{order.token}/note/", {"words": " \n"}).text
    )
    assert write(order, "My card is 4242 4242 4242 4242, take it") == 303
    assert "4242 4242" not in Note.objects.get().words


def test_too_late_it_says_so(order: Order) -> None:
    hand_over(parcel(order))
    assert write(order, WORDS) == 200
    assert "too late" in Client().get(f"/orders/{order.token}/note/").text
    assert not Note.objects.exists()
    assert write(Order(token="a" * 32), WORDS) == 404
