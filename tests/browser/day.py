"""A day at the shop in a real browser: buyers on one side, staff on the other.

SCREENSHOTS=folder keeps a picture of each stop, wide and narrow, to be looked at.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from jessops.sandbox.addresses import lookup
from members.models import Member
from shop.models import Capture, Consignment, Document, Order, Refund, Return
from shop.tasks import follow_parcels
from tests.browser.axe import PICTURES, WIDTHS, size
from tests.browser.steps import Buyer
from tests.servers import ShopServer
from tests.staff import sign_in
from tests.watch import WatchedBrowser

KNOWN = lookup("SL7 1EY")[0]  # an address that is found; any other waits for a person
BANK_LIMIT = 30.0  # seconds until the worker has moved money; it shares two cores


class Staff:
    """Somebody who works here, signed in, with a browser of their own."""

    def __init__(self, open_context: WatchedBrowser, shop: ShopServer, role: str):
        self.shop = shop
        name = f"{role.lower().replace(' ', '.')}{Member.objects.count()}"
        self.member = Member.objects.create_user(
            f"{name}@jessops.example", is_staff=True
        )
        self.member.groups.add(Group.objects.get(name=role))
        client = Client()
        sign_in(client, self.member)
        cookie = settings.SESSION_COOKIE_NAME
        context = open_context(viewport=size(1280), reduced_motion="reduce")
        context.add_cookies(
            [{"name": cookie, "value": client.cookies[cookie].value, "url": shop.url}]
        )
        self.page = context.new_page()

    def go(self, path: str) -> Page:
        answer = self.page.goto(f"{self.shop.url}/admin/{path}")
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        return self.page

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def told(self, words: str) -> None:
        expect(self.page.locator(".messagelist")).to_contain_text(words)

    def pdf(self, link: str) -> bytes:
        """Fetch what a link of this page prints."""
        target = self.page.get_by_role("link", name=link, exact=True)
        href = str(target.get_attribute("href"))
        answer = self.page.request.get(f"{self.shop.url}{href}")
        assert answer.status == 200, href
        return bytes(answer.body())

    def row(self, words: str) -> Locator:
        return self.page.get_by_role("row").filter(has_text=words)


def look(page: Page, name: str) -> None:
    """Keep a picture of what stands there, as the design's pictures are."""
    if not PICTURES:
        return
    folder = Path(PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width in reversed(WIDTHS):
        page.set_viewport_size(size(width))
        page.screenshot(path=folder / f"day-{name}-{width}.png", full_page=True)
    if before:
        page.set_viewport_size(before)


def until(what: Callable[[], Any]) -> Any:
    """Wait for something that the worker does, and return it."""
    deadline = time.monotonic() + BANK_LIMIT
    while not (found := what()):
        assert time.monotonic() < deadline, "the worker did not do it"
        time.sleep(0.1)
    return found


def buy(who: Buyer, pages: list[str], card: str, **address: str) -> Order:
    """Buy what the pages show, and come back to the shop's thanks."""
    for path in pages:
        who.add(path)
    known = {"line1": KNOWN["line1"], "town": KNOWN["town"]}
    who.to_review(**known | address)
    who.to_bank()
    who.pay(card)
    secure = who.page.get_by_role("button", name="Yes, it is me")
    if card.endswith("3220"):
        secure.click()
    who.thanked()
    (order,) = who.orders()
    return order


def pick(staff: Staff) -> None:
    """Put every order that may be sent on the pick list."""
    staff.go("shop/consignment/desk/")
    look(staff.page, "desk")
    staff.press("Put on the pick list")
    staff.told("on the pick list")
    staff.go("shop/consignment/pick/")
    look(staff.page, "pick")


def draft_of(order: Order) -> Consignment:
    return order.consignments.get(state=Consignment.State.DRAFT)


def pack(
    staff: Staff, order: Order, carrier: str, fewer: dict[str, int] | None = None
) -> Consignment:
    """Pack what is on the pick list, and have the carrier know; return the parcel."""
    parcel = draft_of(order)
    page = staff.go(f"shop/consignment/{parcel.pk}/change/")
    page.get_by_label("Carrier:").select_option(carrier)
    page.get_by_label("Weight in grams:").fill("1250")
    for name, many in (fewer or {}).items():
        page.get_by_label(re.compile(re.escape(name))).fill(str(many))
    look(page, "parcel-to-pack")
    staff.press("Packed")
    staff.told("Packed.")
    if carrier == "collect":
        staff.press("Ready to collect")
        staff.told("On the shelf")
    else:
        staff.press("Book with the carrier")
        staff.told("Booked. Print its label.")
        assert staff.pdf("Label").startswith(b"%PDF")
    look(page, f"parcel-{carrier}")
    parcel.refresh_from_db()
    return parcel


def close(staff: Staff, carrier: str) -> None:
    staff.go("shop/consignment/desk/")
    staff.page.locator(f"button[name=close][value={carrier}]").click()
    staff.told("handed over")
    look(staff.page, "desk-closed")


def taken(order: Order) -> list[Document]:
    """Wait until the worker has taken the money of what left; the invoices."""

    def done() -> bool:
        rows = Capture.objects.filter(payment__order=order)
        return bool(rows) and not rows.exclude(state=Capture.State.DONE).exists()

    until(done)
    return list(order.documents.all())


def send_back(who: Buyer, order: Order, name: str, why: str) -> Return:
    page = who.page
    who.go(f"{order.get_absolute_url()}return/")
    page.get_by_label(re.compile(re.escape(name))).select_option("1")
    page.get_by_label(why).check()
    look(page, "return-form")
    page.get_by_role("button", name="Send it back").click()
    expect(page.get_by_role("link", name="Label to print (PDF)")).to_be_visible()
    look(page, "return-asked")
    return order.returns.get()


def take_in(staff: Staff, back: Return) -> None:
    page = staff.go(f"shop/return/{back.pk}/change/")
    look(page, "return-to-receive")
    page.locator("select[name^=found-]").select_option("new")
    staff.press("Book it in")
    staff.told("Received.")


def give_back(staff: Staff, back: Return, second: Staff | None = None) -> Refund:
    """Pay for a return; above what one may give alone somebody else agrees to it."""
    page = staff.go(f"shop/return/{back.pk}/change/")
    look(page, "return-to-pay")
    staff.press("Give it back")
    expect(page.locator(".messagelist")).to_contain_text("£")
    look(page, "return-paid")
    if second:
        refund = back.refunds.get()
        assert refund.state == Refund.State.WAITING
        second.go("shop/refund/?state__exact=waiting")
        second.page.get_by_role("link", name=back.order.number).click()
        look(second.page, "refund-to-agree")
        second.press("Agree to it")
        second.told("To be given back.")
    until(lambda: back.refunds.filter(state=Refund.State.DONE).exists())
    return back.refunds.get()


def arrive(shop: ShopServer, *parcels: Consignment) -> None:
    """Have the carrier deliver, and the shop hear of it."""
    for parcel in parcels:
        path = f"/carrier/parcels/{parcel.tracking}/say"
        form = "application/x-www-form-urlencoded"
        status, body = shop.sandbox.request("POST", path, b"status=delivered", form)
        assert status == 200, body
    settings.CARRIER_API_BASE = f"{shop.sandbox.base}/carrier"
    settings.PARCELFORCE_API_BASE = f"{shop.sandbox.base}/carrier/expresslink"
    settings.ROYAL_MAIL_API_BASE = f"{shop.sandbox.base}/carrier/royalmail"
    for parcel in parcels:
        follow_parcels()
        parcel.refresh_from_db()
        assert parcel.state == Consignment.State.DELIVERED
