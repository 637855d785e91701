"""Which page next: all kinds of page in turn, and other ones of a kind each day."""

import hashlib
from collections import Counter, defaultdict
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from django.utils import timezone

# Where no link leads to that a visitor may follow, or only from a page of their own.
STARTS = (
    *("/", "/shop/", "/privacy/", "/privacy/promises/", "/privacy/recipients/"),
    *("/privacy/cookies/", "/privacy/certificate/", "/trolley/", "/orders/find/"),
    *("/help/contact/", "/no/such/page/", "/robots.txt"),
)

# Who goes there wants to sign in: its forms have a token, which is no mere browsing.
SIGN_IN = ("/accounts/", "/members/")


class Frontier:
    """The addresses still to be visited, by kind: the route, with or without a query.

    A shop has too many products for one night: the kind least visited comes first, and
    within a kind an order that changes with the day, so that each has its turn.
    """

    def __init__(self, starts: tuple[str, ...] = STARTS) -> None:
        self._waiting: dict[str, dict[str, str]] = defaultdict(dict)
        self._visited: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._day = f"{timezone.now():%Y-%m-%d}"
        self._starts = list(reversed(starts))
        self._seen.update(starts)

    def add(self, path: str) -> None:
        """Remember an address that a page leads to."""
        if path not in self._seen:
            self._seen.add(path)
            key = hashlib.sha256(f"{self._day}{path}".encode()).hexdigest()
            self._waiting[kind(path)][key] = path

    def next(self) -> str:
        """Return the next address; "" when all were visited."""
        if self._starts:
            path = self._starts.pop()
            self._visited[kind(path)] += 1
            return path
        open_kinds = [name for name, paths in self._waiting.items() if paths]
        if not open_kinds:
            return ""
        chosen = min(open_kinds, key=lambda name: (self._visited[name], name))
        self._visited[chosen] += 1
        paths = self._waiting[chosen]
        return paths.pop(min(paths))


def kind(path: str) -> str:
    """Return the route that answers an address, marked when it has a query."""
    parts = urlsplit(path)
    try:
        route = resolve(parts.path).route
    except Resolver404:
        route = "(no such page)"
    return f"{route}?" if parts.query else route
