"""The desk of Dispatch, and an order whose parcel is on its way, by every rule.

SCREENSHOTS=folder keeps a picture of each page, to be looked at.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from members.models import Member
from shop.models import Consignment, ConsignmentLine, Order, TrackingStep
from tests.browser.axe import PICTURES, faults
from tests.browser.test_axe_letters_desk import DJANGOS
from tests.builders import product
from tests.servers import ShopServer
from tests.shop.test_dispatch import ordered
from tests.staff import sign_in

HERE = "/admin/shop/consignment"
# One of each sort; with SCREENSHOTS all of them.
IN_SHORT = {"dispatch-desk", "dispatch-parcel-draft", "dispatch-order"}
State = Consignment.State


def parcel(order: Order, state: Consignment.State, carrier: str) -> Consignment:
    now = timezone.now()
    made = Consignment.objects.create(
        order=order,
        number=f"{order.number}-1",
        carrier=carrier,
        service="standard",
        weight_g=1240,
        packed_at=now,
        handed_at=now if state in Consignment.LEFT else None,
        state=state,
        booking="EK1234567",
        barcode="EK1234567",
        tracking="EK1234567",
        collect_code="K7QM2X" if carrier == "collect" else "",
    )
    for line in order.lines.all():
        ConsignmentLine.objects.create(consignment=made, line=line, quantity=1)
    return made


def pages() -> list[tuple[str, str]]:
    thing = product(name="Ilford HP5 Plus 400, 36 exp.", stock=30)
    thing.stock.location = "B-07"
    thing.stock.save(update_fields=["location"])
    orders = [
        ordered({thing.sku: 1}, line1=f"{number} Mill Lane") for number in range(6)
    ]
    draft = parcel(orders[0], State.DRAFT, "")
    packed = parcel(orders[1], State.PACKED, "courier")
    booked = parcel(orders[2], State.BOOKED, "parcelforce")
    waits = parcel(orders[3], State.READY, "collect")
    away = parcel(orders[4], State.HANDED_OVER, "parcelforce")
    for hours, code in ((20, "collected"), (10, "in-transit"), (1, "out")):
        at = timezone.now() - timedelta(hours=hours)
        TrackingStep.objects.create(consignment=away, code=code, own_code=code, at=at)
    return [
        ("dispatch-first", "/admin/"),
        ("dispatch-desk", f"{HERE}/desk/"),
        ("dispatch-pick", f"{HERE}/pick/"),
        ("dispatch-counter", f"{HERE}/counter/"),
        ("dispatch-parcels", f"{HERE}/"),
        ("dispatch-parcel-draft", f"{HERE}/{draft.pk}/change/"),
        ("dispatch-parcel-packed", f"{HERE}/{packed.pk}/change/"),
        ("dispatch-parcel-booked", f"{HERE}/{booked.pk}/change/"),
        ("dispatch-parcel-away", f"{HERE}/{away.pk}/change/"),
        ("dispatch-slip", f"{HERE}/{booked.pk}/slip/"),
        ("dispatch-order", f"/orders/{orders[4].token}/"),
        ("dispatch-order-waits", f"/orders/{waits.order.token}/"),
        ("dispatch-correct", f"/orders/{orders[5].token}/correct/"),
    ]


def test_the_desk_of_dispatch(seen: Page, demo_shop: ShopServer) -> None:
    member = Member.objects.create_user("dispatch@jessops.example", is_staff=True)
    member.groups.add(Group.objects.get(name="Dispatch"))
    client = Client()
    sign_in(client, member)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": demo_shop.url}
    seen.context.add_cookies([cookie])  # type: ignore[list-item]
    found: list[str] = []
    for title, path in pages():
        if title not in IN_SHORT and not PICTURES:
            continue
        answer = seen.goto(f"{demo_shop.url}{path}")
        assert answer is not None
        assert answer.status == 200, (title, answer.status)
        found += [
            one
            for one in faults(seen, title)
            if not any(rule in one for rule in DJANGOS)
        ]
    assert not found, "\n" + "\n".join(found)
