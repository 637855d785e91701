"""With a new policy published: the policy, its versions and its notice, for all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.axe import judge
from tests.browser.places import Place
from tests.privacy.drafts import draft, publish
from tests.servers import ShopServer

PAGES = [
    Place("policy-coming", "/privacy/"),
    Place("versions", "/privacy/versions/"),
    Place("version", "/privacy/versions/1/"),
    Place("version-coming", "/privacy/versions/2/"),
    Place("compare", "/privacy/compare/1/2/"),
    Place("compare-same", "/privacy/compare/2/2/"),
]


@pytest.fixture
def announced(demo_shop: ShopServer, tmp_path: Path) -> Iterator[ShopServer]:
    """The running shop, with a version 2 that starts in 34 days."""
    draft(
        tmp_path,
        head="change cookies: ahead\nchange log-files: editorial\nchange x: ahead",
    )
    path = tmp_path / "2.md"
    text = path.read_text()
    text = text.replace("{#surveys}", "{#x}", 1)  # one clause goes, another comes
    text = text.replace("change x:", "change surveys: ahead\nchange x:", 1)
    path.write_text(text.replace("Our log files note", "Our log files write down", 1))
    publish(tmp_path, days=34)
    demo_shop.reload()
    yield demo_shop
    demo_shop.reload()  # published versions are believed for good


def test_the_pages_of_a_policy_to_come(seen: Page, announced: ShopServer) -> None:
    judge(seen, announced.url, PAGES)


def test_its_notice_stands_on_home_and_leads_to_the_difference(
    seen: Page, announced: ShopServer
) -> None:
    home = Place("home-notice", "/")
    judge(seen, announced.url, [home])
    home.open(seen, announced.url)
    notice = seen.get_by_role("complementary", name="Change of our privacy policy")
    notice.get_by_role("link", name="What changes").click()
    assert seen.url.endswith("/privacy/compare/1/2/")
    assert seen.locator("ins").first.inner_text() == "whatever."


def test_a_difference_on_paper_has_its_words_and_not_the_menus(
    seen: Page, announced: ShopServer
) -> None:
    seen.goto(f"{announced.url}/privacy/compare/1/2/")
    seen.emulate_media(media="print")
    assert seen.locator("del").first.is_visible()
    assert not seen.locator(".idx").is_visible()
    underlined = seen.locator("ins").first.evaluate(
        "element => getComputedStyle(element).textDecorationLine"
    )
    assert underlined == "underline"
