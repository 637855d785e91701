"""Web Sales' screens for money back and returns: rights, limits, one click each."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from members.models import Member
from privacy.models import Look
from shop.actions import returns
from shop.models import Capture, Order, OrderEvent, Payment, Refund, Return
from tests import staff
from tests.builders import product
from tests.shop.sale_cast import hand_over, paid, parcel

pytestmark = pytest.mark.django_db

ASK = "/admin/shop/refund/ask/"


def of(role: str, name: str = "one") -> Client:
    email = f"{name}.{role.replace(' ', '').lower()}@jessops.example"
    member = Member.objects.create_user(email, is_staff=True)
    if role:
        member.groups.add(Group.objects.get(name=role))
    client = Client()
    staff.sign_in(client, member)
    return client


@pytest.fixture
def order() -> Order:
    found = paid({product(price=34_900): 2})
    hand_over(parcel(found))
    Capture.objects.update(state="done", done_at=timezone.now())
    Payment.objects.update(status="captured")
    found.refresh_from_db()
    return found


def form(client: Client, order: Order, pounds: str) -> dict[str, str]:
    page = client.get(ASK).content.decode()
    found = re.search(r'name="attempt" value="([^"]+)"', page)
    assert found
    return {
        "number": order.number,
        "amount": pounds,
        "reason": "goodwill",
        "attempt": found[1],
    }


def test_one_form_is_one_refund_within_the_limit(order: Order) -> None:
    client = of("Web Sales")
    fields = form(client, order, "250.00")
    for _ in range(2):
        assert client.post(ASK, fields).status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount_pence, refund.state) == (25_000, "asked")
    assert OrderEvent.objects.filter(code="refund-asked").count() == 1


def test_above_it_another_person_agrees_and_each_leaves_a_line(order: Order) -> None:
    first, second = of("Web Sales", "first"), of("Web Sales", "second")
    first.post(ASK, form(first, order, "250.01"))
    refund = Refund.objects.get()
    assert refund.state == "waiting"
    url = f"/admin/shop/refund/{refund.pk}/"
    assert "Agree to it" not in first.get(f"{url}change/").content.decode()
    first.post(f"{url}act/", {"act": "approve"})
    refund.refresh_from_db()
    assert refund.state == "waiting"
    assert "Agree to it" in second.get(f"{url}change/").content.decode()
    for _ in range(2):
        second.post(f"{url}act/", {"act": "approve"})
    refund.refresh_from_db()
    assert refund.state == "asked"
    assert refund.approved_by != refund.asked_by
    codes = OrderEvent.objects.filter(order_number=order.number)
    assert codes.filter(code="refund-approved").count() == 1
    assert Look.objects.filter(subject=order.email_hash).exists()


def test_more_than_was_taken_is_refused_in_words(order: Order) -> None:
    client = of("Web Sales")
    page = client.post(ASK, form(client, order, "9999.00")).content.decode()
    assert "more than was taken" in page
    assert not Refund.objects.exists()


@pytest.mark.parametrize("role", ["Newsletter", "Clubs", "Dispatch", "Privacy"])
def test_nobody_else_gives_anything_back(order: Order, role: str) -> None:
    client = of(role)
    assert client.get(ASK).status_code == 403
    assert client.post(ASK, {"number": order.number}).status_code == 403
    assert client.post("/admin/shop/refund/1/act/", {"act": "again"}).status_code == 403
    assert client.post("/admin/shop/return/1/act/", {"act": "pay"}).status_code == 403
    assert client.get("/admin/shop/refund/").status_code == 403


def test_a_return_is_booked_in_and_paid_for_by_buttons(order: Order) -> None:
    client = of("Web Sales")
    line = order.lines.get()
    back = returns.ask(
        order=order,
        pieces={line.pk: 1},
        reason=Return.Reason.FAULTY,
        by="customer",
        attempt="1",
    )
    url = f"/admin/shop/return/{back.pk}/"
    found = back.lines.get()
    assert "Book it in" in client.get(f"{url}change/").content.decode()
    client.post(f"{url}act/", {"act": "receive", f"found-{found.pk}": "used"})
    back.refresh_from_db()
    assert back.state == "asked", "used: as which product?"
    client.post(f"{url}act/", {"act": "receive", f"found-{found.pk}": "scrap"})
    back.refresh_from_db()
    assert back.state == "received"
    page = client.get(f"{url}change/").content.decode()
    assert "£349.00 is due" in page
    client.post(f"{url}act/", {"act": "pay", "amount": "349.00"})
    back.refresh_from_db()
    refund = back.refunds.get()
    assert (back.state, refund.state, refund.needs_second) == (
        "settled",
        "waiting",
        True,
    )
    other = of("Web Sales", "other")
    other.post(f"/admin/shop/refund/{refund.pk}/act/", {"act": "refuse"})
    back.refresh_from_db()
    assert back.state == "received", "it is still to be paid for"


def test_what_was_announced_and_never_came_is_closed(order: Order) -> None:
    back = returns.ask(
        order=order,
        pieces={order.lines.get().pk: 1},
        reason=Return.Reason.CHANGED_MIND,
        by="customer",
        attempt="never",
    )
    page = f"/admin/shop/return/{back.pk}/"
    sales = of("Web Sales")
    assert "It never came" in sales.get(f"{page}change/").text
    for _ in range(2):
        answer = sales.post(f"{page}act/", {"act": "withdraw"})
        assert answer.status_code == 302
    back.refresh_from_db()
    assert back.state == Return.State.WITHDRAWN
    assert of("Dispatch").post(f"{page}act/", {"act": "withdraw"}).status_code == 403


def test_the_lists_ask_few_questions(
    order: Order, django_assert_max_num_queries: object
) -> None:
    client = of("Web Sales")
    for url in ("/admin/shop/refund/", "/admin/shop/return/"):
        with django_assert_max_num_queries(15):  # type: ignore[operator]
            assert client.get(url).status_code == 200
