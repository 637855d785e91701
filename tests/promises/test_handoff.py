"""Before another company collects anything, you are told and can go back (P70, P71)."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponseRedirect
from django.test import Client, RequestFactory
from pytest_django import Settings

from privacy import gateway, handoffs
from privacy.middleware import HandOffMiddleware, UndeclaredWay
from privacy.models import Receipt
from shop.models import Hold, Order, Status, Stock
from tests.bank import TestBank
from tests.builders import draft_token, product
from tests.crawl import Crawl, Visit
from tests.promises.test_harness_cookies import starts as starts
from tests.promises.test_harness_egress import Sockets, sent
from tests.promises.test_harness_egress import bank as bank

pytestmark = pytest.mark.django_db(transaction=True)


def ways_out(crawl: Crawl) -> Iterator[tuple[Visit, str]]:
    """Yield every answer of the shop that sends the browser to another site."""
    for visit in crawl.visits:
        address = visit.response.headers.get("Location", "")
        if "://" in address and not address.startswith("http://testserver/"):
            yield visit, address


def notice(page: str, name: str) -> str:
    """Return the notice about a party on a page, up to the ways on; "" for none."""
    found = re.search(
        rf'<section [^>]*id="handoff-{name}".*?</section>.*?</form>', page, re.DOTALL
    )
    return unescape(found[0]) if found else ""


def missing(client: Client, visit: Visit, address: str) -> list[str]:
    """Say what the page before a hand-off lacks; nothing when all is there."""
    party = handoffs.leads_to(address)
    if party is None or party.handover is None:
        return [f"{address} is no declared hand-off"]
    if visit.method != "POST":
        return [f"{visit} sends people away without a button"]
    said = notice(client.get(visit.path).content.decode(), party.name)
    wanted = {
        "who it is": party.recipient,
        "what happens there": party.handover.there,
        "its own policy": f'href="{party.policy_url}"',
        "where it may process": party.place,
        "whose policy holds": "Our privacy policy ends here and theirs begins",
        **{f"that it gets {words}": words for words in handoffs.gets(party)},
    }
    lacks = [what for what, words in wanted.items() if words not in said]
    on = re.findall(r"<button class=\"([^\"]*)\">", said)
    back = re.findall(r"<a class=\"([^\"]*)\" href=\"/[^\"]*\">Go back", said)
    if len(on) != 1 or on != back:
        lacks.append(f"two ways of equal weight: {on} and {back}")
    return lacks


@pytest.fixture
def shop(bank: TestBank, starts: list[str]) -> tuple[Client, list[str]]:
    """A visitor with a drafted order, and every address there is to ask for."""
    client = Client()
    token = draft_token(client, {product(stock=9).sku: 1})
    return client, [f"/orders/{token}/review/", *starts]


def test_every_way_to_another_company_has_its_notice_before_it(
    shop: tuple[Client, list[str]],
) -> None:
    client, starts = shop
    found = list(ways_out(Crawl(client, starts)))
    reached = [handoffs.leads_to(address) for _, address in found]
    names = {party.name if party else "undeclared" for party in reached}
    assert names == {party.name for party in handoffs.parties()}
    assert starts[0] in {visit.path for visit, _ in found}
    # The order is pending now: its page still shows the notice before it goes on.
    for visit, address in found:
        assert missing(client, visit, address) == []


def test_a_hand_off_without_its_notice_is_found(
    shop: tuple[Client, list[str]], settings: Settings
) -> None:
    """The control: the same walk over a shop whose notice somebody took away."""
    client, starts = shop
    template = (
        "{% extends 'base_checkout.html' %}{% block main %}<form></form>{% endblock %}"
    )
    options: dict[str, Any] = settings.TEMPLATES[0]["OPTIONS"]
    settings.TEMPLATES = [
        {
            **settings.TEMPLATES[0],
            "APP_DIRS": False,
            "OPTIONS": {
                **options,
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"shop/review.html": template},
                    ),
                    "django.template.loaders.filesystem.Loader",
                    "django.template.loaders.app_directories.Loader",
                ],
            },
        }
    ]
    found = list(ways_out(Crawl(client, starts[:1])))
    assert found
    assert missing(client, *found[0])


def test_going_back_sends_nothing_holds_nothing_and_says_so(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing = product(stock=3)
    client = Client()
    token = draft_token(client, {thing.sku: 2})  # asks the address list, and is over
    before, kept = len(sent(bank.sandbox, 0)), Receipt.objects.count()
    sockets = Sockets(monkeypatch)
    page = client.get(f"/orders/{token}/review/").content.decode()
    said = notice(page, "bank")
    (back,) = re.findall(r'<a class="[^"]*" href="([^"]*)">Go back, send nothing', said)
    assert "Going back sends them nothing" in said
    assert client.get(back).status_code == 200
    assert client.get(f"/orders/{token}/change/").status_code == 200

    assert bank.sandbox.base not in {f"http://{h}:{p}" for h, p in sockets.reached}
    assert sent(bank.sandbox, before) == []
    assert Receipt.objects.count() == kept
    order = Order.objects.get(token=token)
    assert order.status == Status.DRAFT
    assert not order.payments.exists()
    assert not Hold.objects.exists()
    stock = Stock.objects.get(product=thing)
    assert (stock.on_hand, stock.held) == (3, 0)
    # And the trolley is as it was: nothing was lost by looking.
    assert client.cookies["trolley"].value == f"1|{thing.sku}:2"


def test_going_on_is_what_sends_and_holds(bank: TestBank) -> None:
    """The control of the one before: the other way does all that this one does not."""
    thing = product(stock=3)
    client = Client()
    token = draft_token(client, {thing.sku: 2})
    before = len(sent(bank.sandbox, 0))
    bank.place(client, token)
    assert [entry["party"] for entry in sent(bank.sandbox, before)] == ["bank"]
    assert Hold.objects.count() == 1


def test_each_party_that_people_are_sent_to_has_a_policy_of_its_own() -> None:
    assert [party.name for party in handoffs.parties()] == ["bank"]
    for party in handoffs.parties():
        assert party.policy_url.startswith("https://")
        assert party.handover
        assert party.handover.origin.startswith("http")


def test_only_a_declared_hand_off_has_a_notice() -> None:
    with pytest.raises(gateway.UnknownConnector, match="no hand-off"):
        handoffs.to("addresses")


@pytest.mark.parametrize(
    ("address", "goes"),
    [
        ("/trolley/", True),
        ("?page=2", True),
        ("", True),
        ("http://testserver/orders/", True),
        ("http://localhost:8000/orders/", True),
        ("https://pay.example/c/pay/cs_1", True),
        ("https://pay.example.evil.example/", False),
        ("https://pay.example@evil.example/", False),
        ("http://pay.example/", False),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("\\\\evil.example/", False),
        ("https:evil.example", False),
        ("javascript:alert(1)", False),
    ],
)
def test_no_answer_leads_anywhere_else(
    address: str, goes: bool, settings: Settings
) -> None:
    settings.SITE_URL = "http://localhost:8000"
    settings.STRIPE_CHECKOUT_ORIGIN = "https://pay.example"

    def view(request: HttpRequest) -> HttpResponseRedirect:
        response = HttpResponseRedirect("/")
        response.headers["Location"] = address
        return response

    middleware = HandOffMiddleware(view)
    request = RequestFactory().get("/x/")
    if goes:
        assert middleware(request).status_code == 302
    else:
        with pytest.raises(UndeclaredWay):
            middleware(request)
