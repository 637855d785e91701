"""An order's link and the way to be erased: it says nothing about the person (R31)."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.actions import leaving
from shop.models import Order
from tests.builders import draft_token, product
from tests.members.cast import member
from tests.members.test_correcting import order_of
from tests.members.test_leaving import mail_to

pytestmark = pytest.mark.django_db

VICTIM = "victim@example.co.uk"


def typed_by_a_stranger() -> str:
    """An order that somebody else made with the victim's address, and never paid."""
    token = draft_token(Client(), {product().sku: 1}, email=VICTIM)
    Order.objects.filter(token=token).update(status="pending", placed_at=timezone.now())
    return token


def page(token: str, method: str = "get") -> str:
    answer = getattr(Client(), method)(f"/orders/{token}/leave/")
    number = Order.objects.get(token=token).number
    return str(answer.content.decode()).replace(token, "T").replace(number, "N")


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_is_the_same_whether_the_address_has_an_account(method: str) -> None:
    unknown = page(typed_by_a_stranger(), method)
    Order.objects.all().delete()
    member(email=VICTIM, full_name="Vic Tim", telephone="01632 960987")
    other = order_of(VICTIM)
    leaving.ask_erasure(
        subject=email_hash(VICTIM), email=VICTIM, door="staff", by="staff:1"
    )
    known = page(typed_by_a_stranger(), method)
    assert known == unknown
    assert other.number not in known


def test_behind_the_mailbox_everything_is_shown() -> None:
    """The control: the same page, by the link that went to the address."""
    order = order_of(VICTIM)
    page(order.token, "post")
    (text,) = [m.text for m in mail_to(VICTIM) if "/leave/" in m.text]
    found = re.search(r"/orders/\S+/leave/\S+", text)
    assert found
    client = Client()
    shown = client.get(found[0]).content.decode()
    assert "What is erased" in shown
    answer = client.post(found[0])
    assert "Our reference is" in client.get(answer["Location"]).content.decode()
