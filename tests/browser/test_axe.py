"""Every page where people look round is for everybody (axe.py says how it is judged).

Help, policy and the pages of an order have files of their own: it is the longest test,
and two processes share it file by file.
"""

from itertools import product

from playwright.sync_api import Page

from tests.browser import places
from tests.browser.axe import SCHEMES, WIDTHS, faults, judge
from tests.servers import ShopServer


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
    for width in WIDTHS:
        assert f"planted at {width}, light: label" in found
    assert "planted at 320: sideways scroll" in found


def test_the_pages_where_people_look_round(seen: Page, demo_shop: ShopServer) -> None:
    judge(seen, demo_shop.url, places.shop_places())
