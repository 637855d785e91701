"""Forms take their own fields and no others, whatever is sent (R37)."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member
from shop.models import Order, Payment
from tests.builders import draft_token, move_order, product
from tests.members.cast import proved, signed_in
from tests.members.test_routes import Owner, owner, path, public

__all__ = ["owner"]  # the fixture
pytestmark = pytest.mark.django_db

NOBODY_ASKED = {
    **{"is_staff": "1", "is_superuser": "1", "is_active": "0", "id": "1", "pk": "1"},
    **{"groups": "1", "user": "1", "member": "1", "policy_version": "99"},
    **{"price": "1", "total": "1", "total_pence": "1", "status": "authorised"},
    **{"discount": "100", "qty": "-1", "quantity": "1000000000", "email_hash": "x"},
    **{"deactivated_at": "2020-01-01", "joined_at": "2020-01-01", "token": "x"},
}
JSON = json.dumps(NOBODY_ASKED)
ALONE = (
    *("members/leave/", "accounts/logout/", "accounts/sessions/end/"),
    "orders/<token:token>/review/",
)


def said(who: Member, order: Order) -> list[object]:
    rows = (Member.objects.get(pk=who.pk), Order.objects.get(pk=order.pk))
    names = [(row, one.attname) for row in rows for one in row._meta.fields]
    # Signing in anew for each address is the test's own doing.
    return [(name, getattr(row, name)) for row, name in names if name != "last_login"]


@pytest.mark.parametrize("kind", ["fields", "twice", "json", "text"])
def test_what_nobody_asked_for_changes_nothing(owner: Owner, kind: str) -> None:
    owner.passkey.delete()  # nothing but a name: it opens no page
    before = said(owner.member, owner.order)
    twice = {name: [value, "2"] for name, value in NOBODY_ASKED.items()}
    walked = 0
    for route in public():
        # what a bare press does is their whole point
        if route in ALONE:
            continue
        client: Client = signed_in(owner.member)
        proved(client)
        address = path(route, owner.address.pk if "uuid" in route else 0).replace(
            "A" * 32, owner.order.token
        )
        if kind in ("fields", "twice"):
            sent = NOBODY_ASKED if kind == "fields" else twice
            answer = client.post(address, sent)
        else:
            mime = "application/json" if kind == "json" else "text/plain"
            answer = client.post(address, JSON, content_type=mime)
        assert answer.status_code < 500, route
        assert said(owner.member, owner.order) == before, route
        walked += 1
    assert walked > 60


# --- money, and steps out of order ---------------------------------------------------
def test_a_price_in_the_trolleys_forms_is_no_price(client: Client) -> None:
    thing = product(price=144_900)
    sent = NOBODY_ASKED | {"sku": thing.sku, "quantity": "2"}
    assert client.post("/trolley/add/", sent).status_code == 303
    assert client.cookies["trolley"].value == f"1|{thing.sku}:2"
    client.post("/trolley/update/", NOBODY_ASKED)
    assert client.cookies["trolley"].value == f"1|{thing.sku}:2"
    assert "£2,898.00" in client.get("/trolley/").content.decode()


def test_an_orders_form_sets_neither_sum_nor_state() -> None:
    thing = product(price=144_900)
    extra = NOBODY_ASKED | {"goods_pence": "1", "delivery_pence": "0", "review": ""}
    order = Order.objects.get(token=draft_token(Client(), {thing.sku: 1}, **extra))
    plain = Order.objects.get(token=draft_token(Client(), {thing.sku: 1}))
    same = ("total_pence", "goods_pence", "vat_pence", "delivery_pence", "status")
    assert [getattr(order, n) for n in same] == [getattr(plain, n) for n in same]
    assert order.goods_pence == 144_900
    assert order.policy_version == plain.policy_version
    assert order.token not in (plain.token, "x")


def test_nobody_pays_before_an_address_or_for_what_is_over(client: Client) -> None:
    thing = product()
    client.post("/trolley/add/", {"sku": thing.sku})
    assert client.post(f"/orders/{'A' * 32}/review/").status_code == 404
    assert not Order.objects.exists()
    for status, when in (("authorised", "authorised_at"), ("cancelled", "closed_at")):
        token = draft_token(client, {thing.sku: 1}, email=f"{status}@example.co.uk")
        now = timezone.now()
        move_order(token, status, **{"placed_at": now, when: now})
        answer = client.post(f"/orders/{token}/review/", NOBODY_ASKED)
        assert answer["Location"] == f"/orders/{token}/"
    assert not Payment.objects.exists()


def test_the_second_step_without_the_first_does_nothing(owner: Owner) -> None:
    """A code, a new password or a yes, from somebody who was never asked for one."""
    before = said(owner.member, owner.order)
    typed = NOBODY_ASKED | {
        **{"code": "000000", "password1": "quite another lens", "sure": "ERASE"},
        **{"password": "quite another lens", "email": owner.member.email},
    }
    walked = 0
    for route in public():
        if not route.startswith(("members/", "accounts/")):
            continue
        # a code by e-mail may be asked for by anybody
        answer = Client().post(path(route, owner.address.pk), typed)
        assert answer.status_code < 500, route
        assert said(owner.member, owner.order) == before, route
        walked += 1
    assert walked > 40
