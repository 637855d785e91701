"""What a visitor's browser sent with this request, told to that visitor (P26, P33).

Nothing of it is kept, logged or looked up beyond the page. How the content of a cookie
is to be read is known by the app that writes it, in its module cookies_explained.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest

from privacy.cookies import REGISTRY, Cookie

MOST_SHOWN = 2500  # characters of a value
MOST_COOKIES = 60
LONGEST_NAME = 80


@dataclass(frozen=True)
class Piece:
    """A part of a cookie's text, and what it means."""

    text: str
    means: str
    ours: bool = True  # False: the shop did not write this part and leaves it out


@dataclass(frozen=True)
class Explained:
    """A cookie's content as the app that writes it reads it."""

    pieces: list[Piece]
    # what the app would write for what it read; equal to the value: nothing else is in
    canonical: str
    note: str = ""  # why it cannot be read at all


Explainer = Callable[[str], Explained]
_explainers: dict[str, Explainer] = {}


def register(name: str, explainer: Explainer) -> None:
    """Say how the content of a listed cookie is read."""
    if name not in REGISTRY or name in _explainers:
        raise ValueError(f"cookie {name} is not listed, or explained twice")
    _explainers[name] = explainer


def explained() -> list[str]:
    """Return the names of the cookies whose content can be shown."""
    return list(_explainers)


@dataclass(frozen=True)
class Opened:
    """One of our cookies as it came, taken apart."""

    cookie: Cookie
    raw: str  # as it travelled, what cannot be printed made visible
    size: int  # bytes
    shown: int  # characters shown of it
    explained: Explained
    exact: bool  # written anew it is the same, to the byte

    @property
    def cut(self) -> bool:
        return self.shown < self.size


@dataclass(frozen=True)
class Sent:
    """All cookies of one request."""

    opened: dict[str, Opened] = field(default_factory=dict)
    closed: list[tuple[Cookie, int]] = field(default_factory=list)  # ours, with bytes
    foreign: list[str] = field(default_factory=list)  # names that are not ours
    any: bool = False


def sent(request: HttpRequest) -> Sent:
    """Read the cookies of a request. Whatever they hold: never an error."""
    header = str(request.META.get("HTTP_COOKIE", ""))
    found = Sent(any=bool(header.strip()))
    foreign: dict[str, None] = {}
    for name, raw in _pairs(header).items():
        listed = REGISTRY.get(name)
        if listed is None:
            foreign[printable(name[:LONGEST_NAME]) or "(without a name)"] = None
        elif name in _explainers:
            found.opened[name] = _open(listed, raw, request.COOKIES.get(name, ""))
        else:
            found.closed.append((listed, _size(raw)))
    found.foreign.extend(list(foreign)[:MOST_COOKIES])
    return found


def printable(text: str) -> str:
    """Return a text with everything that does not print written as \\x1b or \\u202e."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def _pairs(header: str) -> dict[str, str]:
    """Return name to text as it travelled; of a name sent twice the last, as we read.

    A piece without "=" has no name, as in Django's own reading.
    """
    found = {}
    for piece in header.split(";"):
        name, equals, raw = piece.partition("=")
        if not equals:
            name, raw = "", name
        if name.strip() or raw.strip():
            found[name.strip()] = raw.strip()
    return found


def _open(listed: Cookie, raw: str, value: str) -> Opened:
    read = _explainers[listed.name](value)
    return Opened(
        cookie=listed,
        raw=printable(raw[:MOST_SHOWN]),
        size=_size(raw),
        shown=len(raw[:MOST_SHOWN]),
        explained=read,
        exact=bool(read.canonical) and read.canonical == raw,
    )


def _size(raw: str) -> int:
    # the server hands a header over with one character for each byte
    return len(raw.encode("latin-1", "replace"))
