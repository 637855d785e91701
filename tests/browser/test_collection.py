"""A buyer fetches an order from a shop: chosen, packed, announced, handed out."""

import re

from playwright.sync_api import expect

from shop.models import Capture
from tests.browser import day
from tests.browser.conftest import MakeBuyer
from tests.browser.steps import FILM_PAGE, GOOD
from tests.servers import ShopServer
from tests.watch import WatchedBrowser


def test_an_order_is_collected(
    buyer: MakeBuyer, demo_shop: ShopServer, open_context: WatchedBrowser
) -> None:
    priya = buyer()
    order = day.buy(priya, [FILM_PAGE], GOOD, delivery="at-reading")
    day.look(priya.page, "collect-thanks")
    expect(priya.page.get_by_text("2 Invented Arcade").first).to_be_visible()

    dispatch = day.Staff(open_context, demo_shop, "Dispatch")
    day.pick(dispatch)
    parcel = day.pack(dispatch, order, "collect")
    priya.mail("ready to collect")
    priya.go(order.get_absolute_url())
    expect(priya.page.get_by_text(parcel.collect_code).first).to_be_visible()
    day.look(priya.page, "collect-ready")

    page = dispatch.go("shop/consignment/counter/")
    expect(page.get_by_role("heading", name="Reading")).to_be_visible()
    expect(page.get_by_text(order.full_name)).to_have_count(0)
    page.get_by_label("Code:").fill("NOT-ONE")
    dispatch.press("Hand it out")
    dispatch.told("nothing waits under this code")
    page.get_by_label("Code:").fill(parcel.collect_code.lower())
    dispatch.press("Hand it out")
    dispatch.told(f"Hand out parcel {parcel.number}")
    day.until(lambda: Capture.objects.filter(consignment=parcel, state="done").exists())
    priya.go(order.get_absolute_url())
    expect(priya.page.get_by_role("heading", level=1)).to_have_text(
        re.compile("You collected it")
    )
