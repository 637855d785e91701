"""What opens sealed columns costs one question to the key store a page (R24)."""

from typing import Any

import pytest
from django.test import Client

from members.models import Member
from privacy import keys
from tests.members.cast import member, signed_in
from tests.members.test_correcting import order_of
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    real = keys.ask

    def noted(sql: str, values: Any) -> Any:
        found.append(sql)
        return real(sql, values)

    monkeypatch.setattr(keys, "ask", noted)
    return found


def test_an_orders_page_asks_once_and_lists_as_often(asked: list[str]) -> None:
    who = member(email="seal@example.co.uk")
    some = [order_of(who.email) for _ in range(3)]
    boss = Member.objects.create_superuser("boss@example.co.uk", "a fine long lens")
    staff = Client()
    sign_in(staff, boss)
    for client, address in (
        (Client(), f"/orders/{some[0].token}/"),
        (signed_in(who), "/members/orders/"),
        (staff, "/admin/shop/order/"),
    ):
        asked.clear()
        assert client.get(address).status_code == 200
        assert len(asked) <= 1, (address, asked)
