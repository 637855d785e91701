"""The pages of an order, the staff's door and the stand-ins are for everybody, too."""

from playwright.sync_api import Page

from shop.models import Product
from tests.browser import places
from tests.browser.axe import faults, judge
from tests.browser.places import Place
from tests.browser.steps import DECLINED, FILM_PAGE, GOOD, SECURE
from tests.servers import ShopServer


def test_trolley_and_order_form(seen: Page, demo_shop: ShopServer) -> None:
    judge(seen, demo_shop.url, places.desk_places())


def test_an_order_in_each_of_its_states(seen: Page, demo_shop: ShopServer) -> None:
    judge(seen, demo_shop.url, places.order_places())


def test_the_staffs_sign_in(seen: Page, demo_shop: ShopServer) -> None:
    place = Place("admin-sign-in", "/admin/login/")
    judge(seen, demo_shop.url, [place])


def card(page: Page, number: str) -> None:
    page.locator("#number").fill(number)
    page.locator("#exp").fill("12/34")
    page.locator("#cvc").fill("123")
    with page.expect_navigation():
        page.get_by_role("button", name="Pay ").click()


def test_the_banks_pages_and_those_of_the_other_stand_ins(
    seen: Page, demo_shop: ShopServer
) -> None:
    found: list[str] = []
    film = Product.objects.get(slug=FILM_PAGE.split("/")[2])
    review = next(p for p in places.desk_places() if p.name == "review")
    Place("", review.path, f"1|{film.sku}:1", review.act).open(seen, demo_shop.url)
    seen.get_by_role("button", name="Order and pay").click()
    pay = seen.url
    found += faults(seen, "bank-pay")
    with seen.expect_navigation():
        seen.get_by_role("button", name="Pay ").click()
    found += faults(seen, "bank-mistakes")
    card(seen, DECLINED)
    found += faults(seen, "bank-declined")
    card(seen, SECURE)
    found += faults(seen, "bank-3d-secure")
    seen.get_by_role("button", name="No: fail").click()
    card(seen, GOOD)
    found += faults(seen, "order-just-paid")
    seen.goto(pay)
    found += faults(seen, "bank-paid")
    base = demo_shop.sandbox.base
    seen.goto(f"{base}/bank/pay/cs_test_none")
    found += faults(seen, "bank-none")
    for party in ("", "bank/", "mail/", "carrier/", "addresses/", "prints/"):
        seen.goto(f"{base}/{party}")
        found += faults(seen, f"sandbox-{party.strip('/') or 'home'}")
    assert not found, "\n" + "\n".join(found)
