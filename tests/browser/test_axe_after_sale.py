"""Cancelling, sending back, and Web Sales' screens for both, by every rule.

SCREENSHOTS=folder keeps a picture of each page, to be looked at.
"""

from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from members.models import Member
from shop.actions import amending, documents, refunds, returns
from shop.models import Capture, Order, Payment, Refund, Return, ReturnLine
from tests.browser.axe import PICTURES, faults
from tests.browser.test_axe_letters_desk import DJANGOS
from tests.builders import product
from tests.servers import ShopServer
from tests.shop.sale_cast import deliver, hand_over, paid, parcel
from tests.staff import sign_in

# One of each sort; with SCREENSHOTS all of them.
IN_SHORT = {
    "sale-staff-first",
    "sale-cancel",
    "sale-more",
    "sale-note",
    "sale-staff-more",
    "sale-order-papers",
    "sale-return",
    "sale-staff-return",
}


def sent() -> Order:
    made = paid(
        {
            product(name="Ilford HP5 Plus 400, 36 exp.", stock=30): 3,
            product(name="Nikon FM2", price=34_900): 1,
        }
    )
    deliver(hand_over(parcel(made)))
    Capture.objects.filter(payment__order=made).update(
        state="done", done_at=timezone.now()
    )
    Payment.objects.filter(order=made).update(status="captured")
    made.refresh_from_db()
    documents.invoice_for(Capture.objects.get(payment__order=made))
    return made


def back_of(order: Order) -> Return:
    return returns.ask(
        order=order,
        pieces={order.lines.all()[1].pk: 1},
        reason=Return.Reason.FAULTY,
        by="customer",
        attempt=f"a-{order.pk}",
    )


def pages() -> list[tuple[str, str]]:
    new, here, asked, came = paid({product(): 1}), sent(), sent(), sent()
    coming, arrived = back_of(asked), back_of(came)
    found = returns.Found(ReturnLine.Found.NEW)
    returns.receive(back=arrived, found={arrived.lines.get().pk: found}, by="staff:1")
    refund = refunds.ask(
        order=came,
        pence=30_000,
        reason=Refund.Reason.GOODWILL,
        by="staff:1",
        limit=25_000,
        attempt="big",
    )
    grows = paid({product(): 1})
    more = amending.offer(
        order=grows, wanted={product(stock=3).sku: 1}, by="staff:1"
    ).order
    return [
        ("sale-note", f"/orders/{grows.token}/note/"),
        ("sale-more", f"/orders/{more.token}/more/"),
        ("sale-staff-more", f"/admin/shop/order/{new.pk}/amend/"),
        ("sale-staff-asked", f"/admin/shop/order/{more.pk}/change/"),
        ("sale-cancel", f"/orders/{new.token}/cancel/"),
        ("sale-return", f"/orders/{asked.token}/return/"),
        ("sale-return-came", f"/orders/{came.token}/return/"),
        ("sale-return-first", f"/orders/{here.token}/return/"),
        ("sale-return-unsent", f"/orders/{new.token}/return/"),
        ("sale-order-papers", f"/orders/{here.token}/"),
        ("sale-staff-first", "/admin/"),
        ("sale-staff-papers", "/admin/shop/document/"),
        ("sale-staff-paper", f"/admin/shop/document/{here.documents.get().pk}/change/"),
        ("sale-staff-return", f"/admin/shop/return/{coming.pk}/change/"),
        ("sale-staff-pay", f"/admin/shop/return/{arrived.pk}/change/"),
        ("sale-staff-refund", f"/admin/shop/refund/{refund.pk}/change/"),
        ("sale-staff-refunds", "/admin/shop/refund/"),
        ("sale-staff-ask", "/admin/shop/refund/ask/"),
    ]


def test_after_the_sale(seen: Page, demo_shop: ShopServer) -> None:
    member = Member.objects.create_user("sales@jessops.example", is_staff=True)
    member.groups.add(Group.objects.get(name="Web Sales"))
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
