"""Orders that need a person: found, asked about as wished, dealt with (P10, P50)."""

import html
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from members.models import Member
from newsletter.models import Message
from shop import troubles
from shop.actions import dispatch, reviewing
from shop.models import Note, Order, OrderEvent, Status, Voucher
from tests import staff
from tests.builders import draft_token, move_order, product, reserve

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "/admin/shop/order/queue/"


@pytest.fixture
def desk(client: Client) -> Client:
    """Somebody of Web Sales, signed in."""
    call_command("migrate", verbosity=0)
    member = Member.objects.create_user(
        email="sales@example.co.uk", password="a long enough one", is_staff=True
    )
    member.groups.add(Group.objects.get(name="Web Sales"))
    staff.sign_in(client, member)
    return client


def waiting(*codes: str, **changes: Any) -> Order:
    token = draft_token(Client(), {product().sku: 1}, **changes)
    now = timezone.now()
    move_order(token, Status.AUTHORISED, placed_at=now, authorised_at=now)
    Order.objects.filter(token=token).update(review=" ".join(codes))
    return Order.objects.get(token=token)


def press(desk: Client, order: Order, act: str, **more: str) -> str:
    answer = desk.post(
        f"/admin/shop/order/{order.pk}/act/", {"act": act, **more}, follow=True
    )
    return answer.content.decode()


def test_the_queue_says_what_to_do_and_names_nobody(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    first = waiting("twin", "address")
    other = waiting("parcel-lost")
    done = waiting()
    with django_assert_max_num_queries(14):
        page = desk.get(QUEUE).content.decode()
    assert page.index(first.number) < page.index(other.number)
    for code in ("twin", "address", "parcel-lost"):
        assert troubles.of(code).title in page
    assert done.number not in page
    assert "Priya" not in page
    only = desk.get(f"{QUEUE}?code=twin").content.decode()
    assert first.number in only
    assert other.number not in only
    # "address" is not "bank-address"
    assert first.number not in desk.get(f"{QUEUE}?code=bank-address").content.decode()


def test_an_unpaid_order_waits_for_nobody_unless_its_money_is_unclear() -> None:
    quiet = waiting("address")
    loud = waiting("payment")
    for order in (quiet, loud):
        Order.objects.filter(pk=order.pk).update(
            status=Status.CANCELLED, closed_at=timezone.now()
        )
    assert list(reviewing.waiting()) == [loud]


def test_dealt_with_it_goes_on_to_dispatch(desk: Client) -> None:
    order = waiting("address", "twin")
    with pytest.raises(dispatch.NotPossible):
        dispatch.start(order=order, by="staff:1")
    page = press(desk, order, "done:address")
    assert "Dealt with." in page
    order.refresh_from_db()
    assert order.review_codes == ["twin"]
    press(desk, order, "done:twin")
    reserve(order)
    assert dispatch.start(order=order, by="staff:1").order_id == order.pk
    looked = OrderEvent.objects.filter(order_number=order.number, code="looked-at")
    assert {event.detail for event in looked} == {"address", "twin"}
    assert all(event.by.startswith("staff:") for event in looked)


def test_who_wished_a_letter_gets_one_a_day_and_no_advert(desk: Client) -> None:
    order = waiting("address")
    assert "A letter is on its way." in press(desk, order, "write:address")
    assert "was written to about it today" in press(desk, order, "write:address")
    letter = Message.objects.get(key__startswith="trouble:")
    assert letter.message_class == "order"
    assert letter.to == order.email
    assert order.get_absolute_url() in letter.text
    assert "offer" not in letter.text.lower()


def test_who_wished_to_be_rung_is_rung_and_the_talk_is_noted(desk: Client) -> None:
    order = waiting("address", contact_by="telephone")
    page = desk.get(f"/admin/shop/order/{order.pk}/change/").content.decode()
    assert order.telephone in page
    assert "Write to the buyer" not in page
    assert "wished to be rung" in press(desk, order, "write:address")
    assert not Message.objects.filter(key__startswith="trouble:").exists()
    page = press(desk, order, "rang", words="It is the yellow door.")
    assert "It is the yellow door." in page
    note = Note.objects.get()
    assert note.words == "It is the yellow door."
    assert note.email_hash == order.email_hash
    assert "say in a few words" in press(desk, order, "rang", words=" ")


def about_trouble() -> list[str]:
    letters = Message.objects.filter(key__startswith="trouble:")
    assert {one.message_class for one in letters} <= {"order"}
    assert not any("offer" in one.text.lower() for one in letters)
    return [one.key.split(":")[2] for one in letters.order_by("pk")]


def test_who_wished_a_letter_is_not_rung_without_a_reason(desk: Client) -> None:
    order = waiting("address", contact_by="email")
    Order.objects.filter(pk=order.pk).update(contact_by="email")
    page = f"/admin/shop/order/{order.pk}/change/"
    shown = desk.get(page).content.decode()
    assert order.email in shown
    assert order.telephone not in shown
    assert "choose a reason" in press(desk, order, "other", reason="curious")
    assert order.telephone not in desk.get(page).content.decode()
    shown = press(desk, order, "other", reason="unreachable")
    assert order.telephone in shown
    noted = OrderEvent.objects.get(order_number=order.number, code="other-way")
    assert (noted.detail, noted.by[:6]) == ("unreachable", "staff:")
    # to whoever gave the reason, and for half an hour
    assert reviewing.ways(order=order, by="staff:0") == ["email"]
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert reviewing.ways(order=order, by=noted.by) == ["email"]


def test_who_wished_to_be_rung_is_written_to_for_a_reason_alone(desk: Client) -> None:
    order = waiting("address", contact_by="telephone")
    shown = desk.get(f"/admin/shop/order/{order.pk}/change/").content.decode()
    assert order.email not in shown
    assert "wished to be rung" in press(desk, order, "write:address")
    assert order.email in press(desk, order, "other", reason="asked")
    assert "A letter is on its way." in press(desk, order, "write:address")
    assert about_trouble() == ["address"]


@pytest.mark.parametrize("code", reviewing.TELLS)
def test_a_trouble_is_told_once_on_the_wished_way_and_stands_in_the_queue(
    code: str,
) -> None:
    written, rung = waiting(code), waiting(code, contact_by="telephone")
    Order.objects.filter(pk=written.pk).update(contact_by="email")
    for order in (written, rung):
        Order.objects.filter(pk=order.pk).update(address_check="none")
        for _ in range(3):
            reviewing.tell(order=Order.objects.get(pk=order.pk), code=code)
    assert about_trouble() == [code]
    assert Message.objects.get(key__startswith="trouble:").to == written.email
    assert set(reviewing.waiting()) == {written, rung}
    with pytest.raises(reviewing.NotPossible):
        reviewing.write(order=written, code=code, by="staff:1")


@pytest.mark.parametrize("wish", ["email", "telephone"])
def test_a_trouble_at_payment_is_asked_about_in_the_confirmation(wish: str) -> None:
    order = waiting("bank-address", "address", contact_by=wish)
    Order.objects.filter(pk=order.pk).update(contact_by=wish, address_check="none")
    order.refresh_from_db()
    reviewing.confirm(order=order)
    assert not reviewing.tell(order=order, code="address")
    (letter,) = Message.objects.filter(about=order.about)
    assert letter.message_class == "order"
    for text in (letter.text, letter.html):
        said = " ".join(html.unescape(text).split())
        assert (troubles.of("address").ask in said) == (wish == "email")
        assert troubles.of("bank-address").ask not in said
    assert order in reviewing.waiting()


def test_an_address_that_could_not_be_looked_up_is_not_the_buyers_trouble() -> None:
    order = waiting("address", contact_by="email")
    Order.objects.filter(pk=order.pk).update(address_check="unavailable")
    order.refresh_from_db()
    assert not reviewing.tell(order=order, code="address")
    assert about_trouble() == []


def test_goods_that_are_not_there_make_an_order_wait(desk: Client) -> None:
    order = waiting(contact_by="email")
    for _ in range(2):
        press(desk, order, "short")
    assert about_trouble() == ["short"]
    order.refresh_from_db()
    assert order.review_codes == ["short"]
    with pytest.raises(dispatch.NotPossible):
        dispatch.start(order=order, by="staff:1")


def test_only_who_may_acts(desk: Client) -> None:
    order = waiting("address")
    address = f"/admin/shop/order/{order.pk}/act/"
    assert desk.get(address).status_code == 404
    assert desk.post(address, {"act": "burn"}).status_code == 404
    Member.objects.get(email="sales@example.co.uk").groups.clear()
    assert desk.post(address, {"act": "done:address"}).status_code == 403
    assert desk.get(QUEUE).status_code == 403
    order.refresh_from_db()
    assert order.review_codes == ["address"]


def test_web_sales_makes_a_code_and_ends_it(desk: Client) -> None:
    begins = {"starts_at_0": "2026-01-01", "starts_at_1": "00:00"}
    form = {"code": "", "kind": "fixed", "amount": "500", "note": "Late parcel"}
    wrong = desk.post("/admin/shop/voucher/add/", {**form, **begins, "least_pence": 0})
    assert "At least the sum and £1." in wrong.content.decode()
    desk.post(
        "/admin/shop/voucher/add/",
        {**form, **begins, "least_pence": "1000", "limit": "1"},
    )
    voucher = Voucher.objects.get()
    assert len(voucher.code) == 12
    assert voucher.made_by.startswith("staff:")
    ends = timezone.now() - timedelta(minutes=1)
    answer = desk.post(
        f"/admin/shop/voucher/{voucher.pk}/change/",
        {
            "ends_at_0": f"{ends:%Y-%m-%d}",
            "ends_at_1": f"{ends:%H:%M}",
            "limit": "1",
            "note": "",
            "amount": "9999",
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    voucher.refresh_from_db()
    assert voucher.ends_at
    assert voucher.amount == 500
