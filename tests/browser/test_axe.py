"""Every page for everybody: axe, in light and dark, wide and narrow; no side scroll.

SCREENSHOTS=folder keeps a picture of each page, to be looked at beside the design.
"""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

from shop.models import Product
from tests.browser import places
from tests.browser.places import Place
from tests.browser.steps import DECLINED, FILM_PAGE, GOOD, SECURE
from tests.servers import ShopServer
from tests.watch import WatchedBrowser

WIDTHS = (1280, 390)
NARROWEST = 320
SCHEMES = ("light", "dark")
PICTURES = os.environ.get("SCREENSHOTS", "")
# Where a page's parts stand does not depend on its colours: dark is judged by these.
OF_COLOUR = ["color-contrast", "link-in-text-block"]
FAULTS = """async only => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    const options = {resultTypes: ["violations"]};
    if (only.length) options.runOnly = {type: "rule", values: only};
    const found = await axe.run(options);
    return found.violations.map(fault =>
        `${fault.id}: ${fault.help}: ` + fault.nodes.slice(0, 4).map(node =>
            node.target.join(" ") + " " + (node.any[0]?.message ?? "")).join(" | "));
}"""
TOO_WIDE = """() => {
    const limit = innerWidth;
    if (document.scrollingElement.scrollWidth <= limit) return [];
    return [...document.querySelectorAll("body *")].filter(element =>
        element.getBoundingClientRect().right > limit + 1).slice(0, 5).map(element =>
        `${element.tagName}.${element.className}`).concat(["sideways scroll"]);
}"""


def size(width: int) -> ViewportSize:
    return {"width": width, "height": 900}


def faults(page: Page, name: str) -> Iterator[str]:
    """Yield what is wrong with the page that is open, in words."""
    pictures = Path(PICTURES) if PICTURES else None
    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size(size(width))
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            path = pictures / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
    page.evaluate(AXE_SCRIPT)
    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size(size(width))
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        for fault in page.evaluate(FAULTS, OF_COLOUR if scheme == "dark" else []):
            yield f"{name} at {width}, {scheme}: {fault}"
    for width in (NARROWEST, *WIDTHS):
        page.set_viewport_size(size(width))
        for culprit in page.evaluate(TOO_WIDE):
            yield f"{name} at {width}: {culprit}"


@pytest.fixture
def seen(demo_shop: ShopServer, open_context: WatchedBrowser) -> Page:
    """A page of a browser that watches for what no page may do."""
    return open_context(viewport=size(1280), reduced_motion="reduce").new_page()


def test_what_is_planted_is_found(seen: Page, demo_shop: ShopServer) -> None:
    seen.goto(f"{demo_shop.url}/help/terms/")
    seen.evaluate(
        """() => {
            const main = document.querySelector("main");
            main.insertAdjacentHTML("beforeend", "<p class=faint>Words</p><input>");
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`.faint { color: #777; background: #999; width: 700px }`);
            document.adoptedStyleSheets = [sheet];
        }"""
    )
    found = "\n".join(faults(seen, "planted"))
    for width, scheme in product(WIDTHS, SCHEMES):
        assert f"planted at {width}, {scheme}: color-contrast" in found
    assert "planted at 390, light: label" in found
    assert "planted at 320: sideways scroll" in found


def judge(page: Page, url: str, where: list[Place]) -> None:
    found: list[str] = []
    for place in where:
        place.open(page, url)
        found += faults(page, place.name)
    assert not found, "\n" + "\n".join(found)


def test_the_pages_where_people_look_round(seen: Page, demo_shop: ShopServer) -> None:
    judge(seen, demo_shop.url, places.shop_places())


def test_help_and_privacy(seen: Page, demo_shop: ShopServer) -> None:
    judge(seen, demo_shop.url, places.text_places())


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
