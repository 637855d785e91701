"""Forms take their own fields and no others, whatever is sent (R37)."""

import json

import pytest
from django.test import Client

from members.models import Member
from shop.models import Order
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
