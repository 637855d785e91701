"""Looking at our own served pages for the notice of a sale, as a visitor would (P65).

No page of a person is looked at: those behind an order's private link are made of the
same frame as the trolley's, and their address has no place in a ledger.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.conf import settings

from privacy.gateway import ourselves
from privacy.gateway.ourselves import NotAnswered, Page
from privacy.pages import links
from privacy.probes.cookies import jar
from privacy.probes.walk import sku
from privacy.transitions import KINDS, NOT_SERVED

WITHOUT = "without the notice"
LONGEST = 200  # characters of a path that are kept
TRIED = 4  # lists, and products of a list
_LIST = re.compile(r"/shop/[a-z0-9-]+/\Z")
_PRODUCT = re.compile(r"/product/[a-z0-9-]+/\Z")
_NOWHERE = "/no/such/page/"
_UNSEEN = frozenset({"script", "style", "template", "noscript", "title", "head"})
_VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()
)


@dataclass(frozen=True)
class Seen:
    """What one look at one kind of page found."""

    path: str
    shown: bool
    why: str = ""


@dataclass(frozen=True)
class Wanted:
    """What must stand on the page: a link with this target, and these words."""

    link: str
    words: str


@dataclass
class Visible(HTMLParser):
    """The links and the text that a page shows; what is hidden in the HTML is not."""

    text: str
    links: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, bool]] = []
        self.feed(self.text)
        self.close()

    @property
    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        hidden = (
            self._hidden
            or tag in _UNSEEN
            or "hidden" in given
            or given.get("aria-hidden") == "true"
        )
        if tag == "a" and not hidden:
            self.links.add(given.get("href") or "")
        if tag not in _VOID:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def carries(page: Page, wanted: Wanted) -> bool:
    """Say whether a served page shows the notice: its words, and its link."""
    seen = Visible(page.text)
    said = " ".join(" ".join(seen.words).split())
    return wanted.link in seen.links and wanted.words in said


def look(wanted: Wanted) -> list[Seen]:
    """Fetch a page of every kind and judge each; a silent shop is not asked on."""
    seen: dict[str, Seen] = {}
    # what is missing after this was not served
    with contextlib.suppress(NotAnswered):
        for kind, page in _walk():
            seen[kind] = _judged(kind, page, wanted)
    return [
        seen.get(kind, Seen(f"({kind})", shown=False, why=NOT_SERVED)) for kind in KINDS
    ]


def _judged(kind: str, page: Page, wanted: Wanted) -> Seen:
    path = page.url.removeprefix(settings.SITE_URL)[:LONGEST]
    if page.status != (404 if kind == "error" else 200) or not page.is_html:
        return Seen(path, shown=False, why=NOT_SERVED)
    shown = carries(page, wanted)
    return Seen(path, shown, "" if shown else WITHOUT)


def _walk() -> Iterator[tuple[str, Page]]:
    """Yield a page of every kind that there is, found as a visitor finds them."""
    home = ourselves.fetch("/")
    yield "home", home
    code = ""
    given: set[str] = set()
    for kind, page in _browse(home):
        if kind not in given:
            given.add(kind)
            yield kind, page
        code = code or (sku([page]) if kind == "product" else "")
        if code:
            break
    held: dict[str, str] = {}
    if code:
        form = {"sku": code, "quantity": "1"}
        held = jar(ourselves.fetch("/trolley/add/", form=form))
    yield "trolley", ourselves.fetch("/trolley/", held)
    yield "checkout", ourselves.fetch("/checkout/", held)
    yield "policy", ourselves.fetch("/privacy/")
    yield "error", ourselves.fetch(_NOWHERE)


def _browse(home: Page) -> Iterator[tuple[str, Page]]:
    """Yield lists and their products, a few: the first may be empty or sold out."""
    for path in _paths(home, _LIST):
        shelf = ourselves.fetch(path)
        yield "list", shelf
        for path in _paths(shelf, _PRODUCT):
            yield "product", ourselves.fetch(path)


def _paths(page: Page, pattern: re.Pattern[str]) -> list[str]:
    found = (path for path in links(page) if pattern.match(path))
    return list(dict.fromkeys(found))[:TRIED]
