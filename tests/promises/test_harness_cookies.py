"""H1: every address as nobody and as staff; every Set-Cookie against the registry."""

import http.cookies
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django import Settings

from clubs import links
from members.actions import enquiries
from privacy.cookies import REGISTRY, UnlistedCookie
from shop.demo.load import load
from shop.models import Order, Payment, Product, Status
from shop.trolley import decode, encode
from tests.browser.places import choice_places, leaving_places
from tests.builders import draft_token, move_order
from tests.clubs.cast import WREN, club, contact
from tests.crawl import Crawl, route_of, routes
from tests.newsletter.contests_cast import contest, survey
from tests.production import environment
from tests.staff import sign_in

ROOT = Path(__file__).resolve().parents[2]
PLAIN = re.compile(r"1(\|[A-Z0-9][A-Z0-9.-]{1,31}:[1-9][0-9]?)+\Z")
BROWSED = (
    *("/", "/shop/", "/shop/cameras/", "/shop/cameras/mirrorless/", "/shop/used/"),
    *("/shop/film/?page=2&sort=price", "/search/?q=hp5", "/search/?q=zzzz"),
    *("/product/fujifilm-x-t5-body-silver/", "/product/ilford-hp5-plus-400-36-exp/"),
    *("/trolley/", "/checkout/", "/orders/find/", "/privacy/", "/privacy/cookies/"),
    *("/help/delivery/", "/help/returns/", "/help/contact/", "/no/such/page/"),
    "/.well-known/privacy-promises.json",
)

NOBODYS = "00000000-0000-4000-8000-000000000000"  # an address of a book

pytestmark = pytest.mark.django_db


@pytest.fixture
def starts() -> list[str]:
    """Every route's sample, with the catalogue and an order in the shop."""
    load()
    sku = Product.objects.get(slug="ilford-hp5-plus-400-36-exp").sku
    token = draft_token(Client(), {sku: 1})
    order = Order.objects.get(token=token)
    payment = Payment.objects.create(
        order=order,
        reference="referenceofcrawl",
        amount_pence=order.total_pence,
        status="expired",
        expires_at=order.created_at,
    )
    made = order.created_at
    move_order(token, Status.LAPSED, placed_at=made, closed_at=made)
    mine = club()
    contact(mine, "name")
    words = enquiries.Asked(words="Does it fit?", email="quill@example.co.uk")
    asked = enquiries.ask(asked=words, kind="question")
    return [
        *BROWSED,
        *sign_in_pages(),
        *(
            "/clubs/",
            "/clubs/?near=SL7",
            mine.get_absolute_url(),
            "/clubs/list-a-club/",
        ),
        f"{mine.get_absolute_url()}meetings.ics",
        f"{mine.get_absolute_url()}change/",
        links.for_contact(mine, WREN["email"]),
        links.for_new(WREN["email"]),
        *("/privacy/what-we-hold/", "/privacy/recipients/", "/privacy/certificate/"),
        "/privacy/cookies/trolley/forget/",
        *("/privacy/transition/", "/privacy/disclosures/", "/privacy/announcements/"),
        *("/privacy/versions/", "/privacy/versions/1/", "/privacy/compare/1/1/"),
        *("/privacy/versions/1/policy.pdf", "/privacy/choice/no-such-token/"),
        *(place.path for place in [*choice_places(), *leaving_places()]),
        *("/privacy/promises/", "/privacy/promises/P33/"),
        *("/privacy/promises/P33/prove/", "/.well-known/security.txt"),
        *("/robots.txt", "/healthz", "/readyz", "/metrics", "/webhooks/stripe/"),
        *("/newsletter/", f"/newsletter/confirm/{'x' * 20}/"),
        *("/surveys/", contest().survey.get_absolute_url()),
        survey(("yesno", "Did you find it?", [])).get_absolute_url(),
        *(f"/surveys/entry/{'a' * 32}:{'A' * 43}/", f"/surveys/sponsor/{'A' * 43}/"),
        *("/enquiries/", "/webhooks/email/", "/enquiries/prove/no-such-token/"),
        *("/webhooks/email/provider/mail/", "/webhooks/email/provider/events/"),
        asked.get_absolute_url(),
        *("/trolley/add/", "/trolley/code/", "/admin/"),
        *("/trolley/update/", "/trolley/empty/", "/admin/login/"),
        f"/trolley/?added={sku}",
        f"/orders/{token}/",
        f"/orders/{token}/review/",
        f"/orders/{token}/change/",
        f"/orders/{token}/choices/",
        f"/orders/{token}/cancel/",
        f"/orders/{token}/more/",
        f"/orders/{token}/note/",
        f"/orders/{token}/return/",
        f"/orders/{token}/return/R26-1234-5678/label/",
        f"/orders/{token}/documents/INV-000001/",
        f"/orders/{token}/data/",
        *("/members/data/", "/members/data/copy/", "/members/data/copy/take/"),
        "/privacy/copy/no-such-link/",
        "/members/choices/",
        f"/orders/{token}/correct/",
        f"/orders/{token}/leave/",
        f"/orders/{token}/leave/no-such-proof/",
        *("/members/data/name/", "/members/data/email/", "/members/data/email/code/"),
        *("/members/data/email/object/no-such-token/", "/members/come-back/"),
        *("/members/leave/", "/members/closed/", "/members/erase/"),
        *("/members/erase/stop/", "/members/erasure/no-such-token/"),
        f"/orders/{token}/account/",
        *("/members/", "/members/orders/", f"/members/orders/{order.number}/again/"),
        *("/members/addresses/", "/members/addresses/new/"),
        *(f"/members/addresses/{NOBODYS}/{door}" for door in ("", "first/", "delete/")),
        f"/orders/paid/{payment.reference}/",
        f"/orders/back/{payment.reference}/",
    ]


def sign_in_pages() -> list[str]:
    """Every page of allauth and of ours about signing in."""
    found = [route for route in routes() if route.startswith("accounts/")]
    return [f"/{route.replace('<int:pk>', '1')}" for route in found]


@pytest.fixture
def staff() -> Client:
    client = Client()
    member = get_user_model().objects.create_superuser(
        email="staff@jessops.example", password="twelve letters"
    )
    sign_in(client, member)
    return client


def faults(morsel: "http.cookies.Morsel[str]") -> list[str]:
    """Say what a cookie may not be; not by the code that it is a test of."""
    listed = REGISTRY.get(morsel.key)
    if listed is None:
        return [f"{morsel.key}: unlisted"]
    found = []
    for name, wanted in (
        ("httponly", True),
        ("samesite", "Lax"),
        ("path", "/"),
        ("domain", ""),
        ("max-age", "" if listed.max_age is None else listed.max_age),
    ):
        gone = name in ("max-age", "httponly") and morsel["max-age"] == 0
        if morsel[name] != wanted and not gone:
            found.append(f"{morsel.key}: {name} is {morsel[name]!r}")
    if listed.max_age is None and morsel["expires"]:
        found.append(f"{morsel.key}: expires")
    return found


def all_cookies(crawl: Crawl) -> dict[str, list[str]]:
    """Return the faults of each cookie that was set anywhere, by name."""
    found: dict[str, list[str]] = {}
    for visit in crawl.visits:
        for name, morsel in visit.response.cookies.items():
            found.setdefault(name, [])
            found[name] += [f"{visit}: {fault}" for fault in faults(morsel)]
    return found


def test_whatever_a_stranger_asks_for_sets_only_listed_cookies(
    client: Client, starts: list[str]
) -> None:
    sku = starts[-6].rpartition("=")[2]
    client.post("/trolley/add/", {"sku": sku, "quantity": "2"})
    crawl = Crawl(client, starts)
    found = all_cookies(crawl)
    assert [fault for faults in found.values() for fault in faults] == []
    assert set(found) <= {"trolley", "csrftoken", "sessionid"}
    # A session is begun by whoever posts a page of joining or signing in, by no other.
    begun: dict[str, str] = {}
    for visit in crawl.visits:
        if "sessionid" in visit.response.cookies:
            begun.setdefault(visit.response.cookies["sessionid"].value, visit.path)
    begun.pop("", None)  # taken away
    assert [path for path in begun.values() if not path.startswith("/accounts/")] == []
    assert {visit.response.status_code for visit in crawl.visits} >= {200, 303, 404}
    # 503 is honest here: there is no bank, and no worker for /readyz.
    assert [str(v) for v in crawl.visits if v.response.status_code == 500] == []
    ours = {route for route in routes() if not route.startswith("admin/")}
    reached = {route_of(visit.path) for visit in crawl.visits}
    assert ours <= reached


def test_whatever_staff_ask_for_sets_only_listed_cookies(
    staff: Client, starts: list[str]
) -> None:
    crawl = Crawl(staff, [*starts, "/admin/"], post=False)
    found = all_cookies(crawl)
    assert [fault for faults in found.values() for fault in faults] == []
    assert set(found) <= set(REGISTRY)
    pages = [visit for visit in crawl.visits if visit.path.startswith("/admin/shop/")]
    assert len([v for v in pages if v.response.status_code == 200]) > 20
    assert {"csrftoken", "sessionid"} <= set(staff.cookies)


def test_the_cookie_page_lists_exactly_what_the_crawls_may_meet(client: Client) -> None:
    page = client.get("/privacy/cookies/").content.decode()
    for cookie in REGISTRY.values():
        assert cookie.name in page
        assert cookie.life in page
    assert set(REGISTRY) == {"trolley", "csrftoken", "sessionid"}


def test_twenty_pages_of_browsing_set_none(client: Client) -> None:
    load()
    assert len(BROWSED) == 20
    for path in BROWSED:
        response = client.get(path)
        assert response.status_code in (200, 303, 404), path
        assert not response.cookies, path
        assert "Set-Cookie" not in response.headers, path
        assert "Cookie" not in response.headers.get("Vary", ""), path
    assert not client.cookies


def test_the_trolley_is_plain_text_of_codes_and_quantities() -> None:
    load()
    priya, other = Client(), Client(headers={"User-Agent": "another browser"})
    skus = list(Product.objects.filter(stock__on_hand__gt=4).values_list("sku"))[:3]
    for (sku,) in skus:
        priya.post("/trolley/add/", {"sku": sku, "quantity": "2"})
    for (sku,) in reversed(skus):
        other.post("/trolley/add/", {"sku": sku})
        other.post("/trolley/update/", {"more": sku})
    morsel = priya.cookies["trolley"]
    text = morsel.value
    assert PLAIN.match(text)
    assert decode(text).lines == {sku: 2 for (sku,) in skus}
    assert encode(decode(text)) == text
    # Two people, two ways there, one value to the byte.
    assert morsel.OutputString() == re.sub(
        r"expires=[^;]+",
        re.search(r"expires=[^;]+", morsel.OutputString())[0],  # type: ignore[index]
        other.cookies["trolley"].OutputString(),
    )
    assert other.cookies["trolley"].value == text


@pytest.mark.parametrize("signed_in", [False, True], ids=["nobody", "staff"])
def test_a_trolley_taken_away_does_not_come_back(
    client: Client, staff: Client, signed_in: bool
) -> None:
    load()
    browser = staff if signed_in else client
    sku = Product.objects.get(slug="ilford-hp5-plus-400-36-exp").sku
    browser.post("/trolley/add/", {"sku": sku})
    assert browser.cookies["trolley"].value
    del browser.cookies["trolley"]  # as a browser's own settings do
    for path in BROWSED:
        assert "trolley" not in browser.get(path).cookies, path
    assert b"Your trolley is empty" in browser.get("/trolley/").content

    browser.post("/trolley/add/", {"sku": sku})
    emptied = browser.post("/trolley/empty/").cookies["trolley"]
    assert (emptied.value, emptied["max-age"]) == ("", 0)
    for path in BROWSED:
        assert "trolley" not in browser.get(path).cookies, path


SECURE = """
import json, sys, types, django
django.setup()
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, override_settings
from django.urls import path
client = Client(HTTP_HOST="shop.example")
added = client.post("/trolley/add/", {"sku": "1574577"}, secure=True)
plain = client.post("/trolley/add/", {"sku": "1574577"}, secure=False)
form = types.ModuleType("form")  # a page with a form on it, and no database
form.urlpatterns = [path("form/", lambda request: HttpResponse(get_token(request)))]
sys.modules["form"] = form
with override_settings(ROOT_URLCONF="form"):
    signing_in = client.get("/form/", secure=True)
cookies = [*added.cookies.values(), *signing_in.cookies.values()]
print(json.dumps({
    "secure": {cookie.key: bool(cookie["secure"]) for cookie in cookies},
    "session": settings.SESSION_COOKIE_SECURE,
    "plain": [plain.status_code, len(plain.cookies)],
}))
"""


def test_over_tls_every_cookie_is_bound_to_tls(tmp_path: Path) -> None:
    """In a process with production's settings; neither page asks the database."""
    run = subprocess.run(
        [sys.executable, "-c", SECURE],
        cwd=ROOT,
        env=environment()
        | {
            "STATIC_ROOT": str(tmp_path),
            "STATICFILES_BACKEND": (
                "django.contrib.staticfiles.storage.StaticFilesStorage"
            ),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["secure"] == {"trolley": True, "csrftoken": True}
    assert found["session"] is True
    assert found["plain"] == [301, 0]


class Planted:
    """A middleware that somebody added without thinking: it counts visitors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.set_cookie("_visits", "1", httponly=True, samesite="Lax")
        return response


def test_an_unlisted_cookie_stops_the_crawl(client: Client, settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Planted"]
    with pytest.raises(UnlistedCookie, match="_visits"):
        Crawl(client, ["/privacy/"])
    settings.COOKIES_STRICT = False  # as in production: the page, without the cookie
    assert Crawl(client, ["/healthz"]).visits[0].response.cookies == {}


def test_the_crawls_own_check_bites() -> None:
    jar: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
    jar.load("trolley=1; Path=/trolley/; Domain=example.com; Max-Age=9")
    jar.load("_ga=1")
    assert len(faults(jar["trolley"])) == 5
    assert faults(jar["_ga"]) == ["_ga: unlisted"]
