"""H2: nothing on a page of ours comes from, or goes to, anybody else."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import get_finders
from django.test import Client

from jessops import css_bundle
from shop.demo.load import load
from shop.models import Product
from tests.builders import draft_token
from tests.crawl import Crawl, Visit
from tests.servers import ShopServer
from tests.staff import sign_in
from tests.watch import WatchedBrowser

# Where a link may lead, once it says that it leaves us.
ANNOUNCED = {
    "stripe.com",
    "www.afd.co.uk",
    "www.parcelforce.com",
    "www.royalmail.com",
    "courier.example",
    "ico.org.uk",
    "www.gov.uk",
    "www.legislation.gov.uk",
}
LEAVES = {"noopener", "noreferrer"}
LOADS = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src", "srcdoc"),
    "frame": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "link": ("href",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
    "feimage": ("href",),
    "body": ("background",),
    "base": ("href",),
}
# These name an address for machines and load nothing.
NAMES_ONLY = {"canonical", "alternate", "next", "prev"}
CARDS = re.compile(r"^cc-|card.?number|cvc|cvv|expir", re.IGNORECASE)
IN_CSS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
HOST = re.compile(r"(?:https?:)?//[\w-]+(?:\.[\w-]+)+")
DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}

BROWSED = (
    *("/", "/shop/", "/shop/cameras/", "/shop/cameras/mirrorless/", "/shop/used/"),
    *("/shop/lenses/?sort=price", "/shop/film/?page=2", "/search/?q=hp5"),
    *("/search/?q=zzzz", "/product/fujifilm-x-t5-body-silver/", "/trolley/"),
    *("/product/ilford-hp5-plus-400-36-exp/", "/orders/find/", "/privacy/"),
    *("/privacy/cookies/", "/help/delivery/", "/help/returns/", "/help/contact/"),
    *("/help/accessibility/", "/no/such/page/"),
)
STORED = """async () => [
    document.cookie,
    Object.keys(localStorage).length, Object.keys(sessionStorage).length,
    (await indexedDB.databases()).length, (await caches.keys()).length,
    (await navigator.serviceWorker.getRegistrations()).length,
].filter(Boolean)"""


def foreign(address: str) -> bool:
    """Say whether an address leaves the page's own host."""
    parts = urlsplit(address.strip())
    if parts.scheme == "data":
        return False
    here = urlsplit(settings.SITE_URL).netloc
    return bool(parts.netloc and parts.netloc != here) or bool(
        parts.scheme and not parts.netloc
    )


class Page(HTMLParser):
    """Collects what a page loads, where it leads, and what it holds of its own."""

    def __init__(self, text: str, *, staff: bool = False) -> None:
        super().__init__()
        self.amiss: list[str] = []
        self.links: list[str] = []
        self.staff = staff  # Django's own pages
        self._script = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        rel = set(given.get("rel", "").split())
        for name in LOADS.get(tag, ()):
            if name in given and not rel & NAMES_ONLY:
                self._load(tag, given[name])
        for name in ("action", "formaction"):
            if foreign(given.get(name, "")):
                self.amiss.append(f"{tag} sends to {given[name]}")
        if tag in ("a", "area") and "href" in given:
            self._link(given["href"], rel)
        if "ping" in given or any(name.startswith("on") for name in given):
            self.amiss.append(f"{tag} with ping or a handler")
        if "style" in given and not self.staff:
            self.amiss.append(f"{tag} with a style of its own")
        if tag == "style":
            self.amiss.append("an inline stylesheet")
        if tag == "script" and "src" not in given:
            self._script = given.get("type", "text/javascript")
        if tag == "meta" and "url=" in given.get("content", "").lower():
            self.amiss.append("a refresh that leads elsewhere")
        if tag in ("iframe", "frame", "object", "embed", "portal"):
            self.amiss.append(f"a window to elsewhere: {tag}")
        field = " ".join((given.get("autocomplete", ""), given.get("name", "")))
        if tag == "input" and CARDS.search(field):
            self.amiss.append(f"asks for a card: {field}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = ""

    def handle_data(self, data: str) -> None:
        if self._script and data.strip() and "json" not in self._script:
            self.amiss.append("an inline script")

    def _load(self, tag: str, value: str) -> None:
        for part in value.split(","):
            address = part.strip().split(" ")[0]
            if foreign(address) or address.startswith("http://"):
                self.amiss.append(f"{tag} loads {address}")

    def _link(self, address: str, rel: set[str]) -> None:
        parts = urlsplit(address)
        if parts.scheme in ("mailto", "tel") or not foreign(address):
            return
        self.links.append(address)
        if parts.scheme != "https":
            self.amiss.append(f"a link without TLS: {address}")
        if parts.netloc not in ANNOUNCED:
            self.amiss.append(f"a link to an unannounced host: {address}")
        if not rel >= LEAVES:
            self.amiss.append(f"a link that does not shut the door: {address}")


def style_faults(text: str) -> Iterator[str]:
    for found in IN_CSS.finditer(text):
        address = found[1] or found[2]
        if foreign(address) or address.startswith("//"):
            yield f"a stylesheet loads {address}"


def script_faults(text: str) -> Iterator[str]:
    for found in HOST.findall(text):
        yield f"a script names {found}"
    for word in ("eval(", "new Function", "sendBeacon", "localStorage", "document.co"):
        if word in text:
            yield f"a script uses {word}"


def policy(visit: Visit) -> dict[str, str]:
    header = visit.response.headers.get("Content-Security-Policy", "")
    parts = (part.strip().partition(" ") for part in header.split(";"))
    return {name: value for name, _, value in parts if name}


@pytest.fixture
def crawl(client: Client) -> Crawl:
    load()
    sku = Product.objects.get(slug="ilford-hp5-plus-400-36-exp").sku
    token = draft_token(client, {sku: 2})
    assert client.cookies["trolley"].value
    return Crawl(
        client,
        [
            *(*BROWSED, "/checkout/", f"/orders/{token}/review/"),
            *(f"/orders/{token}/change/", "/search/?q=%00", "/healthz"),
            "/.well-known/privacy-promises.json",
        ],
    )


@pytest.mark.django_db
def test_no_page_loads_from_or_sends_to_anybody_else(crawl: Crawl) -> None:
    pages = [visit for visit in crawl.visits if visit.is_html]
    assert len(pages) > 60
    amiss = {f"{visit}: {fault}" for visit in pages for fault in Page(visit.text).amiss}
    assert sorted(amiss) == []


@pytest.mark.django_db
def test_the_staffs_pages_load_from_nobody_else(client: Client) -> None:
    load()
    member = get_user_model().objects.create_superuser(
        email="staff@jessops.example", password="twelve letters"
    )
    sign_in(client, member)
    crawl = Crawl(client, ["/admin/"], post=False)
    amiss = [
        f"{visit}: {fault}"
        for visit in crawl.visits
        if visit.is_html
        for fault in Page(visit.text, staff=True).amiss
        if "loads" in fault or "sends" in fault or "inline" in fault
    ]
    assert amiss == []


@pytest.mark.django_db
def test_every_answer_carries_the_policy_that_browsers_enforce(crawl: Crawl) -> None:
    host = settings.STRIPE_CHECKOUT_ORIGIN
    for visit in crawl.visits:
        found = policy(visit)
        for name, value in DIRECTIVES.items():
            assert found.get(name) == value, (str(visit), name)
        assert found["form-action"] == f"'self' {host}", str(visit)
        assert "unsafe" not in str(found), str(visit)
        assert visit.response.headers["Referrer-Policy"] in (
            "same-origin",
            "no-referrer",
        ), str(visit)


@pytest.mark.django_db
def test_every_page_links_to_the_privacy_policy(crawl: Crawl) -> None:
    for visit in crawl.visits:
        if visit.is_html and visit.text.strip():
            assert 'href="/privacy/' in visit.text, str(visit)


def our_files(ending: str) -> list[Path]:
    """What we serve beside pages, without what Django's own admin brings."""
    found = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            if path.endswith(ending) and not path.startswith("admin/"):
                found.append(Path(storage.path(path)))
    return found


def test_no_stylesheet_loads_from_anybody_else() -> None:
    assert finders.find("css/site.css")
    files = our_files(".css")
    assert len(files) > len(css_bundle.BUNDLES)
    assert [f for path in files for f in style_faults(path.read_text())] == []


def test_no_script_names_another_host_or_keeps_anything() -> None:
    files = our_files(".js")
    assert files
    assert [f for path in files for f in script_faults(path.read_text())] == []


def test_pictures_load_nothing() -> None:
    for path in our_files(".svg"):
        text = re.sub(r'xmlns(:\w+)?="[^"]+"', "", path.read_text())
        assert not HOST.search(text), path
        assert "<script" not in text, path


@pytest.mark.django_db(transaction=True)
def test_in_a_browser_twenty_pages_ask_nobody_else_and_leave_nothing(
    shop_server: ShopServer, open_context: WatchedBrowser
) -> None:
    load()
    shop_server.reload()
    context = open_context()
    page = context.new_page()
    for path in BROWSED:
        page.goto(f"{shop_server.url}{path}")
        assert page.evaluate(STORED) == [], path
    assert context.cookies() == []
    hosts = {urlsplit(url).netloc for url in open_context.requests if "://" in url}
    assert hosts == {urlsplit(shop_server.url).netloc}
    # The window's own end says whether anything was asked of another host.


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=Inter">',
        '<link rel="preconnect" href="//fonts.gstatic.com">',
        '<script src="https://www.googletagmanager.com/gtag/js"></script>',
        "<script>window.dataLayer = []</script>",
        '<img src="https://www.facebook.com/tr?id=1" alt="">',
        '<img srcset="/a.png 1x, https://cdn.example/b.png 2x" alt="">',
        '<form action="https://example.com/subscribe"></form>',
        '<button formaction="//example.com/">Go</button>',
        '<iframe src="/ours/"></iframe>',
        '<p style="color: red">x</p>',
        '<a href="/x" onclick="go()">x</a>',
        '<a href="/x" ping="/y">x</a>',
        '<a href="https://example.com/">x</a>',
        '<a href="https://stripe.com/gb/privacy">x</a>',
        '<a href="http://stripe.com/" rel="noopener noreferrer">x</a>',
        '<a href="javascript:go()">x</a>',
        '<input autocomplete="cc-number">',
        '<input name="card_number">',
        '<meta http-equiv="refresh" content="0; url=https://example.com/">',
        '<base href="https://example.com/">',
    ],
)
def test_what_is_planted_in_a_page_is_found(html: str) -> None:
    assert Page(html).amiss


def test_what_is_planted_in_styles_and_scripts_is_found() -> None:
    assert list(style_faults("@import 'https://fonts.googleapis.com/css2';"))
    assert list(style_faults("a { background: url(//cdn.example/x.png) }"))
    assert list(script_faults("fetch('https://stats.example/hit')"))
    assert list(script_faults("navigator.sendBeacon('/x')"))


def test_what_is_ours_is_no_fault() -> None:
    good = (
        '<script type="application/ld+json">{"a": 1}</script>'
        '<script src="/static/js/once.js" defer></script>'
        '<a href="https://stripe.com/gb/privacy" rel="noopener noreferrer">x</a>'
        '<a href="mailto:webmaster@jessops.example">x</a><img src="data:," alt="">'
        '<link rel="canonical" href="https://elsewhere.example/x">'
        f'<form action="{settings.SITE_URL}/search/"></form>'
    )
    assert Page(good).amiss == []
