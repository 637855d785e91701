"""Choosing in a real browser: topics, nothing at all, a sale; without scripts, too."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from members.models import Member
from privacy import choices, transfer
from privacy.actions import transitions
from tests.browser.axe import faults, size
from tests.members.cast import member, signed_in
from tests.servers import ShopServer
from tests.watch import WatchedBrowser

pytestmark = pytest.mark.django_db(transaction=True)

WHO = "chooser@example.co.uk"
PAGE = "/members/choices/"


@pytest.fixture
def chooser(demo_shop: ShopServer) -> Member:
    return member(WHO, full_name="Priya Raman", telephone="01628 496000")


def as_member(context: BrowserContext, who: Member, url: str) -> Page:
    cookie: dict[str, Any] = {
        "name": "sessionid",
        "value": signed_in(who).cookies["sessionid"].value,
        "url": url,
    }
    context.add_cookies([cookie])  # type: ignore[list-item]
    return context.new_page()


def mark(page: Page, topic: str, answer: str) -> None:
    """Press Yes or No as a finger does: the words, not the box behind them."""
    group = page.get_by_role("group", name=topic)
    group.get_by_text(answer, exact=True).click()
    expect(group.get_by_role("radio", name=answer)).to_be_checked()


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("width", [1280, 390])
def test_choosing_topic_by_topic_and_nothing_at_all_and_back(
    open_context: WatchedBrowser,
    demo_shop: ShopServer,
    chooser: Member,
    width: int,
    scripts: bool,
) -> None:
    context = open_context(viewport=size(width), java_script_enabled=scripts)
    page = as_member(context, chooser, demo_shop.url)
    page.goto(f"{demo_shop.url}{PAGE}")
    for topic in ("Product launches", "Site news"):
        mark(page, topic, "Yes")
    mark(page, "Site news", "No")
    press(page, "Save")
    expect(page.get_by_role("status")).to_contain_text("Product launches: yes")
    assert choices.current(WHO, choices.LAUNCHES) == "yes"
    assert choices.current(WHO, choices.NEWS) == "no"
    page.get_by_text("Every answer you gave").click()
    expect(page.get_by_role("row", name="Product launches").first).to_be_visible()
    press(page, "Say no to everything")
    expect(page.get_by_role("heading", name="You have said no")).to_be_visible()
    assert choices.opted_out_of_all(WHO)
    assert choices.current(WHO, choices.LAUNCHES) == "no"
    press(page, "Take that back")
    group = page.get_by_role("group", name="Product launches")
    expect(group.get_by_role("radio", name="No")).to_be_checked()


def test_the_topics_can_be_answered_by_keys_alone(
    open_context: WatchedBrowser, demo_shop: ShopServer, chooser: Member
) -> None:
    page = as_member(open_context(viewport=size(1280)), chooser, demo_shop.url)
    page.goto(f"{demo_shop.url}{PAGE}")
    group = page.get_by_role("group", name="Newsletter")
    group.get_by_role("radio", name="No").focus()
    page.keyboard.press("ArrowRight")
    expect(group.get_by_role("radio", name="Yes")).to_be_checked()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert choices.current(WHO, choices.NEWSLETTER) == "yes"


def test_a_sale_is_answered_by_two_buttons_that_look_alike(
    open_context: WatchedBrowser, demo_shop: ShopServer, chooser: Member
) -> None:
    sale = transitions.announce(
        buyer="Northlight Retail Ltd",
        notice="Northlight Retail Ltd is to take over the shop.",
        planned_on=timezone.now().date() + timedelta(days=40),
        use_differs=False,
        by="Member 1",
    )
    page = as_member(open_context(viewport=size(1280)), chooser, demo_shop.url)
    page.goto(f"{demo_shop.url}{PAGE}")
    looks = [
        page.get_by_role("button", name=name).evaluate(
            "one => [getComputedStyle(one).backgroundColor, one.className]"
        )
        for name in ("Keep mine out", "Let mine move")
    ]
    assert looks[0] == looks[1]
    found = list(faults(page, "choices-sale"))
    page.set_viewport_size(size(1280))
    press(page, "Keep mine out")
    assert choices.current(WHO, transfer.question(sale.reference)) == "no"
    expect(page.get_by_text("You said no.")).to_be_visible()
    assert not found, "\n" + "\n".join(found)


def test_the_page_is_for_everybody(
    open_context: WatchedBrowser, demo_shop: ShopServer, chooser: Member
) -> None:
    """axe, both widths, both modes; with errors, a history, and nothing at all."""
    page = as_member(open_context(viewport=size(1280)), chooser, demo_shop.url)
    page.goto(f"{demo_shop.url}{PAGE}")
    found = list(faults(page, "member-choices"))
    press(page, "Save")
    page.get_by_text("Every answer you gave").click()
    found += faults(page, "member-choices-saved")
    page.set_viewport_size(size(1280))
    page.locator("#id_telephone").fill("ring me")
    press(page, "Save how to reach me")
    found += faults(page, "member-choices-error")
    page.set_viewport_size(size(1280))
    press(page, "Say no to everything")
    found += faults(page, "member-choices-none")
    assert not found, "\n" + "\n".join(found)
