"""A buyer rings for one more film: it is offered, and all of it is paid anew."""

import re

from playwright.sync_api import expect

from shop.models import Order, Product, Stock
from tests.browser import day
from tests.browser.conftest import MakeBuyer
from tests.browser.steps import FILM_PAGE, GOOD
from tests.servers import ShopServer
from tests.watch import WatchedBrowser


def test_more_of_an_order_is_offered_and_paid_anew(
    buyer: MakeBuyer, demo_shop: ShopServer, open_context: WatchedBrowser
) -> None:
    priya = buyer()
    order = day.buy(priya, [FILM_PAGE], GOOD)
    film = Product.objects.get(sku=order.lines.get().sku)
    shelf = Stock.objects.get(pk=film.pk).on_hand

    sales = day.Staff(open_context, demo_shop, "Web Sales")
    page = sales.go(f"shop/order/?q={order.number}")
    page.get_by_role("link", name=order.number).click()
    day.look(page, "order-standing")
    page.get_by_role("link", name="Add to it").click()
    page.locator("#id_sku-0").fill(film.sku)
    page.locator("#id_many-0").fill("2")
    day.look(page, "order-amend")
    sales.press("Offer it to the buyer")
    sales.told("The buyer is asked to pay")
    expect(page.get_by_role("button", name="Withdraw it")).to_be_visible()
    day.look(page, "order-offered")

    priya.mail("please look")
    priya.go(order.get_absolute_url())
    day.look(priya.page, "buyer-asked")
    priya.page.get_by_role("link", name=re.compile("Look at it and pay")).click()
    day.look(priya.page, "buyer-more")
    priya.page.get_by_role("button", name=re.compile("^Order and pay £")).click()
    priya.pay(GOOD)
    priya.thanked()
    now = Order.objects.get(pk=order.pk)
    assert now.lines.get().quantity == 3
    assert now.total_pence == order.total_pence + 2 * film.price
    assert Stock.objects.get(pk=film.pk).on_hand == shelf - 2
    expect(priya.page.get_by_role("row").filter(has_text=film.name)).to_contain_text(
        "3"
    )
    day.look(priya.page, "buyer-grown")
    priya.mail("has grown")
