"""A code in trolley, checkout and order, and the queue of Web Sales, by every rule.

SCREENSHOTS=folder keeps a picture of each page, to be looked at.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from members.models import Member
from shop.models import Order, Product, Voucher
from tests.browser.axe import PICTURES, faults
from tests.browser.places import Place, _press
from tests.browser.steps import CAMERA_PAGE
from tests.browser.test_axe_letters_desk import DJANGOS
from tests.builders import draft_token, product
from tests.servers import ShopServer
from tests.shop.sale_cast import paid
from tests.staff import sign_in

# One of each sort; with SCREENSHOTS all of them.
IN_SHORT = {"code-refused", "code-staff-queue", "code-staff-order"}


def places() -> list[Place]:
    camera = Product.objects.get(slug=CAMERA_PAGE.split("/")[2])
    Voucher.objects.create(
        code="AUTUMN26",
        kind=Voucher.Kind.PERCENT,
        amount=10,
        starts_at=timezone.now(),
        made_by="staff:1",
    )
    full = f"1|{camera.sku}:1"
    token = draft_token(Client(), {camera.sku: 1}, voucher="AUTUMN26")

    def typed(code: str) -> Callable[[Page], None]:
        def act(page: Page) -> None:
            page.get_by_text("Add an offer code").click()
            _press("Use code", voucher=code)(page)

        return act

    def along(page: Page) -> None:
        typed("autumn26")(page)
        _press("Check out")(page)

    return [
        Place("code-refused", "/trolley/", full, typed("spring")),
        Place("code-used", "/trolley/", full, typed("autumn26")),
        Place("code-checkout", "/trolley/", full, along),
        Place("code-review", f"/orders/{token}/review/", full),
    ]


def staff_pages() -> list[tuple[str, str]]:
    order = paid({product(name="Nikon FM2", price=34_900): 1})
    Order.objects.filter(pk=order.pk).update(review="address twin")
    return [
        ("code-staff-queue", "/admin/shop/order/queue/"),
        ("code-staff-order", f"/admin/shop/order/{order.pk}/change/"),
        ("looks-reason", "/admin/privacy/look/reason/"),
        ("code-staff-vouchers", "/admin/shop/voucher/"),
        ("code-staff-add", "/admin/shop/voucher/add/"),
    ]


def test_codes_and_the_queue(seen: Page, demo_shop: ShopServer) -> None:
    found: list[str] = []
    for place in places():
        if place.name in IN_SHORT or PICTURES:
            place.open(seen, demo_shop.url)
            found += faults(seen, place.name)
    member = Member.objects.create_user("sales@jessops.example", is_staff=True)
    member.groups.add(Group.objects.get(name="Web Sales"))
    client = Client()
    sign_in(client, member)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": demo_shop.url}
    seen.context.add_cookies([cookie])  # type: ignore[list-item]
    for title, path in staff_pages():
        if title in IN_SHORT or PICTURES:
            answer = seen.goto(f"{demo_shop.url}{path}")
            assert answer is not None
            assert answer.status == 200, (title, answer.status)
            found += [
                one
                for one in faults(seen, title)
                if not any(rule in one for rule in DJANGOS)
            ]
    assert not found, "\n" + "\n".join(found)
