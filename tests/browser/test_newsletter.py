"""The newsletter in a real browser: every state by axe, and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from newsletter.models import Message, Subscription
from tests.browser import places
from tests.browser.axe import judge, size
from tests.servers import ShopServer
from tests.watch import WatchedBrowser

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_state_is_for_everybody(seen: Page, shop_server: ShopServer) -> None:
    judge(seen, shop_server.url, places.newsletter_places())


def test_somebody_signs_up_without_scripts_and_says_yes_from_the_mail(
    shop_server: ShopServer, open_context: WatchedBrowser
) -> None:
    context = open_context(viewport=size(390), java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop_server.url}/help/contact/")
    page.get_by_role("contentinfo").get_by_role("link", name="Newsletter").click()
    page.get_by_role("button", name="Ask for the newsletter").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Email address").fill("reader@example.co.uk")
    page.get_by_role("button", name="Ask for the newsletter").click()
    expect(page.get_by_role("heading", name="Look in your email")).to_be_visible()
    words = Message.objects.get().text
    found = re.search(r"(/newsletter/confirm/\S+/)", words)
    assert found
    page.goto(f"{shop_server.url}{found[1]}")
    assert not Subscription.objects.confirmed().exists()
    page.get_by_role("button", name="Yes, send it to me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You get our newsletter")
    assert Subscription.objects.confirmed().exists()
    assert not context.cookies()
