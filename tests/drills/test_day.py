"""A whole day: six orders of every kind from purchase to refund, on real pages.

SCREENSHOTS=/tmp/day pytest tests/drills/test_day.py keeps pictures of every stop.
"""

from playwright.sync_api import expect
from pytest_django import Settings

from shop.models import Order, Product, Refund, Stock
from tests.browser import day
from tests.browser.conftest import MakeBuyer
from tests.browser.steps import CAMERA_PAGE, FILM, FILM_PAGE, GOOD, SECURE
from tests.servers import ShopServer
from tests.shop.sale_cast import money_adds_up
from tests.watch import WatchedBrowser

USED_PAGE = "/product/fujifilm-x-t5-body-silver-used-u26-0412/"


def test_a_whole_day(
    buyer: MakeBuyer,
    demo_shop: ShopServer,
    open_context: WatchedBrowser,
    settings: Settings,
) -> None:
    settings.CARRIER_API_BASE = settings.CARRIER_API_BASE  # put right afterwards
    settings.PARCELFORCE_API_BASE = settings.PARCELFORCE_API_BASE
    settings.ROYAL_MAIL_API_BASE = settings.ROYAL_MAIL_API_BASE
    shelf = dict(Stock.objects.values_list("product__sku", "on_hand"))
    names = ("Asha Kaur", "Bea Lowe", "Cal Moss", "Dot Nash", "Eve Orme", "Fay Pugh")
    asha, bea, cal, dot, eve, fay = (buyer(name=name) for name in names)
    review = day.buy(asha, [FILM_PAGE], GOOD, line1="Nowhere House", postcode="SL7 0EY")
    secure = day.buy(bea, [FILM_PAGE], SECURE)
    used = day.buy(cal, [USED_PAGE], GOOD)
    split = day.buy(dot, [FILM_PAGE, CAMERA_PAGE, FILM_PAGE], GOOD)
    back_again = day.buy(eve, [CAMERA_PAGE], GOOD)
    fetched = day.buy(fay, [FILM_PAGE], GOOD, delivery="at-leicester")
    assert review.review == "address"
    day.look(asha.page, "thanks-review")
    day.look(cal.page, "thanks-used")

    # --- Web Sales, in the morning: the queue
    sales = day.Staff(open_context, demo_shop, "Web Sales")
    page = sales.go("")
    day.look(page, "sales-first")
    page = sales.go("shop/order/queue/")
    day.look(page, "queue")
    page.get_by_role("link", name=review.number).click()
    day.look(page, "order-in-review")
    page.get_by_label("What was said").fill("She says the house is new.")
    sales.press("Keep the note")
    sales.told("Noted.")
    page.get_by_role("button", name="Dealt with").click()
    sales.told("Dealt with.")
    day.look(page, "order-dealt-with")

    # --- Dispatch: pick, pack, book; one order in two parcels, one for the counter
    dispatch = day.Staff(open_context, demo_shop, "Dispatch")
    day.look(dispatch.go(""), "dispatch-first")
    day.pick(dispatch)
    parcels = {
        review.pk: day.pack(dispatch, review, "parcelforce"),
        secure.pk: day.pack(dispatch, secure, "courier"),
        used.pk: day.pack(dispatch, used, "courier"),
        split.pk: day.pack(dispatch, split, "courier", fewer={FILM: 1}),
        back_again.pk: day.pack(dispatch, back_again, "parcelforce"),
    }
    waits = day.pack(dispatch, fetched, "collect")
    day.close(dispatch, "courier")
    day.close(dispatch, "parcelforce")
    page = dispatch.go("shop/manifest/")
    day.look(page, "manifests")
    page = dispatch.go("shop/consignment/")
    day.look(page, "parcels")

    # --- the rest of the split one, and the counter
    day.pick(dispatch)
    rest = day.pack(dispatch, split, "courier")
    day.close(dispatch, "courier")
    mail = fay.mail("ready")
    page = dispatch.go("shop/consignment/desk/")
    expect(page.get_by_text("0 orders to send")).to_be_visible()
    assert waits.collect_code in mail["text"]
    page = dispatch.go("shop/consignment/counter/")
    day.look(page, "counter")
    assert fay.name not in page.content()
    page.get_by_label("Code:").fill(waits.collect_code.lower())
    dispatch.press("Hand it out")
    dispatch.told(f"Hand out parcel {waits.number}.")

    # --- the money, each pound once, and an invoice for each time it was taken
    orders = [review, secure, used, split, back_again, fetched]
    for order in orders:
        papers = day.taken(order)
        assert sum(one.total_pence for one in papers) == order.total_pence
        assert len(papers) == (2 if order == split else 1)
    day.arrive(demo_shop, *parcels.values(), rest)
    dot.go(split.get_absolute_url())
    day.look(dot.page, "split-arrived")
    fay.go(fetched.get_absolute_url())
    expect(fay.heading("Thank you, Fay. You collected it.")).to_be_visible()
    day.look(fay.page, "thanks-collected")
    sales.go(f"shop/order/{split.pk}/change/")
    day.look(sales.page, "order-sent")

    # --- what comes back
    back = day.send_back(eve, back_again, "Fujifilm", "I changed my mind")
    day.take_in(sales, back)
    other = day.Staff(open_context, demo_shop, "Web Sales")
    refund = day.give_back(sales, back, second=other)
    assert refund.amount_pence == back_again.total_pence
    eve.go(back_again.get_absolute_url())
    expect(eve.page.get_by_role("link", name="Credit note")).to_be_visible()
    day.look(eve.page, "refunded")
    eve.mail("Money back")

    # --- in the evening everything adds up
    day.look(sales.go(""), "sales-last")
    day.look(sales.go("shop/order/"), "orders")
    day.look(sales.go("shop/return/"), "returns")
    day.look(sales.go("shop/refund/"), "refunds")
    day.look(sales.go("shop/document/"), "documents")
    films, cameras = FILM_PAGE.split("/")[2], CAMERA_PAGE.split("/")[2]
    for slug, gone in ((films, 5), (cameras, 1), (USED_PAGE.split("/")[2], 1)):
        thing = Product.objects.get(slug=slug)
        assert thing.stock.on_hand == shelf[thing.sku] - gone, slug
    for order in orders:
        assert Order.objects.get(pk=order.pk).sent_at
        money_adds_up(order)
    assert not Refund.objects.exclude(state=Refund.State.DONE).exists()
