"""One order from purchase to refund on the pages that people use (issue 6).

The whole day, six orders of every kind, is tests/drills/test_day.py.
"""

from playwright.sync_api import expect
from pytest_django import Settings

from shop.models import Order, Payment, PaymentStatus
from tests.browser import day
from tests.browser.conftest import MakeBuyer
from tests.browser.steps import FILM, FILM_PAGE, GOOD
from tests.servers import ShopServer
from tests.watch import WatchedBrowser


def test_from_purchase_to_refund(
    buyer: MakeBuyer,
    demo_shop: ShopServer,
    open_context: WatchedBrowser,
    settings: Settings,
) -> None:
    settings.CARRIER_API_BASE = settings.CARRIER_API_BASE  # put right afterwards
    priya = buyer()
    order = day.buy(priya, [FILM_PAGE], GOOD)
    dispatch = day.Staff(open_context, demo_shop, "Dispatch")
    day.pick(dispatch)
    parcel = day.pack(dispatch, order, "courier")
    day.close(dispatch, "courier")
    (invoice,) = day.taken(order)
    assert invoice.total_pence == order.total_pence
    priya.mail("on its way")
    day.arrive(demo_shop, parcel)

    back = day.send_back(priya, order, FILM, "I changed my mind")
    sales = day.Staff(open_context, demo_shop, "Web Sales")
    day.take_in(sales, back)
    refund = day.give_back(sales, back)
    assert refund.amount_pence == order.total_pence
    assert order.documents.count() == 2
    priya.go(order.get_absolute_url())
    expect(priya.page.get_by_role("link", name="Credit note")).to_be_visible()
    payment = Payment.objects.get(order=Order.objects.get(pk=order.pk))
    assert payment.status == PaymentStatus.CAPTURED
