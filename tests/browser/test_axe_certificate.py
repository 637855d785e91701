"""The certificates, passed and failed, and an opened cookie, are for everybody."""

from playwright.sync_api import Page

from privacy.models import Certificate
from tests.browser import places
from tests.browser.axe import judge
from tests.browser.places import Place
from tests.servers import ShopServer

LONG = "/product/a-thing/ asks x.example for https://x.example/" + "a" * 180


def test_certificates_and_opened_cookies(seen: Page, demo_shop: ShopServer) -> None:
    for crawler, findings in (("http", []), ("chromium", [LONG, LONG]), ("http", [])):
        Certificate.objects.create(
            crawler=crawler,
            passed=not findings,
            pages=300,
            requests=1044,
            foreign_hosts=["x.example"] * len(findings),
            cookies=["trolley"],
            findings=findings,
            commit="0123456789ab",
            seconds=61.5,
        )
    cookies = [one for one in places.text_places() if one.name.startswith("cookies")]
    assert len(cookies) == 4
    judge(
        seen, demo_shop.url, [Place("certificate", "/privacy/certificate/"), *cookies]
    )


def test_the_visitor_opens_empties_and_forgets_without_a_script(
    seen: Page, demo_shop: ShopServer
) -> None:
    Place("opened", "/privacy/cookies/", "1|GONE-1:2").open(seen, demo_shop.url)
    assert seen.locator(".raw").inner_text() == "1|GONE-1:2"
    seen.get_by_role("button", name="Empty and forget").click()
    seen.wait_for_url("**/privacy/cookies/?forgotten=trolley#yours")
    assert seen.get_by_role("status").inner_text().startswith("Gone")
    assert seen.context.cookies() == []
