"""The member's area in a real browser: guest to member, addresses, orders once more.

At both widths, once with scripts and once without.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from members.actions import addresses
from members.models import Address, Member
from shop.models import Order, PostcodeAddresses, Product, Status
from tests.browser.axe import faults
from tests.builders import draft_token
from tests.members.cast import PASSWORD, last_code, member, signed_in
from tests.servers import ShopServer
from tests.watch import WatchedBrowser

pytestmark = pytest.mark.django_db(transaction=True)

PRIYA = "priya@example.co.uk"
HOME = addresses.Details(
    label="Home",
    full_name="Priya Raman",
    line1="12 Mill Lane",
    line2="",
    town="Marlow",
    county="",
    postcode="SL7 1EY",
)
STUDIO = addresses.Details(
    label="Studio",
    full_name="Priya Raman",
    line1="Studio 4, Old Tannery",
    line2="Canal Street",
    town="Leicester",
    county="",
    postcode="LE1 3PL",
)
Open = Callable[..., Page]


@pytest.fixture
def opened(demo_shop: ShopServer, open_context: WatchedBrowser) -> Open:
    """Open a browser, with somebody signed in or nobody, and a trolley or none."""
    PostcodeAddresses.objects.get_or_create(
        postcode="SL7 1EY", defaults={"addresses": [], "fetched_at": timezone.now()}
    )

    def open_(
        who: Member | None = None,
        *,
        width: int = 1280,
        scripts: bool = True,
        trolley: str = "",
    ) -> Page:
        context = open_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        brought: dict[str, str] = {"trolley": trolley} if trolley else {}
        if who:
            brought["sessionid"] = signed_in(who).cookies["sessionid"].value
        for name, value in brought.items():
            cookie: dict[str, Any] = {
                "name": name,
                "value": value,
                "url": demo_shop.url,
            }
            context.add_cookies([cookie])  # type: ignore[list-item]
        return context.new_page()

    return open_


def placed(count: int = 1) -> list[Order]:
    """Orders that a guest made and paid."""
    made = []
    now = timezone.now()
    things = Product.objects.filter(stock__on_hand__gt=3, condition="new").order_by(
        "pk"
    )
    for thing in things[:count]:
        token = draft_token(Client(), {thing.sku: 1}, email=PRIYA)
        rows = Order.objects.filter(token=token)
        rows.update(status=Status.PENDING, placed_at=now)
        rows.update(status=Status.AUTHORISED, authorised_at=now)
        made.append(Order.objects.get(token=token))
    return made


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).last.click()


@pytest.mark.parametrize(
    ("width", "scripts"), [(1280, True), (390, False)], ids=["wide", "narrow-plain"]
)
def test_a_guest_becomes_a_member_and_keeps_trolley_and_orders(
    demo_shop: ShopServer, opened: Open, width: int, scripts: bool
) -> None:
    (order,) = placed()
    page = opened(width=width, scripts=scripts, trolley="1|GONE-1:1")
    page.goto(f"{demo_shop.url}{order.get_absolute_url()}")
    assert {one["name"] for one in page.context.cookies()} == {"trolley"}
    page.get_by_label("Choose a password").fill("x")
    press(page, "Create an account")
    expect(page.get_by_role("alert")).to_contain_text("too short")
    page.get_by_label("Choose a password").fill(PASSWORD)
    press(page, "Create an account")
    expect(page).to_have_url(re.compile("/accounts/confirm-email/"))
    page.goto(f"{demo_shop.url}/members/orders/")
    expect(page).not_to_have_url(re.compile(r"/members/orders/$"))
    page.goto(f"{demo_shop.url}/accounts/confirm-email/")
    page.locator("#id_code").fill(last_code(PRIYA))
    with page.expect_navigation():
        page.locator("#id_code").press("Enter")
    expect(page).to_have_url(re.compile("/members/orders/"))
    expect(page.get_by_text(order.number).first).to_be_visible()
    if width > 900:
        expect(page.locator(".tools .lbl").first).to_have_text("Priya")
    assert "trolley" in {one["name"] for one in page.context.cookies()}
    press(page, "Sign out")
    assert "trolley" in {one["name"] for one in page.context.cookies()}


@pytest.mark.parametrize(
    ("width", "scripts"), [(1280, True), (390, False)], ids=["wide", "narrow-plain"]
)
def test_an_address_is_added_and_used_at_the_checkout(
    demo_shop: ShopServer, opened: Open, width: int, scripts: bool
) -> None:
    someone = member(PRIYA, full_name="Priya Raman")
    addresses.add(member=someone, details=HOME)
    sku = Product.objects.filter(stock__on_hand__gt=3).order_by("pk")[0].sku
    page = opened(someone, width=width, scripts=scripts, trolley=f"1|{sku}:1")
    page.goto(f"{demo_shop.url}/members/addresses/")
    page.get_by_role("link", name="Add an address").click()
    page.get_by_label("Name of this address").fill("Studio")
    page.get_by_label("Postcode").fill("le13tz")
    press(page, "Find address")
    page.get_by_label("Choose an address").select_option(index=1)
    press(page, "Use this address")
    street = page.get_by_label("Address", exact=True).input_value()
    assert street
    press(page, "Save the address")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    studio = next(one for one in Address.objects.of(someone) if one.label == "Studio")
    assert studio.from_list
    assert studio.line1 == street

    page.goto(f"{demo_shop.url}/checkout/")
    expect(page.get_by_role("radio", name=re.compile("^Home"))).to_be_checked()
    expect(page.locator("#id_line1")).to_be_hidden()  # by the style sheet alone
    page.get_by_role("radio", name=re.compile("^Another")).check()
    expect(page.locator("#id_line1")).to_be_visible()
    page.get_by_role("radio", name=re.compile("^Studio")).check()
    press(page, "Continue to check the order")
    expect(page).to_have_url(re.compile("/review/"))
    expect(page.get_by_text(re.compile(re.escape(street))).first).to_be_visible()


def test_an_order_goes_into_the_trolley_once_more(
    demo_shop: ShopServer, opened: Open
) -> None:
    someone = member(PRIYA, full_name="Priya Raman")
    (order,) = placed()
    page = opened(someone, width=390, scripts=False)
    page.goto(f"{demo_shop.url}/members/orders/")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Order again")).click()
    line = order.lines.get()
    expect(page.get_by_role("status")).to_contain_text(line.name)
    page.goto(f"{demo_shop.url}/trolley/")
    expect(page.get_by_text(line.sku).first).to_be_visible()


def test_the_pages_are_for_everybody(demo_shop: ShopServer, opened: Open) -> None:
    """axe, and no sideways scroll, at every width and in both schemes."""
    bare, someone = member(), member(PRIYA, full_name="Priya Raman")
    addresses.add(member=someone, details=HOME)
    studio = addresses.add(member=someone, details=STUDIO)
    orders = placed(12)
    sku = orders[0].lines.get().sku
    found: list[str] = []
    page = opened(bare)
    for name, path in (
        ("orders-none", "/members/orders/"),
        ("addresses-none", "/members/addresses/"),
    ):
        found += _judge(page, f"{demo_shop.url}{path}", name)
    page = opened(someone, trolley=f"1|{sku}:1")
    for name, path in (
        ("account", "/members/"),
        ("orders", "/members/orders/"),
        ("orders-last", "/members/orders/?page=2"),
        ("addresses", "/members/addresses/"),
        ("address", f"/members/addresses/{studio.pk}/"),
        ("address-new", "/members/addresses/new/"),
        ("checkout-member", "/checkout/"),
    ):
        found += _judge(page, f"{demo_shop.url}{path}", name)
    page.goto(f"{demo_shop.url}/members/addresses/new/")
    press(page, "Save the address")
    found += _judge(page, "", "address-errors")
    page = opened()
    path = f"/orders/{orders[0].token}/account/"
    found += _judge(page, f"{demo_shop.url}{path}", "order-account")
    assert not found, "\n".join(found)


def _judge(page: Page, url: str, name: str) -> list[str]:
    if url:
        answer = page.goto(url)
        assert answer
        assert answer.status == 200, name
    pictures = os.environ.get("PICTURES")
    if pictures:
        for width in (1280, 390):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                path = Path(pictures) / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=path, full_page=True)
    return list(faults(page, name))
