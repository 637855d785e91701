"""How long cookies live, where they go, and that none comes back (P26 to P35)."""

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as shop_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Browser, Route

from privacy.cookies import DAY, REGISTRY
from shop.demo.load import load
from shop.models import Order, Product
from shop.trolley import Trolley, encode
from tests.bank import TestBank
from tests.builders import PRIYA, draft_token, fill, product
from tests.promises.test_harness_egress import bank as bank
from tests.promises.test_harness_egress import sent
from tests.servers import ShopServer
from tests.staff import code, equip, sign_in

FILM = "ilford-hp5-plus-400-36-exp"


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    sign_in(
        client,
        get_user_model().objects.create_superuser(
            email="staff@jessops.example", password="twelve letters"
        ),
    )
    return client


def shown_lives(client: Client) -> dict[str, str]:
    """Return what the cookie page says of each cookie's life."""
    page = client.get("/privacy/cookies/").content.decode()
    table = page.split("Cookies we can set", 2)[2].split("</table>")[0]
    rows = re.findall(r'class="strong">(\w+)</th>.*?<td>([^<]*)</td></tr>', table)
    return dict(rows)


@pytest.mark.django_db
def test_the_lives_that_are_set_are_the_lives_that_are_shown(staff: Client) -> None:
    """P26, P29: observed, declared and published are one number each."""
    thing = product(stock=5)
    observed: dict[str, Any] = {}
    for answer in (
        staff.post("/trolley/add/", {"sku": thing.sku}),
        staff.post("/trolley/update/", {"more": thing.sku}),
        Client().get("/accounts/login/"),
        Client().post(
            "/accounts/login/",
            {"login": "staff@jessops.example", "password": "twelve letters"},
        ),
    ):
        for name, morsel in answer.cookies.items():
            life = morsel["max-age"] or None
            assert observed.setdefault(name, life) == life, name
            assert bool(morsel["expires"]) is (life is not None), name
    assert observed == {name: one.max_age for name, one in REGISTRY.items()}
    assert observed["trolley"] == shop_settings.TROLLEY_COOKIE_AGE.total_seconds()

    shown = shown_lives(Client())
    assert set(shown) == set(REGISTRY)
    for name, life in observed.items():
        if life is None:
            assert shown[name].startswith("When you close the browser")
        else:
            assert shown[name] == f"{life // DAY} days after you last changed it"
    policy = Client().get("/privacy/").content.decode()
    assert f"{observed['trolley'] // DAY} days" in policy


@pytest.mark.django_db(transaction=True)
def test_a_browser_keeps_the_trolley_over_its_closing_and_nothing_else(
    browser: Browser, shop_server: ShopServer
) -> None:
    """P29, P32: what Chromium itself makes of the headers."""
    load()
    equip(
        get_user_model().objects.create_superuser(
            email="staff@jessops.example", password="twelve letters"
        )
    )
    shop_server.reload()
    first = browser.new_context()
    page = first.new_page()
    page.goto(f"{shop_server.url}/product/{FILM}/")
    page.locator("form[action='/trolley/add/'] button").first.click()
    page.wait_for_url("**/trolley/**")
    page.goto(f"{shop_server.url}/admin/login/")
    page.fill("#id_login", "staff@jessops.example")
    page.fill("#id_password", "twelve letters")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.fill("#id_code", code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/admin/")
    held = {cookie["name"]: cookie for cookie in first.cookies()}
    assert set(held) == set(REGISTRY)
    for name, cookie in held.items():
        life = REGISTRY[name].max_age
        if life is None:
            assert cookie["expires"] == -1, name
        else:
            assert abs(cookie["expires"] - time.time() - life) < 120, name
        assert cookie["httpOnly"], name
        assert cookie["sameSite"] == "Lax", name
        assert not cookie["domain"].startswith("."), name
    first.close()

    # Closed and opened again: the lasting one alone is there, and is the whole trolley.
    again = browser.new_context()
    again.add_cookies([c for c in held.values() if c["expires"] != -1])  # type: ignore[misc]
    page = again.new_page()
    page.goto(f"{shop_server.url}/trolley/")
    assert "HP5" in page.locator(".line h2").inner_text()
    assert [cookie["name"] for cookie in again.cookies()] == ["trolley"]
    again.close()


@pytest.mark.django_db
def test_signing_in_and_out_changes_no_trolley() -> None:
    """P27, P32: the cookie never meets the account."""
    owner = get_user_model().objects.create_superuser(
        email="staff@jessops.example", password="twelve letters"
    )
    equip(owner)
    client = Client()
    one, two = product(stock=5), product(stock=5)
    fill(client, {one.sku: 2, two.sku: 1})
    before = client.cookies["trolley"].value
    for path, given in (
        ("login", {"login": owner.email, "password": "twelve letters"}),
        ("2fa/authenticate", {"code": code()}),
    ):
        signed_in = client.post(f"/accounts/{path}/", given)
        assert signed_in.status_code == 302
        assert "trolley" not in signed_in.cookies
    assert client.get("/admin/").status_code == 200
    assert client.get("/trolley/").status_code == 200
    out = client.post("/admin/logout/")
    assert "trolley" not in out.cookies
    assert client.cookies["trolley"].value == before
    # Another browser with that cookie alone has the same trolley.
    other = Client()
    other.cookies["trolley"] = before
    assert other.get("/trolley/").context["contents"].trolley == Trolley(
        {one.sku: 2, two.sku: 1}
    )


def order_pages(token: str, reference: str) -> Iterator[str]:
    yield f"/orders/{token}/"
    yield f"/orders/{token}/review/"
    yield f"/orders/{token}/change/"
    yield f"/orders/paid/{reference}/"
    yield f"/orders/back/{reference}/"
    yield from ("/trolley/", "/checkout/", "/privacy/cookies/", "/orders/find/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", ["the browser", "/trolley/empty/", "the cookie page"])
def test_no_page_of_ones_own_order_brings_a_removed_trolley_back(
    bank: TestBank, by: str
) -> None:
    """P30: not even the pages that know what was in it."""
    thing = product(stock=9)
    client = Client()
    token = draft_token(client, {thing.sku: 2})
    page = bank.place(client, token)
    if by == "/trolley/empty/":
        client.post(by)
    elif by == "the cookie page":
        client.post("/privacy/cookies/trolley/forget/")
    del client.cookies["trolley"]
    order = Order.objects.get(token=token)
    (payment,) = order.payments.all()
    for round_ in ("waiting", "paid"):
        for path in order_pages(token, payment.reference):
            set_there = client.get(path).cookies.get("trolley")
            assert not (set_there and set_there.value), (round_, path)
        changed = client.post(f"/orders/{token}/change/", {**PRIYA, "town": "Henley"})
        assert not changed.cookies.get("trolley")
        assert "trolley" not in client.cookies
        if round_ == "waiting":
            bank.come_back(client, bank.pay(page))
    assert b"Your trolley is empty" in client.get("/trolley/").content


@pytest.mark.django_db(transaction=True)
def test_no_party_gets_what_is_in_a_cookie(bank: TestBank) -> None:
    """P35: a whole purchase, and not a piece of the trolley's text in what left."""
    before = len(sent(bank.sandbox, 0))
    one, two = product(stock=9, sku="ZYX-CANARY-1"), product(stock=9, sku="QQ-CANARY-2")
    client = Client()
    lines = {one.sku: 2, two.sku: 1}
    value = encode(Trolley(lines))
    bank.buy(client, draft_token(client, lines))
    entries = sent(bank.sandbox, before)
    assert {entry["party"] for entry in entries} >= {"bank", "addresses"}
    left = str([entry for entry in entries if entry["party"] != "mail"])
    for piece in (value, *value.split("|")[1:], one.sku, two.sku):
        assert piece not in left
    # The control: the order's number did leave, so the record holds what was sent.
    assert Order.objects.get().number in left


@pytest.mark.django_db(transaction=True)
def test_no_other_site_learns_cookie_or_page_from_a_browser(
    browser: Browser, shop_server: ShopServer
) -> None:
    """P35, P72: what Chromium sends along to the payment host and over a link out."""
    load()
    shop_server.reload()
    sku = Product.objects.get(slug=FILM).sku
    context = browser.new_context()
    heads: dict[str, dict[str, str]] = {}

    def elsewhere(route: Route) -> None:
        heads[urlsplit(route.request.url).netloc] = route.request.headers
        link = (
            '<meta name="referrer" content="unsafe-url"><a href="https://b.example/">'
        )
        route.fulfill(status=200, content_type="text/html", body=f"{link}on</a>")

    context.route("https://**/*", elsewhere)
    context.add_cookies(
        [{"name": "trolley", "value": f"1|{sku}:1", "url": shop_server.url}]
    )
    page = context.new_page()
    page.goto(f"{shop_server.url}/checkout/")
    for name in ("full_name", "email", "postcode", "line1", "town"):
        page.fill(f"#id_{name}", PRIYA[name])
    page.get_by_role("button", name="Continue to check").click()
    page.wait_for_url("**/review/")
    review = page.url
    page.get_by_role("link", name="their privacy policy").click()
    page.wait_for_url("https://stripe.com/**")
    # The control: a page that does tell is seen to tell.
    page.get_by_role("link", name="on").click()
    page.wait_for_url("https://b.example/")
    assert heads.pop("b.example")["referer"].startswith("https://stripe.com/")

    page.goto(review)
    there = f"{shop_server.sandbox.base}/bank/"
    with page.expect_response(lambda answer: answer.url.startswith(there)) as got:
        page.get_by_role("button", name="Order and pay").click()
    heads["bank"] = got.value.request.all_headers()
    assert "user-agent" in heads["bank"]
    context.close()
    assert set(heads) == {"stripe.com", "bank"}
    for host, sent_along in heads.items():
        assert "cookie" not in sent_along, host
        assert "referer" not in sent_along, host
        assert sku not in str(sent_along), host
        assert "/orders/" not in str(sent_along), host
