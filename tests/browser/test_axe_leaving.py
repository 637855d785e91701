"""The page that stops our letters is for everybody (P43)."""

from playwright.sync_api import Page

from tests.browser import places
from tests.browser.axe import judge
from tests.servers import ShopServer


def test_the_way_out_of_our_letters(seen: Page, shop_server: ShopServer) -> None:
    judge(seen, shop_server.url, places.leaving_places())
