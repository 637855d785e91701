"""The hosted payment page: what a customer sees, and that anyone can use it."""

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.sandbox.customer import DECLINED, PAYER, SECURE, VISA, Bank, get
from tests.sandbox.receiver import Receiver


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[1280, 390, 320])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A browser without JavaScript, as narrow as a telephone."""
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    yield context.new_page()
    context.close()


def fill(page: Page, number: str = VISA, **fields: str) -> None:
    for name, value in (PAYER | {"number": number} | fields).items():
        page.fill(f"#{name}", value)
    page.get_by_role("button", name="Pay £129.99").click()


def test_page_says_what_is_paid_to_whom_and_that_it_is_no_real_bank(bank: Bank) -> None:
    session = bank.session()
    text = get(str(session.url)).text
    for words in ("£129.99", "J26-4812-0751", "Jessops", "no money moves"):
        assert words in text
    # Filled in from what the shop passed on.
    for name, value in (("name", "Ada Ashdown"), ("line1", "7 Mill Lane")):
        assert re.search(rf'id="{name}"[^>]* value="{value}"', text)
    assert re.search(r'id="number"[^>]* value=""', text)
    for token in ("cc-number", "cc-exp", "cc-csc", "cc-name"):
        assert f'autocomplete="{token}"' in text


def test_customer_pays_without_javascript(bank: Bank, plain_page: Page) -> None:
    arrived = Receiver()
    session = bank.session(success_url=f"{arrived.url}?{{CHECKOUT_SESSION_ID}}")
    plain_page.goto(str(session.url))
    fill(plain_page, DECLINED)
    alert = plain_page.get_by_role("alert")
    expect(alert).to_contain_text("Your card was declined.")
    expect(plain_page.locator("#postcode")).to_have_value("LE3 1AA")
    expect(plain_page.locator("#number")).to_have_value("")
    expect(plain_page.locator("#cvc")).to_have_value("")
    fill(plain_page, SECURE)
    plain_page.get_by_role("button", name="No: fail").click()
    expect(alert).to_contain_text("unable to authenticate")
    fill(plain_page, SECURE)
    with plain_page.expect_response(lambda answer: session.id in answer.url):
        plain_page.get_by_role("button", name="Yes, it is me").click()
    arrived.stop()
    assert bank.client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_wrong_fields_are_named_and_kept(bank: Bank) -> None:
    session = bank.session()
    answer = bank.pay(session, "4242 4242 4242 4241", exp="13/34", cvc="1", name="")
    assert answer.status_code == 422
    for words in (
        "Your card number is incorrect",
        "Enter the expiry date",
        "Enter the 3 digits",
        "Enter the name on the card",
    ):
        # Once in the summary and once at the field.
        assert answer.text.count(words) == 2
    assert 'value="13/34"' in answer.text
    assert "4242 4242 4242 4241" not in answer.text
    assert bank.pay(session, exp="01/20").status_code == 422
    assert bank.pay(session, line1="x" * 300).status_code == 422
    # None of it was a try at the bank.
    session = bank.client.v1.checkout.sessions.retrieve(session.id)
    assert session.payment_intent is None


def test_typed_markup_stays_text(bank: Bank) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = bank.pay(bank.session(), DECLINED, name=hostile, line1=hostile)
    assert answer.status_code == 402
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize("exp", ["12/34", "12/2034", "1234", "12 / 34", "12-34"])
def test_expiry_may_be_written_in_any_usual_way(bank: Bank, exp: str) -> None:
    assert bank.pay(bank.session(), exp=exp).status_code == 303


def test_finished_session_says_so_with_a_link_back(bank: Bank) -> None:
    paid, expired = bank.session(), bank.session()
    bank.pay(paid)
    answer = get(str(paid.url))
    assert "Already paid" in answer.text
    assert f"http://localhost:8000/paid/?session={paid.id}" in answer.text
    # A second click on Pay ends where the first one did, and pays nothing more.
    again = bank.pay(paid)
    assert (again.status_code, again.headers["Location"]) == (
        303,
        f"http://localhost:8000/paid/?session={paid.id}",
    )
    bank.client.v1.checkout.sessions.expire(expired.id)
    answer = get(str(expired.url))
    assert answer.status_code == 410
    assert "has expired" in answer.text
    assert 'href="http://localhost:8000/orders/token/"' in answer.text
    assert get(f"{bank.sandbox.base}/bank/pay/none").status_code == 404


def test_customer_can_go_back_without_paying(bank: Bank) -> None:
    text = get(str(bank.session().url)).text
    assert 'href="http://localhost:8000/orders/token/"' in text


def test_pages_are_accessible_at_every_width(
    bank: Bank, browser: Browser, scheme: str, width: int
) -> None:
    context = browser.new_context(
        color_scheme=cast(Any, scheme),
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    broken: list[str] = []
    page.on("console", lambda line: broken.append(line.text))
    page.on("pageerror", lambda error: broken.append(str(error)))
    done = bank.session()
    bank.pay(done)
    session = bank.session()

    def look() -> None:
        if width != 320:  # the same rules as at 390
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        wider = "document.documentElement.scrollWidth - window.innerWidth"
        assert page.evaluate(wider) <= 0, page.url

    page.goto(str(session.url))
    page.locator("summary").click()
    look()
    page.get_by_role("button", name="Pay £129.99").click()
    look()
    fill(page, DECLINED)
    look()
    fill(page, SECURE)
    look()
    for path in ("/", "/bank/", "/mail/", "/carrier/", "/prints/"):
        page.goto(bank.sandbox.base + path)
        look()
    page.goto(f"{bank.sandbox.base}/addresses/?postcode=LE3+1AA")
    look()
    page.goto(str(done.url))
    look()
    context.close()
    # Chromium reports the status of declined and wrong forms on the console.
    assert [line for line in broken if "status of 4" not in line] == []


def test_pages_allow_no_script_and_no_frame(bank: Bank) -> None:
    for url in (str(bank.session().url), f"{bank.sandbox.base}/bank/"):
        answer = get(url)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "<script" not in answer.text
        assert "style=" not in answer.text
