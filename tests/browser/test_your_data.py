"""Your data in a real browser: read, taken away, put right; without scripts, too."""

import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from members.models import Member
from newsletter.models import Message
from privacy import choices, looks
from privacy.actions import copies as making
from privacy.models import Copy
from shop.models import Order, Product, Status
from tests.browser.axe import faults, size
from tests.builders import PRIYA, draft_token
from tests.members.cast import member, proved, signed_in
from tests.servers import ShopServer
from tests.watch import WatchedBrowser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def priya(demo_shop: ShopServer) -> Member:
    """A member of some months: three orders, an answer, and somebody looked."""
    who = member(PRIYA["email"], full_name="Priya Raman")
    skus = Product.objects.filter(stock__on_hand__gt=3).order_by("pk")[:3]
    now = timezone.now()
    for thing in skus:
        token = draft_token(Client(), {thing.sku: 1})
        rows = Order.objects.filter(token=token)
        rows.update(status=Status.PENDING, placed_at=now)
        rows.update(status=Status.AUTHORISED, authorised_at=now)
    choices.record(
        email=who.email,
        purpose=choices.NEWSLETTER,
        answer="yes",
        where="newsletter",
        wording="Send me the newsletter",
    )
    for order in Order.objects.all()[:1]:
        looks.record(
            staff=1,
            role="Dispatch",
            subject=who.email_hash,
            about=order.about,
            why="order",
        )
    return who


def as_member(context: BrowserContext, who: Member, url: str) -> Page:
    client = signed_in(who)
    proved(client)
    cookie: dict[str, Any] = {
        "name": "sessionid",
        "value": client.cookies["sessionid"].value,
        "url": url,
    }
    context.add_cookies([cookie])  # type: ignore[list-item]
    return context.new_page()


def test_the_pages_are_for_everybody(
    demo_shop: ShopServer, priya: Member, open_context: WatchedBrowser
) -> None:
    page = as_member(open_context(viewport=size(1280)), priya, demo_shop.url)
    order = Order.objects.first()
    assert order
    asked = making.ask(subject=priya.email_hash, by_mail=True)
    making.make_due()
    found = []
    for name, path in (
        ("your-data", "/members/data/?all=privacy-receipt"),
        ("order-data", f"/orders/{order.token}/data/"),
        ("copy-gone", "/privacy/copy/no-such-link/"),
    ):
        page.goto(f"{demo_shop.url}{path}")
        found += list(faults(page, name))
    way = _mailed(asked)
    page.goto(f"{demo_shop.url}{way}")
    found += list(faults(page, "copy"))
    page.get_by_role("button", name="Read it here").click()
    found += list(faults(page, "copy-opened"))
    assert not found, "\n".join(found)


def _mailed(asked: Copy) -> str:
    text: str = Message.objects.get(key=f"copy-ready:{asked.pk}").text
    return next(
        word[word.index("/privacy/copy/") :]
        for word in text.split()
        if "/copy/" in word
    )


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, False)])
def test_a_member_reads_takes_and_corrects(
    demo_shop: ShopServer,
    priya: Member,
    open_context: WatchedBrowser,
    width: int,
    scripts: bool,
) -> None:
    context = open_context(viewport=size(width), java_script_enabled=scripts)
    page = as_member(context, priya, demo_shop.url)
    page.goto(f"{demo_shop.url}/members/data/")
    # A link of the list opens the table that it leads to, without a script.
    page.get_by_role("link", name="Your order", exact=True).click()
    page.get_by_text(PRIYA["line1"], exact=True).first.wait_for(state="visible")
    assert page.get_by_text("Dispatch, to look after your order").count() == 1
    page.get_by_role("button", name="Make a copy").click()
    page.get_by_text("We make your copy now").wait_for()
    for _ in range(40):
        if page.get_by_role("button", name="Download my data").count():
            break
        page.wait_for_timeout(500)
        page.goto(f"{demo_shop.url}/members/data/")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download my data").click()
    with zipfile.ZipFile(taken.value.path()) as file:
        content = json.loads(file.read("your-data.json"))
    assert content["about"] == PRIYA["email"]
    page.goto(f"{demo_shop.url}/members/data/")
    page.get_by_text("You have taken your copy").wait_for()
    page.get_by_role("link", name="Close my account").click()
    assert page.url.endswith("/members/leave/")


def test_a_guest_gets_the_link_and_opens_it_once(
    demo_shop: ShopServer, open_context: WatchedBrowser
) -> None:
    sku = Product.objects.filter(stock__on_hand__gt=3)[0].sku
    token = draft_token(Client(), {sku: 1}, email="guest@example.co.uk")
    page = open_context(viewport=size(390), java_script_enabled=False).new_page()
    page.goto(f"{demo_shop.url}/orders/{token}/data/")
    page.get_by_role("button", name="Send me the link").click()
    page.get_by_text("Look in your email").wait_for()
    way = ""
    for _ in range(60):
        mails = demo_shop.sandbox.get_json("/mail/messages.json")
        texts = [m["text"] for m in mails if "guest@example.co.uk" in m["to"]]
        words = [word for text in texts for word in text.split() if "/copy/" in word]
        if words:
            way = words[-1]
            break
        page.wait_for_timeout(500)
    path = way[way.index("/privacy/copy/") :]
    page.goto(f"{demo_shop.url}{path}")
    page.get_by_role("button", name="Read it here").click()
    page.get_by_role("heading", name="Everything we hold about you").wait_for()
    assert page.get_by_text("guest@example.co.uk").count()
    page.goto(f"{demo_shop.url}{path}")
    page.get_by_role("heading", name="This link opens nothing").wait_for()
    assert not page.context.cookies()
