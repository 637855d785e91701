"""The no-third-party certificate: true of the shop as it is, false once harmed (C12).

The crawl runs over real HTTP; what is planted is planted in the shop itself (a
template, a policy, a product) or in what it serves, and the certificate must say what
it is and where.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from markdown_it import MarkdownIt
from pytest_django import Settings

from jessops.lib import commit
from privacy import certificate, probes, states
from privacy.actions import certificates
from privacy.certificate import HTTP, Found, browser, due, http, newest
from privacy.certificate.frontier import Frontier, kind
from privacy.gateway import UndeclaredAddress, ourselves
from privacy.gateway.ourselves import NotAnswered, Page
from privacy.models import Certificate
from privacy.models.ledgers import LedgerError
from privacy.pages import requests_of
from privacy.policies import document
from privacy.probes import certificate as probe_of_it
from shop.demo.load import load
from shop.models import Product
from tests.builders import product
from tests.privacy.served import Answer, Served, fresh_shop
from tests.privacy.served import served as served
from tests.privacy.test_probes import cookie, header, put
from tests.servers import ShopServer

FONT = "https://fonts.googleapis.com/css2?family=Lobster"
PIXEL = '<img src="https://tracker.example/p.gif" width="1" height="1">'
PASTED = (
    "<script src='https://ads.example/x.js'></script>"
    "<iframe src='https://ads.example/banner'></iframe>"
    f"{PIXEL}<link rel='stylesheet' href='{FONT}'>"
    "<style>@import 'https://ads.example/x.css'</style>"
    "<a href='javascript:alert(1)' onclick='alert(1)'>x</a>"
    "![p](https://tracker.example/p.gif)"
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE", 0.0)
    monkeypatch.setattr(probe_of_it, "_there", False)
    monkeypatch.setattr(probe_of_it, "_asked_at", float("-inf"))


def crawl(most: int = 40) -> Found:
    return http.crawl(most=most, seconds=120)


# --- the shop as it is ---------------------------------------------------------------
def test_the_whole_shop_passes(served: Served) -> None:
    load()
    made = certificates.certify(crawler=HTTP)
    assert made.findings == []
    assert made.passed
    assert made.foreign_hosts == []
    assert made.cookies == ["csrftoken", "trolley"]
    assert made.pages > 150
    assert made.requests > made.pages
    assert made.commit == commit.current() != "unknown"
    asked = {line.partition(" ")[2] for line in served.asked}
    for path in ("/", "/shop/cameras/", "/privacy/promises/P33/", "/trolley/add/"):
        assert path in asked, path
    assert any(path.startswith("/product/") for path in asked)
    assert any(path.startswith("/static/") and path.endswith(".css") for path in asked)
    assert "POST /trolley/add/" in served.asked
    written = [line for line in served.asked if not line.startswith("GET ")]
    assert written == ["POST /trolley/add/"], "the crawl only looks"


# --- what is planted -----------------------------------------------------------------
@contextmanager
def template(
    settings: Settings, name: str, change: Callable[[str], str]
) -> Iterator[None]:
    """Change the source of one template, as somebody who edits the file would."""
    path = settings.BASE_DIR / "templates" / name
    before = path.read_text()
    after = change(before)
    assert after != before, "nothing was planted"
    options: dict[str, Any] = dict(settings.TEMPLATES[0]["OPTIONS"])
    options["loaders"] = [
        ("django.template.loaders.locmem.Loader", {name: after}),
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]
    was = settings.TEMPLATES
    settings.TEMPLATES = [{**was[0], "APP_DIRS": False, "OPTIONS": options}]
    try:
        yield
    finally:
        settings.TEMPLATES = was


def test_a_google_font_in_a_template_fails_it(
    served: Served, settings: Settings
) -> None:
    def plant(text: str) -> str:
        return text.replace("</head>", f'<link rel="stylesheet" href="{FONT}"></head>')

    with template(settings, "base.html", plant):
        served.shop = fresh_shop()
        found = crawl(12)
    assert not found.passed
    assert found.foreign_hosts == {"fonts.googleapis.com"}
    assert any(
        line.startswith("/ asks fonts.googleapis.com")
        and FONT in line
        and "link href, line" in line
        for line in found.findings
    )


def test_a_font_in_a_product_description_is_shown_as_text(
    served: Served, client: Client
) -> None:
    """Descriptions are plain text: what is pasted there is read out, never fetched."""
    thing = product(name="Pasted", description=f"<link rel=stylesheet href='{FONT}'>")
    found = crawl(60)
    assert found.passed, found.findings
    assert f"GET {thing.get_absolute_url()}" in served.asked
    assert "&lt;link rel" in client.get(thing.get_absolute_url()).content.decode()


def test_a_font_in_a_description_that_is_no_longer_escaped_fails_it(
    served: Served, settings: Settings
) -> None:
    """The same description, where a template trusts it: the certificate sees it."""
    thing = product(name="Pasted", description=f"<link rel=stylesheet href='{FONT}'>")

    def trust(text: str) -> str:
        return text.replace("{{ paragraph|nowrap_units }}", "{{ paragraph|safe }}")

    with template(settings, "shop/product.html", trust):
        served.shop = fresh_shop()
        found = crawl(60)
    assert found.foreign_hosts == {"fonts.googleapis.com"}
    assert any(line.startswith(thing.get_absolute_url()) for line in found.findings)


def test_a_font_or_picture_in_the_policys_text_fails_it_where_it_would_be_run(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pasted(MarkdownIt):
        """Somebody pasted it into every clause."""

        def render(self, src: str, env: Any = None) -> Any:
            return super().render(f"{src}\n\n{PASTED}\n\n", env)

    class Careless(Pasted):
        """And somebody else lets tags and pictures through."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__("commonmark", {"html": True})

        def disable(self, *args: Any, **kwargs: Any) -> "Careless":
            return self

    monkeypatch.setattr(document, "MarkdownIt", Pasted)
    document._filled.cache_clear()
    try:
        assert crawl(12).passed  # as text: neither tags nor pictures are rendered
        assert "GET /privacy/" in served.asked
        assert "&lt;iframe" in Client().get("/privacy/").content.decode()
        monkeypatch.setattr(document, "MarkdownIt", Careless)
        document._filled.cache_clear()
        found = crawl(12)
    finally:
        document._filled.cache_clear()
    assert found.foreign_hosts >= {
        *("ads.example", "tracker.example", "fonts.googleapis.com"),
    }
    assert any(line.startswith("/privacy/ asks") for line in found.findings)


HARMS = {
    "a pixel": (put(PIXEL, "/"), "tracker.example"),
    "a font": (put(f'<link rel="preload" href="{FONT}">', "/"), "fonts.googleapis.com"),
    "a preconnect": (
        put('<link rel="preconnect" href="//x.example">', "/"),
        "x.example",
    ),
    "a frame within a frame": (
        put('<iframe srcdoc="&lt;img src=//x.example/p&gt;"></iframe>', "/"),
        "x.example",
    ),
    "an import in a style": (
        put("<style>@import '//x.example/a.css'</style>", "/"),
        "x.example",
    ),
    "a font in a stylesheet": (
        put("@font-face{src:url(//x.example/f)}", "/static/css"),
        "x.example",
    ),
    "an address with backslashes": (
        put('<img src="\\\\x.example/p">', "/"),
        "x.example",
    ),
    "an address with a line break": (
        put('<img src="/\n/x.example/p">', "/"),
        "x.example",
    ),
    "a set of pictures": (
        put('<img srcset="/a.png 1x, //x.example/b.png 2x">', "/"),
        "x.example",
    ),
    "a form": (put('<form action="https://x.example/go"></form>', "/"), "x.example"),
    "a handler": (
        put("""<p onclick="fetch('https://x.example/hit')">x</p>""", "/"),
        "x.example",
    ),
    "a script of ours": (put("fetch('//x.example/hit')", "/static/js"), "x.example"),
    "a refresh": (
        put('<meta http-equiv="refresh" content="0; url=https://x.example/">', "/"),
        "x.example",
    ),
    "a Link header": (
        header("Link", "<https://x.example/a.css>; rel=preload"),
        "x.example",
    ),
}


@pytest.mark.parametrize(("harm", "host"), HARMS.values(), ids=HARMS)
def test_each_way_to_ask_somebody_else_fails_it(
    served: Served, harm: Callable[[Answer], None], host: str
) -> None:
    served.harm = harm
    found = crawl(11)
    assert not found.passed
    assert host in found.foreign_hosts
    assert any(host in line and " asks " in line for line in found.findings)


COOKIES = {
    "an unlisted cookie": (cookie("visitor=1; Path=/", "/"), "visitor"),
    "one of a picture": (
        header("Set-Cookie", "seen=1; Path=/", "/static/img/icon"),
        "seen",
    ),
    "a listed one while browsing": (
        cookie("trolley=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=1209600", "/shop/"),
        "trolley",
    ),
    "a trolley that lives longer": (
        header(
            "Set-Cookie",
            "trolley=1|WALK-1:1; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000",
            "/trolley/add/",
        ),
        "trolley",
    ),
}


@pytest.mark.parametrize(("harm", "name"), COOKIES.values(), ids=COOKIES)
def test_each_cookie_that_may_not_be_fails_it(
    served: Served, harm: Callable[[Answer], None], name: str
) -> None:
    served.harm = harm
    found = crawl(40)
    assert not found.passed
    assert name in found.cookies
    assert any(name in line for line in found.findings)


def test_a_page_that_leads_elsewhere_or_breaks_fails_it(served: Served) -> None:
    def away(answer: Answer) -> None:
        if answer.path == "/privacy/":
            answer.status = "303 See Other"
            answer.headers.append(("Location", "https://x.example/"))
        if answer.path == "/shop/":
            answer.status = "500 Internal Server Error"

    served.harm = away
    found = crawl(12)
    assert "/privacy/ leads on to https://x.example/" in found.findings
    assert "/shop/ could not be read: it answered 500" in found.findings


def test_no_certificate_is_made_of_a_shop_that_does_not_answer(
    settings: Settings,
) -> None:
    settings.PROBE_ORIGIN = "http://127.0.0.1:1"
    with pytest.raises(NotAnswered):
        certificates.certify(crawler=HTTP)
    assert certificates.certify_if_due() == ""
    assert not Certificate.objects.exists()


def test_a_crawl_that_hardly_began_is_no_certificate(served: Served) -> None:
    found = http.crawl(most=3, seconds=60)
    assert "only" in str(list(found.findings))
    assert not found.passed


# --- what staff paste ----------------------------------------------------------------
FIELDS = ("name", "keys", "summary", "description", "found")


def test_what_staff_paste_into_a_product_is_harmless_everywhere(
    served: Served, client: Client
) -> None:
    """P36: in every text field of a product, a brand and a department."""
    thing = product(name="Pasted", grade="good", condition="used", stock=1)
    texts = {
        name: PASTED[: getattr(Product._meta.get_field(name), "max_length", None)]
        for name in FIELDS
    }
    Product.objects.filter(pk=thing.pk).update(
        **texts, in_the_box=[PASTED], specs={"sensor": PASTED, "weight_g": PASTED}
    )
    thing.brand.name = PASTED[:60]
    thing.brand.save(update_fields=["name"])
    thing.category.blurb, thing.category.name = PASTED[:300], PASTED[:80]
    thing.category.save(update_fields=["blurb", "name"])
    found = crawl(80)
    assert found.passed, found.findings
    assert f"GET {thing.get_absolute_url()}" in served.asked
    for path in ("/", thing.get_absolute_url(), thing.category.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "ads.example" in page or path == "/"
        assert "<script src='https" not in page
        assert "<iframe" not in page


# --- when, and what the pages say ----------------------------------------------------
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def certified(
    at: datetime, *, passed: bool = True, crawler: str = HTTP, code: str = ""
) -> Certificate:
    return Certificate.objects.create(
        at=at,
        crawler=crawler,
        passed=passed,
        pages=212,
        requests=1044,
        foreign_hosts=[] if passed else ["x.example"],
        cookies=["trolley"],
        findings=[] if passed else ["/shop/ asks x.example for it (img src, line 9)"],
        commit=code or commit.current(),
        seconds=12.5,
    )


def test_it_is_made_soon_after_a_start_nightly_and_for_new_code() -> None:
    assert due(HTTP, newest(), NOW)
    certified(NOW - timedelta(hours=2))
    assert not due(HTTP, newest(), NOW)
    assert not due(HTTP, newest(), NOW + timedelta(hours=14))  # 2 in the morning
    assert due(HTTP, newest(), NOW + timedelta(hours=15))
    assert due("chromium", newest(), NOW)
    certified(NOW, code="0123456789ab")
    assert due(HTTP, newest(), NOW)


def test_one_that_failed_is_made_again_within_the_hour() -> None:
    certified(NOW, passed=False)
    assert not due(HTTP, newest(), NOW + timedelta(minutes=59))
    assert due(HTTP, newest(), NOW + timedelta(hours=1))


def test_the_schedule_makes_one_crawl_at_a_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(browser, "missing", lambda: "")

    def browse() -> bool:
        asked.append("browser")
        return True

    monkeypatch.setattr(certificates, "_browse", browse)
    monkeypatch.setattr(http, "MOST_PAGES", 12)
    assert certificates.certify_if_due() == HTTP
    assert asked == []
    assert certificates.certify_if_due() == "chromium"
    assert asked == ["browser"]
    certified(datetime.now(UTC), crawler="chromium")
    assert certificates.certify_if_due() == ""


def test_without_a_browser_the_crawl_by_requests_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certified(datetime.now(UTC))
    monkeypatch.setenv("PATH", "/nowhere")
    assert browser.missing() == "Chromium is not installed"
    assert certificates.certify_if_due() == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert browser.missing() == "playwright is not installed"
    with pytest.raises(CommandError, match="playwright is not installed"):
        call_command("certificate", "--browser")


def test_the_pages_show_it_with_all_its_figures(client: Client) -> None:
    none = client.get("/privacy/certificate/").content.decode()
    assert "has not been crawled yet" in none
    row = certified(NOW)
    for path in ("/privacy/certificate/", "/privacy/cookies/"):
        page = client.get(path).content.decode()
        for words in (
            "<dd>212</dd>",
            "<dd>1044</dd>",
            "<dd>0</dd>",
            "<dd>trolley</dd>",
        ):
            assert words in page, (path, words)
        assert "25 November 2026, 12:00 UTC" in page
        assert row.commit in page
        assert "12.5 seconds" in page
    certified(NOW + timedelta(hours=1), passed=False)
    page = client.get("/privacy/certificate/").content.decode()
    assert "A certificate has failed" in page
    assert "/shop/ asks x.example for it (img src, line 9)" in page
    assert "1: x.example" in page


def test_the_page_asks_the_database_six_times_at_most(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for hour in range(20):
        certified(NOW + timedelta(hours=hour), crawler=("http", "chromium")[hour % 2])
    client.get("/privacy/certificate/")
    with django_assert_max_num_queries(6):
        client.get("/privacy/certificate/")


def test_a_certificate_is_never_rewritten() -> None:
    row = certified(NOW, passed=False)
    row.passed = True
    with pytest.raises(LedgerError):
        row.save()
    with pytest.raises(LedgerError):
        row.delete()


@time_machine.travel(NOW, tick=False)
def test_the_probe_reads_it_and_its_promises_turn_red() -> None:
    probe = probes.get("certificate")
    assert set(probe.promises) == {"P5", "P34", "P36"}
    certified(NOW - timedelta(hours=3))
    certified(NOW - timedelta(hours=2), crawler="chromium")
    assert probe.not_here() == ""
    good = probe.run()
    assert good.passed
    assert "212 pages, 0 foreign hosts" in good.findings[0]
    certified(NOW, passed=False, crawler="chromium")
    bad = probe.run()
    assert not bad.passed
    assert bad.findings == ["/shop/ asks x.example for it (img src, line 9)"]
    probes.run("certificate", probes.SCHEDULE)
    states.forget()
    assert states.states()["P36"].words == "broken"


def test_an_old_certificate_says_nothing_any_more() -> None:
    certified(NOW)
    with time_machine.travel(NOW + timedelta(hours=51), tick=False):
        assert "not crawled in the last two nights" in str(
            probes.get("certificate").run().findings
        )


def test_the_command_says_what_it_found(served: Served) -> None:
    out, err = StringIO(), StringIO()
    call_command("certificate", stdout=out, stderr=err)
    assert "0 foreign hosts, cookies: csrftoken, trolley" in out.getvalue()
    served.harm = put(PIXEL, "/help/")
    with pytest.raises(CommandError, match="failed") as raised:
        call_command("certificate", stdout=out, stderr=err)
    assert raised.value.returncode == 1
    assert "tracker.example" in err.getvalue()


# --- its parts -----------------------------------------------------------------------
def test_every_kind_of_page_has_its_turn_and_others_each_day() -> None:
    def round_of(day: int) -> list[str]:
        with time_machine.travel(datetime(2026, 11, day, tzinfo=UTC), tick=False):
            frontier = Frontier(("/",))
            for number in range(500):
                frontier.add(f"/product/camera-{number}/")
            for number in range(5):
                frontier.add(f"/help/page-{number}/")
            return [frontier.next() for _ in range(21)]

    one, two = round_of(1), round_of(2)
    assert one[0] == "/"
    assert len([path for path in one if path.startswith("/help/")]) == 5
    assert set(one) != set(two)
    assert round_of(1) == one
    assert kind("/product/a/") != kind("/product/a/?x=1")
    assert kind("/no/such/thing/") == "(no such page)"
    frontier = Frontier(("/",))
    assert (frontier.next(), frontier.next()) == ("/", "")


def test_what_a_page_only_names_is_no_request() -> None:
    page = Page(
        url="http://localhost:8000/x/",
        status=200,
        headers={"content-type": "text/html"},
        set_cookies=(),
        body=b'<a href="https://x.example/">x</a>'
        b'<link rel="canonical" href="https://x.example/x/">'
        b'<script type="application/ld+json">{"@context": "https://schema.org"}</script>'
        b'<img src="data:image/gif;base64,R0lGOD">',
    )
    assert [one.host for one in requests_of(page) if not one.ours] == []


def test_findings_are_bounded() -> None:
    found = Found(HTTP)
    for number in range(200):
        found.say(f"{number}: {'x' * 500}")
    assert len(found.lines()) == 61
    assert found.lines()[-1] == "and 140 findings more"
    assert max(map(len, found.lines())) <= 240


@pytest.mark.parametrize("path", ["http://x.example/", "//x.example/", "/a b"])
def test_the_crawl_can_ask_nobody_else(path: str) -> None:
    with pytest.raises(UndeclaredAddress):
        ourselves.fetch(path)


# --- the browser ---------------------------------------------------------------------
def browse(*, most: int) -> Found:
    """Crawl in a thread: the tests' own browser may be open in this one."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(browser.crawl, most=most, seconds=120).result()


def test_a_real_browser_finds_nobody_else_and_only_our_cookies(
    shop_server: ShopServer, settings: Settings
) -> None:
    load()
    shop_server.reload()
    settings.SITE_URL = shop_server.url
    found = browse(most=40)
    assert found.passed, found.findings
    assert found.pages >= 40
    assert found.requests > found.pages
    assert found.foreign_hosts == set()
    assert found.cookies == {"csrftoken", "trolley"}


def test_a_real_browser_counts_and_stops_what_asks_somebody_else(
    served: Served, settings: Settings
) -> None:
    """With the policy of the headers taken away nothing but the crawl stops it."""
    settings.SITE_URL = f"http://localhost:{served.port}"
    settings.ALLOWED_HOSTS = ["localhost"]

    def harm(answer: Answer) -> None:
        put(f'<link rel="stylesheet" href="{FONT}">{PIXEL}', "/shop/")(answer)
        header("Content-Security-Policy", None)(answer)
        cookie("visitor=1; Path=/", "/help/contact/")(answer)

    served.harm = harm
    found = browse(most=12)
    assert found.foreign_hosts == {"fonts.googleapis.com", "tracker.example"}
    assert any(line.startswith("/shop/ asks fonts") for line in found.findings)
    assert "after browsing alone the browser holds a cookie visitor" in found.findings


def test_a_real_browser_tells_of_what_the_headers_stopped(
    served: Served, settings: Settings
) -> None:
    settings.SITE_URL = f"http://localhost:{served.port}"
    settings.ALLOWED_HOSTS = ["localhost"]
    served.harm = put(f'<link rel="stylesheet" href="{FONT}">', "/shop/")
    found = browse(most=12)
    assert not found.passed
    assert found.foreign_hosts == {"fonts.googleapis.com"}
    assert any(line.startswith("/shop/") for line in found.findings)


def test_its_process_makes_a_certificate_of_the_running_shop(
    shop_server: ShopServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load()
    shop_server.reload()
    for name, value in shop_server.environ.items():
        monkeypatch.setenv(name, value)
    assert certificates._browse() is True
    row = certificate.newest()["chromium"]
    assert row.passed, row.findings
    assert row.cookies == ["csrftoken", "trolley"]
