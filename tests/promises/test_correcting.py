"""P94 and P95, from the outside: put right by member and guest, until it has left."""

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Address
from shop.models import Order, OrderEvent, PostcodeAddresses
from tests.builders import draft_token, product
from tests.members.cast import member, signed_in
from tests.members.test_leaving import mail_to

pytestmark = pytest.mark.django_db

EMAIL = "zyxguest@example.co.uk"
MOVED = {
    "line1": "14 Mill Lane",
    "line2": "",
    "town": "Marlow",
    "county": "",
    "postcode": "SL7 1EY",
    "telephone": "01628 777888",
}


def ordered(email: str = EMAIL) -> Order:
    thing = product()
    token = draft_token(Client(), {thing.sku: 1}, email=email)
    rows = Order.objects.filter(token=token)
    rows.update(status="pending", placed_at=timezone.now())
    rows.update(status="authorised", authorised_at=timezone.now())
    return Order.objects.get(token=token)


def dispatched(order: Order) -> None:
    """The parcel has left: nothing catches up with it."""
    Order.objects.filter(pk=order.pk).update(sent_at=timezone.now(), review="")


def place(order: Order) -> tuple[str, str, str]:
    order = Order.objects.get(pk=order.pk)
    return order.line1, order.telephone, order.billing_line1


def test_a_guest_puts_address_and_number_right_before_it_leaves() -> None:
    PostcodeAddresses.objects.create(
        postcode="SL7 1EY",
        addresses=[{"line1": "14 Mill Lane", "town": "Marlow", "postcode": "SL7 1EY"}],
        fetched_at=timezone.now(),
    )
    order = ordered()
    guest = Client()
    page = guest.get(f"/orders/{order.token}/").content.decode()
    assert f"/orders/{order.token}/correct/" in page
    answer = guest.post(f"/orders/{order.token}/correct/", MOVED)
    assert answer.status_code == 303, answer.content.decode()
    # The frozen facts of the invoice stay.
    assert place(order) == ("14 Mill Lane", "01628 777888", "12 Mill Lane")
    order = Order.objects.get(pk=order.pk)
    assert order.address_check == "match"  # checked as at checkout
    assert "address" not in order.review_codes
    codes = set(
        OrderEvent.objects.filter(order_number=order.number).values_list(
            "code", "detail"
        )
    )
    assert {("address-corrected", "match"), ("telephone-corrected", "")} <= codes
    assert mail_to(EMAIL)[-1].subject == f"Order {order.number} is corrected"
    again = OrderEvent.objects.count()
    guest.post(f"/orders/{order.token}/correct/", MOVED)
    assert OrderEvent.objects.count() == again  # the same again does nothing


def test_after_it_left_nothing_follows() -> None:
    """The control: the very same change, a day too late."""
    order = ordered()
    before = place(order)
    dispatched(order)
    guest = Client()
    assert "/correct/" not in guest.get(f"/orders/{order.token}/").content.decode()
    answer = guest.post(f"/orders/{order.token}/correct/", MOVED)
    assert "It has left already" in answer.content.decode()
    assert place(order) == before


def test_an_address_with_another_price_or_country_is_refused() -> None:
    order = ordered()
    before = place(order)
    for postcode in ("KW15 1LH", "JE2 3AB", "nonsense"):
        answer = Client().post(
            f"/orders/{order.token}/correct/", MOVED | {"postcode": postcode}
        )
        assert answer.status_code == 200
        assert place(order) == before


def test_an_address_in_the_book_follows_into_orders_that_have_not_left() -> None:
    who = member(email=EMAIL)
    first, late = ordered(), ordered()
    dispatched(late)
    Address(
        member=who,
        full_name="Priya Raman",
        line1="12 Mill Lane",
        town="Marlow",
        postcode="SL7 1EY",
        policy_version=1,
    ).save()
    address = Address.objects.get()
    form = {key: MOVED[key] for key in ("line1", "line2", "town", "county", "postcode")}
    answer = signed_in(who).post(
        f"/members/addresses/{address.pk}/",
        form | {"full_name": "Priya Raman", "label": ""},
    )
    assert answer.status_code in (302, 303), answer.content.decode()[-3000:]
    assert Address.objects.get().line1 == "14 Mill Lane"
    assert place(first)[0] == "14 Mill Lane"
    assert place(late)[0] == "12 Mill Lane"


@pytest.mark.parametrize(
    "path",
    ["/members/data/name/", "/members/data/email/", "/members/leave/"],
)
def test_a_stranger_reaches_no_door_of_a_member(path: str) -> None:
    who = member(email=EMAIL, full_name="Olive Long")
    for method in ("get", "post"):
        answer = getattr(Client(), method)(path, {"full_name": "x", "email": "x@y.uk"})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")
    who.refresh_from_db()
    assert (who.email, who.full_name, who.is_active) == (EMAIL, "Olive Long", True)


def test_a_made_up_link_opens_no_order() -> None:
    for door in ("correct", "leave"):
        assert Client().get(f"/orders/{'x' * 32}/{door}/").status_code == 404
        assert Client().post(f"/orders/{'x' * 32}/{door}/", MOVED).status_code == 404
