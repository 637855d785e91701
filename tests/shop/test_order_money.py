"""Web Sales' buttons about money on an order's page: ask again, cancel a rest."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from newsletter.models import Message
from shop.models import Capture, Order, OrderEvent
from tests.builders import product
from tests.shop.sale_cast import hand_over, paid, parcel
from tests.shop.test_refunds_staff import of

pytestmark = pytest.mark.django_db


def press(client: Client, pk: int, act: str) -> int:
    return client.post(f"/admin/shop/order/{pk}/money/", {"act": act}).status_code


def shown(client: Client, order: Order) -> str:
    came = f"?_changelist_filters=q%3D{order.number}"
    answer = client.get(f"/admin/shop/order/{order.pk}/change/{came}")
    return answer.content.decode()


def test_the_bank_is_asked_again_and_the_rest_cancelled_once() -> None:
    order = paid({product(price=34_900): 3})
    other = paid({product(price=1_000): 1})
    line = order.lines.get()
    hand_over(parcel(order, {line: 1}))
    failed = Capture.objects.get()
    Capture.objects.update(state="failed")
    client = of("Web Sales")
    page = shown(client, order)
    again, rest = f"again:{failed.pk}", f"rest:{line.pk}:2"
    assert f'value="{again}"' in page
    assert f'value="{rest}"' in page

    assert press(of("Dispatch"), order.pk, again) == 403
    assert press(client, other.pk, again) == 404, "another order's"
    assert press(client, other.pk, rest) == 404
    for odd in ("", "again", "again:x", "again:²", "rest:1", f"rest:{line.pk}:-1:2"):
        assert press(client, order.pk, odd) == 404
    for zero in (f"rest:{line.pk}:0", f"rest:{line.pk}:-1", f"rest:{line.pk}:3"):
        assert press(client, order.pk, zero) == 302
    failed.refresh_from_db()
    line.refresh_from_db()
    assert (failed.state, line.cancelled) == ("failed", 0)

    for _ in range(2):
        assert press(client, order.pk, again) == 302
        assert press(client, order.pk, rest) == 302
    failed.refresh_from_db()
    line.refresh_from_db()
    assert (failed.state, failed.turn, line.cancelled) == ("asked", 1, 2)
    codes = OrderEvent.objects.filter(order_number=order.number)
    assert codes.filter(code="capture-again").count() == 1
    assert codes.filter(code="line-cancelled").count() == 1
    assert Message.objects.count() == 1


def test_a_whole_order_is_not_offered_as_a_rest() -> None:
    order = paid({product(price=1_000): 2})
    page = shown(of("Web Sales"), order)
    assert "Note a talk" in page, "it is the order's page"
    assert "in no parcel yet" not in page


def test_money_is_taken_early_only_when_the_bank_is_about_to_let_it_go() -> None:
    order = paid({product(stock=5): 1})
    client = of("Web Sales")
    for ends, offered in ((None, False), (100, False), (20, True), (-1, False)):
        left = None if ends is None else timezone.now() + timedelta(hours=ends)
        order.payments.update(capture_before=left)
        assert ("before it leaves" in shown(client, order)) == offered, ends
        assert press(client, order.pk, "early") == (302 if offered else 404), ends
    (capture,) = Capture.objects.filter(payment__order=order)
    assert capture.amount_pence == order.total_pence
    assert press(of("Dispatch"), order.pk, "early") == 403
    codes = OrderEvent.objects.filter(order_number=order.number)
    assert codes.filter(code="captured-early").count() == 1
