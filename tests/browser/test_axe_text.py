"""Help and policy are for everybody: the longest tables of the shop."""

from playwright.sync_api import Page

from tests.browser import places
from tests.browser.axe import judge
from tests.servers import ShopServer


def test_help_and_privacy(seen: Page, demo_shop: ShopServer) -> None:
    judge(seen, demo_shop.url, places.text_places())
