"""Asking us something in a real browser: without scripts, by a member, by mail."""

import re

import pytest
from playwright.sync_api import Page, expect

from members.actions import answers
from members.models import Enquiry
from tests.browser import places
from tests.browser.axe import faults, judge, size
from tests.browser.test_your_data import as_member
from tests.members.cast import member
from tests.servers import ShopServer
from tests.watch import WatchedBrowser

pytestmark = pytest.mark.django_db(transaction=True)

QUILL = "quill@example.co.uk"


def test_every_state_is_for_everybody(seen: Page, demo_shop: ShopServer) -> None:
    judge(seen, demo_shop.url, places.enquiry_places())


@pytest.mark.parametrize("width", [1280, 390])
def test_somebody_asks_without_scripts_and_is_not_satisfied(
    demo_shop: ShopServer, open_context: WatchedBrowser, width: int
) -> None:
    context = open_context(viewport=size(width), java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo_shop.url}/help/contact/")
    page.get_by_role("link", name="Ask us something").click()
    page.get_by_label("Your message").fill("Does it fit?")
    page.get_by_role("button", name="Send it to us").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Your message").input_value() == "Does it fit?"
    page.get_by_label("A complaint").check()
    page.get_by_label("Email address").fill(QUILL)
    page.get_by_role("button", name="Send it to us").click()
    text = page.get_by_role("status").inner_text()
    found = re.search(r"E26-\d{4}-\d{4}", text)
    assert found
    enquiry = Enquiry.objects.get(reference=found[0])
    answers.answer(enquiry=enquiry, staff=1, words="No, it does not.")
    page.goto(f"{demo_shop.url}{enquiry.get_absolute_url()}")
    expect(page.get_by_text("No, it does not.")).to_be_visible()
    page.get_by_role("button", name="I am not satisfied").click()
    expect(page.get_by_text("Customer Liaison has it now")).to_be_visible()
    assert not context.cookies()
    enquiry.refresh_from_db()
    assert enquiry.team == "liaison"


def test_a_member_asks_and_finds_it_again(
    demo_shop: ShopServer, open_context: WatchedBrowser
) -> None:
    who = member(QUILL, full_name="Quill Marrow")
    page = as_member(open_context(viewport=size(1280)), who, demo_shop.url)
    page.goto(f"{demo_shop.url}/enquiries/")
    found = list(faults(page, "enquiries-member-none"))
    page.set_viewport_size(size(1280))
    page.get_by_label("A question").check()
    page.get_by_label("Your message").fill("Does it fit?")
    page.get_by_role("button", name="Send it to us").click()
    found += faults(page, "enquiry-member")
    page.set_viewport_size(size(1280))
    page.get_by_role("link", name="Enquiries").first.click()
    expect(page.get_by_text("We answer by")).to_be_visible()
    found += faults(page, "enquiries-member")
    assert not found, "\n" + "\n".join(found)


def test_mail_to_the_shop_becomes_an_enquiry(demo_shop: ShopServer) -> None:
    """Through the mail stand-in and the real web server, signed on the way."""
    raw = (
        f"From: Quill <{QUILL}>\r\nTo: webmaster@jessops.example\r\n"
        "Subject: Your policy\r\nMessage-ID: <b1@example.co.uk>\r\n\r\nWho reads it?"
    ).encode()
    for _ in range(2):
        status, body = demo_shop.sandbox.request(
            "POST", "/mail/deliver", raw, "message/rfc822"
        )
        assert (status, b'"delivered": true' in body) == (202, True), body
    assert Enquiry.objects.get().team == "web-design"
