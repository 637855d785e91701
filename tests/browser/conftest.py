"""A shop with the demo catalogue in it, for a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from shop.demo.load import load
from tests.browser.axe import size
from tests.browser.steps import Buyer
from tests.servers import ShopServer
from tests.watch import WatchedBrowser

MakeBuyer = Callable[..., Buyer]


@pytest.fixture
def demo_shop(transactional_db: None, shop_server: ShopServer) -> ShopServer:
    """The running shop with all 303 demo products (under two seconds to load)."""
    assert load() > 180
    shop_server.reload()  # its frame remembers the departments of the test before
    shop_server.sandbox.clear_faults()
    return shop_server


@pytest.fixture
def seen(demo_shop: ShopServer, open_context: WatchedBrowser) -> Page:
    """A page of a browser that watches for what no page may do."""
    return open_context(viewport=size(1280), reduced_motion="reduce").new_page()


@pytest.fixture
def buyer(demo_shop: ShopServer, open_context: WatchedBrowser) -> MakeBuyer:
    """Make strangers: buyer(width=390, scripts=False), each in a fresh browser."""

    def make(
        width: int = 1280, scripts: bool = True, name: str = "Priya Raman"
    ) -> Buyer:
        context = open_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        return Buyer(context.new_page(), demo_shop, name)

    return make
