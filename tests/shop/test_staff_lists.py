"""Every staff list asks few questions, and no more of them when the shop grows.

A thousand orders and the seconds are a drill: tests/drills/test_thousand_orders.py.
"""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jessops import dashboard
from members.models import Member
from shop.actions import documents, refunds, returns
from shop.models import BankEvent, Capture, Order, Payment, Refund, Return
from tests.builders import product
from tests.shop.sale_cast import deliver, hand_over, paid, parcel
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
MOST = 15


def lists() -> list[str]:
    """Every list of the staff's pages, and the desks that are lists of their own."""
    own = ("shop_order_queue", "shop_dispatch", "shop_pick", "shop_counter", "index")
    rows = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    return [*rows, *(reverse(f"admin:{name}") for name in own)]


def grow(orders: int, first: int) -> None:
    """Add orders that wait for a person, are picked, are gone, and came back."""
    for number in range(first, first + orders):
        thing = product(stock=20)
        waits, picked, gone = (paid({thing: 1}) for _ in range(3))
        Order.objects.filter(pk=waits.pk).update(review="address")
        parcel(picked)
        deliver(hand_over(parcel(gone)))
        Capture.objects.filter(payment__order=gone).update(
            state="done", done_at=timezone.now()
        )
        Payment.objects.filter(order=gone).update(status="captured")
        documents.invoice_for(Capture.objects.get(payment__order=gone))
        returns.ask(
            order=gone,
            pieces={gone.lines.get().pk: 1},
            reason=Return.Reason.FAULTY,
            by="customer",
            attempt=f"back-{number}",
        )
        refunds.ask(
            order=gone,
            pence=100,
            reason=Refund.Reason.GOODWILL,
            by="staff:1",
            limit=25_000,
            attempt=f"refund-{number}",
        )
        BankEvent.objects.create(event_id=f"evt_{number}", type="charge.refunded")


def asked(client: Client) -> dict[str, int]:
    """Say what each list asks: the least of two, as some is asked once a process."""
    found: dict[str, int] = {}
    for url in lists() * 2:
        with CaptureQueriesContext(connection) as context:
            assert client.get(url).status_code == 200, url
        found[url] = min(len(context), found.get(url, len(context)))
    return found


def test_a_list_costs_the_same_however_long_it_is() -> None:
    client = Client()
    one = Member.objects.create_superuser("all@jessops.example", "long enough secret")
    sign_in(client, one)
    grow(1, 0)
    before = asked(client)
    grow(4, 1)
    after = asked(client)
    assert {url: after[url] for url in after if after[url] > before[url]} == {}
    figures = after.pop(reverse("admin:index"))  # one each, for who may see all
    assert figures <= len(dashboard._FIGURES) + MOST
    assert {url: many for url, many in after.items() if many >= MOST} == {}
