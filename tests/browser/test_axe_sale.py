"""With a sale announced every page carries its notice, and is for everybody."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page

from privacy.transitions import Round
from tests.browser.axe import judge
from tests.browser.places import Place
from tests.privacy.test_transitions import stood
from tests.privacy.transition_days import looked
from tests.servers import ShopServer


def test_the_page_of_a_sale_and_its_notice(seen: Page, demo_shop: ShopServer) -> None:
    sale = stood(
        12, use_differs=True, question="May they write to you about insurance?"
    )
    dark = timezone.now() - timedelta(days=5)
    looked(sale, [Round(dark, good=False, bare=True)])
    # a process believes for ten seconds that nothing was announced
    seen.goto(f"{demo_shop.url}/privacy/transition/")
    seen.wait_for_timeout(10_500)
    pages = [
        Place("sale", "/privacy/transition/"),
        Place("sale-home", "/"),
        Place("sale-404", "/no/such/page/", status=404),
        Place("sale-400", "/search/?q=%00", status=400),
    ]
    judge(seen, demo_shop.url, pages)
    for place in pages:
        place.open(seen, demo_shop.url)
        notice = seen.get_by_role("complementary", name="Change of ownership")
        assert notice.is_visible(), place
        assert "Northlight Retail Ltd" in notice.inner_text()
        notice.get_by_role("link", name="Read the full notice").click()
        assert seen.url.endswith(f"/privacy/transition/#{sale.reference}")
