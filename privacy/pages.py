"""Reading pages as they are served: where they lead, and what they make a browser ask.

A browser reads an address more kindly than a library does (backslashes, line breaks,
//host), so addresses are cleaned as browsers clean them before they are judged.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from privacy.gateway.ourselves import Page

# What a browser asks for by itself, or sends to; a link in <a> is up to the visitor.
_ASKED = frozenset(
    "src srcset imagesrcset href xlink:href action formaction data poster background"
    " ping manifest classid codebase lowsrc dynsrc".split()
)
_LISTS = frozenset({"srcset", "imagesrcset"})
_SENT_TO = frozenset({"action", "formaction", "ping"})  # when the visitor acts
_NAMES_ONLY = frozenset({"canonical", "alternate", "next", "prev"})  # of <link>
_URL = re.compile(
    r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)|image-set\(\s*["']([^"']+)"""
)
_REFRESH = re.compile(r"url\s*=\s*[\"']?([^\"'>]+)", re.IGNORECASE)
_LINK_HEADER = re.compile(r"<([^>]*)>")
# In a script an address with a host is enough to mind; a bare //comment is none.
_IN_SCRIPT = re.compile(r"""(?:https?|wss?)://[\w-]+(?:\.[\w-]+)+|["'`]//[\w.-]+""")
_DROPPED = str.maketrans("", "", "\t\n\r")


@dataclass(frozen=True)
class Tag:
    """A start tag: its attributes, and the line of the page on which it stands."""

    name: str
    given: dict[str, str]
    line: int


@dataclass(frozen=True)
class Asked:
    """One address that a page makes a browser ask for, and by what."""

    address: str  # whole
    by: str  # "img src, line 12"
    loaded: bool = True  # False where something is sent, once the visitor acts

    @property
    def ours(self) -> bool:
        return is_ours(self.address)

    @property
    def host(self) -> str:
        """The host as it would be connected to; the scheme where there is none."""
        parts = urlsplit(self.address)
        return parts.netloc.rpartition("@")[2] or f"{parts.scheme}:"


@dataclass
class Tags(HTMLParser):
    """The tags of a page, with their attributes, and the text of styles and scripts."""

    text: str
    found: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    styles: list[tuple[str, int]] = field(default_factory=list)
    scripts: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._inside = ""
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        line = self.getpos()[0]
        self.found.append((tag, given))
        self.tags.append(Tag(tag, given, line))
        if style := given.get("style"):
            self.styles.append((style, line))
        for name, value in given.items():
            if name.startswith("on"):
                self.scripts.append((value, line))
        kind = given.get("type", "")
        data = tag == "script" and "json" in kind
        self._inside = tag if tag in ("style", "script") and not data else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.styles.append((data, self.getpos()[0]))
        elif self._inside == "script":
            self.scripts.append((data, self.getpos()[0]))


def followed(page: Page) -> Iterator[str]:
    """Yield the paths of ours, with their queries, that a page's links lead to."""
    for tag, given in Tags(page.text).found:
        if tag in ("a", "area") and "href" in given:
            target = whole(page, given["href"])
            if target and target.startswith(f"{settings.SITE_URL}/"):
                yield target.removeprefix(settings.SITE_URL).partition("#")[0]


def links(page: Page) -> Iterator[str]:
    """Yield the paths of ours, without queries, that a page's links lead to."""
    for target in followed(page):
        yield target.partition("?")[0]


def asked_for(page: Page) -> Iterator[str]:
    """Yield every address that a browser asks for, or sends a form to, by a page."""
    for one in requests_of(page):
        yield one.address


def requests_of(page: Page) -> Iterator[Asked]:
    """Yield every request that a page, stylesheet, script or drawing makes, and why."""
    for target in _LINK_HEADER.findall(page.headers.get("link", "")):
        yield from _asked(page, target, "the Link header")
    if found := _REFRESH.search(page.headers.get("refresh", "")):
        yield from _asked(page, found[1], "the Refresh header")
    kind = page.headers.get("content-type", "").partition(";")[0].strip()
    if page.is_html or kind in ("image/svg+xml", "application/xhtml+xml"):
        yield from _in_html(page, page.text)
    elif kind == "text/css":
        yield from _in_css(page, page.text, "")
    elif kind.endswith("javascript"):
        yield from _in_script(page, page.text, "")


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


def whole(page: Page, address: str) -> str:
    """Return an address as a browser on that page would complete it; "" if it cannot.

    Browsers drop line breaks and outer spaces and take a backslash for a slash.
    """
    plain = address.strip().translate(_DROPPED)
    if not plain.lower().startswith("data:"):
        plain = plain.replace("\\", "/")
    try:
        return urljoin(page.url, plain)
    except ValueError:
        return ""  # such as http://[: a browser does not go there either


def _in_html(page: Page, text: str) -> Iterator[Asked]:
    tags = Tags(text)
    for tag in tags.tags:
        for name, value in tag.given.items():
            by = f"{tag.name} {name}, line {tag.line}"
            if name == "srcdoc":
                yield from _in_html(page, value)
            if name not in _ASKED or (name == "href" and _names_only(tag)):
                continue
            for piece in value.split(",") if name in _LISTS else [value]:
                words = piece.split() if name in _LISTS else [piece]
                if words and words[0].strip():
                    yield from _asked(page, words[0], by, name not in _SENT_TO)
        refresh = tag.given.get("http-equiv", "").lower() == "refresh"
        if refresh and (found := _REFRESH.search(tag.given.get("content", ""))):
            yield from _asked(page, found[1], f"meta refresh, line {tag.line}")
    for css, line in tags.styles:
        yield from _in_css(page, css, f", line {line}")
    for script, line in tags.scripts:
        yield from _in_script(page, script, f", line {line}")


def _names_only(tag: Tag) -> bool:
    """Say whether a tag's href is no request: the visitor decides, or nobody goes."""
    rel = set(tag.given.get("rel", "").lower().split())
    return tag.name in ("a", "area") or (tag.name == "link" and rel <= _NAMES_ONLY)


def _in_css(page: Page, css: str, where: str) -> Iterator[Asked]:
    for match in _URL.finditer(css):
        yield from _asked(page, match[1] or match[2] or match[3], f"a style{where}")


def _in_script(page: Page, script: str, where: str) -> Iterator[Asked]:
    for match in _IN_SCRIPT.finditer(script):
        yield from _asked(page, match[0].strip("\"'`"), f"a script{where}")


def _asked(page: Page, address: str, by: str, loaded: bool = True) -> Iterator[Asked]:
    target = whole(page, address)
    if target:
        yield Asked(target, by, loaded)
