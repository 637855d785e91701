"""A stranger buys, in a real browser, and whatever happens on the way ends well."""

import re

import pytest
from playwright.sync_api import Page, expect

from jessops.lib.hashing import email_hash
from shop.models import Order, Payment, Product, Status
from tests.browser.conftest import MakeBuyer
from tests.browser.steps import (
    CAMERA,
    CAMERA_PAGE,
    DECLINED,
    FILM,
    FILM_PAGE,
    SECURE,
    Buyer,
)

MOST_TABS = 60


def price(page: str) -> int:
    return Product.objects.get(slug=page.split("/")[2]).price


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(1280, True), (390, True), (1280, False)],
    ids=["wide", "phone", "no-scripts"],
)
def test_a_stranger_buys_a_camera_and_two_films(
    buyer: MakeBuyer, width: int, scripts: bool
) -> None:
    priya = buyer(width, scripts)
    page = priya.page
    priya.go("/")
    nav = page.get_by_role("navigation", name="Departments")
    nav.get_by_role("link", name="Cameras").click()
    page.get_by_role("link", name=CAMERA, exact=True).click()
    expect(priya.heading(CAMERA)).to_be_visible()
    assert page.context.cookies() == []  # looking leaves no trace
    page.get_by_role("button", name="Add to trolley").click()
    priya.search("hp5 36")
    page.get_by_role("link", name=FILM, exact=True).click()
    page.get_by_role("button", name="Add to trolley").click()
    expect(priya.heading("Your trolley")).to_be_visible()

    film = page.locator("article").filter(has_text=FILM)
    film.get_by_role("textbox", name="Quantity").fill("3")
    film.get_by_role("button", name=f"Update quantity of {FILM}").click()
    film.get_by_role("button", name="One fewer").click()
    goods = price(CAMERA_PAGE) + 2 * price(FILM_PAGE)
    total = f"£{goods // 100:,}.{goods % 100:02}"
    expect(page.locator("aside.sum dd.t")).to_have_text(total)  # delivery is free

    page.get_by_role("link", name="Check out").click()
    priya.fill_in(line1="", town="")
    page.get_by_role("button", name="Find address").click()
    page.get_by_label("Choose an address").select_option(index=1)
    page.get_by_role("button", name="Use this address").click()
    expect(page.locator("#id_line1")).not_to_have_value("")
    expect(page.locator("#id_full_name")).to_have_value(priya.name)
    page.get_by_text("No marketing emails").click()
    priya.go_on()

    expect(priya.heading("Check and order")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text(CAMERA)
    expect(priya.order_button).to_have_text(f"Order and pay {total}")
    priya.to_bank()
    priya.pay()

    priya.thanked()
    order = Order.objects.get(email_hash=email_hash(priya.email))
    assert order.status == Status.AUTHORISED
    assert order.total_pence == goods
    assert order.no_marketing
    shown = page.get_by_role("main")
    expect(shown).to_contain_text(order.number)
    expect(shown).to_contain_text("You said no marketing emails")
    expect(shown).to_contain_text("Stripe, our payment host")
    assert priya.in_trolley() == ""

    mail = priya.mail("Your order")
    for form in (mail["text"], mail["html"]):
        assert order.number in form
        assert total in form
        assert order.get_absolute_url() in form
        assert "CANCELLATION FORM" in form
    link = re.search(rf"{re.escape(priya.shop.url)}/orders/\S+", mail["text"])
    assert link
    page.context.clear_cookies()
    page.goto(link[0])
    priya.thanked()


def test_a_declined_card_and_then_a_good_one_pay_the_same_order(
    buyer: MakeBuyer,
) -> None:
    priya = buyer()
    priya.add(CAMERA_PAGE)
    priya.to_review()
    priya.to_bank()
    at_the_bank = priya.page.url
    priya.pay(DECLINED)
    expect(priya.page.get_by_role("alert")).to_contain_text("Your card was declined.")
    priya.page.get_by_role("link", name="without paying").click()
    said = priya.page.get_by_role("status")
    expect(said).to_contain_text("The card company said no and took nothing")
    expect(said).to_contain_text("Your things are still kept for you")
    priya.to_bank()
    assert priya.page.url == at_the_bank
    priya.pay()
    priya.thanked()
    (order,) = priya.orders()
    assert order.status == Status.AUTHORISED
    assert order.payments.count() == 1


def test_3d_secure_passed_pays(buyer: MakeBuyer) -> None:
    priya = buyer(390)
    priya.add(FILM_PAGE)
    priya.to_review()
    priya.to_bank()
    priya.pay(SECURE)
    expect(priya.heading("Is it you?")).to_be_visible()
    priya.page.get_by_role("button", name="Yes, it is me").click()
    priya.thanked()
    assert [order.status for order in priya.orders()] == [Status.AUTHORISED]


def test_3d_secure_failed_and_then_another_card_pays(buyer: MakeBuyer) -> None:
    priya = buyer()
    priya.add(FILM_PAGE)
    priya.to_review()
    priya.to_bank()
    priya.pay(SECURE)
    priya.page.get_by_role("button", name="No: fail").click()
    said = priya.page.get_by_role("alert")
    expect(said).to_contain_text("unable to authenticate")
    priya.page.get_by_role("link", name="without paying").click()
    expect(priya.page.get_by_role("status")).to_contain_text(
        "Your bank could not confirm that it was you"
    )
    priya.to_bank()
    priya.pay()
    priya.thanked()
    assert [order.status for order in priya.orders()] == [Status.AUTHORISED]


def test_turning_back_at_the_bank_keeps_trolley_and_order(buyer: MakeBuyer) -> None:
    priya = buyer()
    priya.add(FILM_PAGE)
    kept = priya.in_trolley()
    priya.to_review()
    priya.to_bank()
    priya.page.get_by_role("link", name="without paying").click()
    expect(priya.page.get_by_role("status")).to_contain_text("Not paid yet")
    assert priya.in_trolley() == kept != ""
    (order,) = priya.orders()
    assert order.status == Status.PENDING
    priya.page.get_by_role("link", name="Change these details").click()
    expect(priya.page.locator("#id_full_name")).to_have_value(priya.name)
    expect(priya.page.locator("#id_line1")).to_have_value("12 Mill Lane")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_back_button_from_the_bank_leads_to_the_same_order(
    buyer: MakeBuyer, scripts: bool
) -> None:
    priya = buyer(scripts=scripts)
    priya.add(FILM_PAGE)
    priya.to_review()
    priya.to_bank()
    at_the_bank = priya.page.url
    priya.page.go_back()
    expect(priya.heading("Check and order")).to_be_visible()
    priya.to_bank()
    assert priya.page.url == at_the_bank
    priya.pay()
    priya.thanked()
    priya.page.go_back()  # to the bank's page, which no longer takes money
    priya.page.reload()
    assert len(priya.orders()) == 1
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_double_click_makes_one_order_and_one_payment(
    buyer: MakeBuyer, scripts: bool
) -> None:
    priya = buyer(scripts=scripts)
    priya.add(FILM_PAGE)
    priya.check_out()
    priya.fill_in()
    priya.page.get_by_role("button", name="Continue to check the order").dblclick()
    expect(priya.heading("Check and order")).to_be_visible()
    priya.order_button.dblclick()
    priya.at_bank()
    priya.pay()
    priya.thanked()
    (order,) = priya.orders()
    assert order.payments.count() == 1
    opened = {
        call["payload"]["client_reference_id"]
        for call in priya.shop.sandbox.get_json("/egress.json?party=bank")
        if call["path"].endswith("/checkout/sessions")
        and order.number in str(call["payload"])
    }
    assert len(opened) == 1


def test_mistakes_are_listed_the_list_has_the_focus_and_nothing_typed_is_lost(
    buyer: MakeBuyer,
) -> None:
    priya = buyer(390)
    priya.add(FILM_PAGE)
    priya.check_out()
    priya.fill_in(full_name="", email="priya at home", county="Buckinghamshire")
    priya.page.get_by_text("Ring me").click()
    priya.page.get_by_text("No marketing emails").click()
    priya.go_on()
    summary = priya.page.locator(".errsum")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("There are 2 things to fix")
    expect(priya.page).to_have_title(re.compile("^Error: "))
    summary.get_by_role("link", name="Enter your full name").click()
    assert priya.focused() == "id_full_name"
    summary.get_by_role("link", name="Enter an email address").click()
    assert priya.focused() == "id_email"
    for name, value in (
        ("email", "priya at home"),
        ("telephone", "01628 496000"),
        ("postcode", "SL7 1EY"),
        ("line1", "12 Mill Lane"),
        ("town", "Marlow"),
        ("county", "Buckinghamshire"),
    ):
        expect(priya.page.locator(f"#id_{name}")).to_have_value(value)
    expect(priya.page.get_by_label("Ring me")).to_be_checked()
    expect(priya.page.get_by_label("No marketing emails")).to_be_checked()
    priya.fill_in()
    priya.go_on()
    expect(priya.heading("Check and order")).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until such an element has the focus, and see that it shows."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            ring = page.evaluate(
                """() => {
                    const found = document.activeElement;
                    const box = found.closest("label") || found;
                    return [found, box].some((element) => {
                        const style = getComputedStyle(element);
                        return style.outlineStyle !== "none" ||
                            style.boxShadow !== "none";
                    });
                }"""
            )
            assert ring, f"no focus to be seen at {selector}"
            return
    raise AssertionError(f"Tab does not reach {selector}")


def type_into(buyer: Buyer, fields: dict[str, str]) -> None:
    for selector, words in fields.items():
        tab_to(buyer.page, selector)
        buyer.page.keyboard.type(words)


def test_a_keyboard_alone_gets_from_the_product_to_the_thanks(
    buyer: MakeBuyer,
) -> None:
    priya = buyer()
    keys = priya.page.keyboard
    priya.go(FILM_PAGE)
    keys.press("Tab")
    expect(priya.page.get_by_role("link", name="Skip to main content")).to_be_focused()
    keys.press("Enter")
    tab_to(priya.page, "button.btn--go")
    keys.press("Enter")
    expect(priya.heading("Your trolley")).to_be_visible()
    tab_to(priya.page, "a[href='/checkout/']")
    keys.press("Enter")
    expect(priya.heading("You and delivery")).to_be_visible()
    type_into(
        priya,
        {
            "#id_full_name": priya.name,
            "#id_email": priya.email,
            "#id_postcode": "SL7 1EY",
            "#id_line1": "12 Mill Lane",
            "#id_town": "Marlow",
        },
    )
    tab_to(priya.page, "[name=delivery]")
    keys.press("ArrowDown")
    tab_to(priya.page, "[name=no_marketing]")
    keys.press("Space")
    tab_to(priya.page, "button.btn--go")
    keys.press("Enter")
    expect(priya.heading("Check and order")).to_be_visible()
    tab_to(priya.page, "#handoff-bank + form button")
    keys.press("Enter")
    priya.at_bank()
    type_into(
        priya,
        {"#number": "4242424242424242", "#exp": "12/34", "#cvc": "123"},
    )
    keys.press("Enter")
    priya.thanked()
    (order,) = priya.orders()
    assert order.no_marketing
    assert order.delivery != "standard"
