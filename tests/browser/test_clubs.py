"""Finding a club in a browser: without scripts, by keyboard alone, and by axe."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from clubs import links
from clubs.actions import demo
from clubs.actions import postcodes as table
from clubs.models import Club
from newsletter.models import Message
from tests.browser.axe import judge
from tests.browser.places import club_places
from tests.browser.steps import MAIL_LIMIT
from tests.clubs.cast import WREN, club, contact
from tests.servers import ShopServer
from tests.watch import WatchedBrowser


@pytest.fixture
def clubs_shop(transactional_db: None, shop_server: ShopServer) -> ShopServer:
    """The running shop with the demonstration's clubs and one postcode."""
    demo.load()
    table.replace(iter(["SL71EY\t51.57373\t-0.76176\n"]))
    shop_server.reload()
    return shop_server


def wren_speaks_for() -> Club:
    mine = club(name="Gull and Tide Group", website="https://quiet.example/")
    contact(mine, "name", "email")
    return mine


def test_the_home_page_leads_to_clubs_near_in_one_step(
    clubs_shop: ShopServer, open_context: WatchedBrowser
) -> None:
    context = open_context(
        viewport={"width": 390, "height": 900}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(clubs_shop.url)
    panel = page.get_by_role("search", name="Find a camera club")
    panel.get_by_label("Postcode, town or county").fill("SL7 1EY")
    panel.get_by_role("button", name="Find clubs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Camera clubs near SL7")
    assert page.url == f"{clubs_shop.url}/clubs/"


def test_a_club_is_found_without_scripts(
    clubs_shop: ShopServer, open_context: WatchedBrowser
) -> None:
    mine = wren_speaks_for()
    context = open_context(
        viewport={"width": 390, "height": 900}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(clubs_shop.url)
    page.get_by_role("navigation", name="Departments").get_by_role(
        "link", name="Clubfinder"
    ).click()
    page.get_by_label("Postcode, town or county").fill("sl7 1ey")
    page.get_by_role("button", name="Find clubs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Camera clubs near SL7")
    assert page.url == f"{clubs_shop.url}/clubs/"
    expect(page.get_by_text("did not store it")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Plot of"))).to_be_visible()
    page.get_by_role("link", name=mine.name).click()
    expect(page.get_by_text(WREN["name"])).to_be_visible()
    expect(page.get_by_text(WREN["telephone"])).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Add them to a calendar").click()
    assert download.value.suggested_filename == f"{mine.slug}.ics"
    assert context.cookies() == []

    # Leaving: the link from the mail, one press, gone with the next page.
    page.goto(f"{clubs_shop.url}{links.for_contact(mine, WREN['email'])}")
    page.get_by_role("button", name="Remove me, keep the club").click()
    expect(page.get_by_text("We show nothing of you any more")).to_be_visible()
    page.goto(f"{clubs_shop.url}{mine.get_absolute_url()}")
    expect(page.get_by_text(WREN["name"])).to_have_count(0)


def mailed_link(mine: Club) -> str:
    """Wait for the worker to mail the link, all done; return the link's path."""
    deadline = time.monotonic() + MAIL_LIMIT
    while True:
        sent = Message.objects.filter(about=mine.about, state="sent").first()
        if sent:
            found = re.search(r"https?://[^/\s]+(/clubs/\S+/change/\S+)", sent.text)
            assert found
            return found[1]
        assert time.monotonic() < deadline, "no mail to the club's contact"
        time.sleep(0.2)


def focused(page: Page) -> str:
    return str(
        page.evaluate(
            "(e => e.id || e.name || e.textContent.trim())(document.activeElement)"
        )
    )


def tab_to(page: Page, wanted: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page) == wanted:
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def test_a_club_is_found_by_keyboard_alone(
    clubs_shop: ShopServer, open_context: WatchedBrowser
) -> None:
    mine = wren_speaks_for()
    page = open_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{clubs_shop.url}/clubs/")
    tab_to(page, "near")
    page.keyboard.type("SL7 1EY")
    tab_to(page, "within")
    page.keyboard.press("ArrowUp")
    tab_to(page, "Find clubs")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Camera clubs near SL7")
    expect(page.get_by_role("heading", level=2).first).to_contain_text(
        "within 10 miles"
    )
    tab_to(page, mine.name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(mine.name)
    tab_to(page, "Is this your club? Change the entry or take it off the list")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Change this entry")
    tab_to(page, "id_email")
    page.keyboard.type(WREN["email"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look in your email")).to_be_visible()
    page.goto(f"{clubs_shop.url}{mailed_link(mine)}")
    expect(page.get_by_role("heading", level=1)).to_have_text(mine.name)
    expect(page.get_by_role("cell", name=WREN["telephone"])).to_be_visible()


def test_the_pages_of_the_clubfinder(
    clubs_shop: ShopServer, open_context: WatchedBrowser
) -> None:
    page = open_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    ).new_page()
    judge(page, clubs_shop.url, club_places())
