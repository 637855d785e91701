"""The desk where letters are written: the live look, with and without scripts."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from members.models import Member
from tests.servers import ShopServer
from tests.staff import sign_in
from tests.watch import WatchedBrowser

ADD = "/admin/newsletter/campaign/add/"


def _desk(open_context: WatchedBrowser, shop: ShopServer, scripts: bool) -> Page:
    """Open the page for a new letter, signed in as somebody of staff."""
    staff = Member.objects.create_superuser("writer@jessops.example", "a long password")
    client = Client()
    sign_in(client, staff)
    context = open_context(java_script_enabled=scripts)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": shop.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{shop.url}{ADD}")
    return page


@pytest.mark.parametrize("scripts", [True, False])
def test_a_letter_is_seen_as_it_is_typed(
    transactional_db: None,
    shop_server: ShopServer,
    open_context: WatchedBrowser,
    scripts: bool,
) -> None:
    page = _desk(open_context, shop_server, scripts)
    page.get_by_label("Subject").fill("New film")
    page.get_by_label("Text (Markdown)").fill("# New film\n\nHello {{ name }}.")
    shown = page.frame_locator("iframe[name=letter-preview]")
    if not scripts:
        page.get_by_role("button", name="Show the letter as typed").click()
    heading = shown.get_by_role("heading", name="New film")
    expect(heading).to_be_visible()
    expect(heading).to_have_css("font-size", "28px")  # its own policy lets styles in
    expect(shown.locator(".sheet")).to_have_css(
        "background-color", "rgb(255, 255, 255)"
    )
    page.get_by_label("Dark").check()
    page.get_by_label("Phone").check()
    if not scripts:
        page.get_by_role("button", name="Show the letter as typed").click()
    expect(shown.locator(".sheet")).to_have_css("background-color", "rgb(29, 29, 29)")
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert box["width"] < 400
    page.get_by_label("Text", exact=True).check()
    if not scripts:
        page.get_by_role("button", name="Show the letter as typed").click()
    expect(shown.locator("pre")).to_contain_text("Hello reader.")
    assert page.url.endswith(ADD)
