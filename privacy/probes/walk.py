"""A visitor's walk through the shop as it is served: home, list, product, policy.

Addresses are found as a visitor finds them, in the links of the page before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from privacy.gateway import ourselves
from privacy.gateway.ourselves import Page

_LIST = re.compile(r"/shop/[a-z0-9-]+/\Z")
_PRODUCT = re.compile(r"/product/[a-z0-9-]+/\Z")
# What a browser asks for by itself, or sends to; a link in <a> is up to the visitor.
_ASKED = frozenset(
    "src srcset href xlink:href action formaction data poster background ping".split()
)
_URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


@dataclass
class Tags(HTMLParser):
    """The tags of a page, with their attributes, and the text of its styles."""

    text: str
    found: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._in_style = False
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found.append((tag, given))
        self.styles.append(given.get("style", ""))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)


def links(page: Page) -> Iterator[str]:
    """Yield the paths of ours that a page's links lead to."""
    for tag, given in Tags(page.text).found:
        if tag == "a" and "href" in given:
            target = urlsplit(urljoin(page.url, given["href"]))
            if f"{target.scheme}://{target.netloc}" == settings.SITE_URL:
                yield target.path


def asked_for(page: Page) -> Iterator[str]:
    """Yield every address that a browser asks for, or sends a form to, by a page."""
    if not page.is_html:
        yield from _in_css(page, page.text)
        return
    tags = Tags(page.text)
    for tag, given in tags.found:
        for name, value in given.items():
            if name not in _ASKED or (tag in ("a", "area") and name == "href"):
                continue
            for piece in value.split(",") if name == "srcset" else [value]:
                words = piece.split()
                if words:
                    yield urljoin(page.url, words[0])
    for css in tags.styles:
        yield from _in_css(page, css)


def stylesheets(page: Page) -> Iterator[str]:
    """Yield the paths of a page's stylesheets that are ours."""
    for tag, given in Tags(page.text).found:
        if tag == "link" and "stylesheet" in given.get("rel", "").split():
            target = urljoin(page.url, given.get("href", ""))
            if is_ours(target):
                yield target.removeprefix(settings.SITE_URL)


def is_ours(address: str) -> bool:
    """Say whether a whole address is served by us, or is no request at all."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin == settings.SITE_URL or parts.scheme == "data"


def _in_css(page: Page, css: str) -> Iterator[str]:
    for match in _URL.finditer(css):
        yield urljoin(page.url, (match[1] or match[2]).strip())


def walk(cookies: dict[str, str] | None = None) -> list[Page]:
    """Fetch home, a list, a product, the policy and the trolley, as one visitor."""
    home = ourselves.fetch("/", cookies)
    pages = [home]
    for pattern in (_LIST, _PRODUCT):
        for path in links(pages[-1]):
            if pattern.match(path):
                pages.append(ourselves.fetch(path, cookies))
                break
    return pages + [
        ourselves.fetch(path, cookies) for path in ("/privacy/", "/trolley/")
    ]


def line(page: Page) -> str:
    """Say in one line what was asked for and how it was answered."""
    path = page.url.removeprefix(settings.SITE_URL)
    return f"{path} answered {page.status}"


def failed(pages: list[Page]) -> list[str]:
    """Say which pages a visitor would not have got."""
    return [f"{line(page)}." for page in pages if page.status != 200]


def sku(pages: list[Page]) -> str:
    """Return the code of something that a page of the walk offers; "" if nothing."""
    for page in pages:
        for tag, given in Tags(page.text).found:
            if tag in ("input", "button") and given.get("name") == "sku":
                return given.get("value", "")
    return ""
