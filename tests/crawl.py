"""Walks all that the shop answers: every route of the resolver, every link (H1, H2)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

OF_A_ROUTE = 4  # addresses visited of each route at most
OURS = ("http://testserver", "http://localhost:8000")


class Links(HTMLParser):
    """The addresses that a page's links and forms lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("href", "action"):
            if tag in ("a", "form") and given.get(name):
                self.found.append(str(given[name]))


@dataclass
class Visit:
    """One request of the crawl and its answer."""

    method: str
    path: str
    response: HttpResponse

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.response.status_code})"

    @property
    def is_html(self) -> bool:
        return self.response.headers.get("Content-Type", "").startswith("text/html")

    @property
    def text(self) -> str:
        return self.response.content.decode()


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Yield every route of the shop as a pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from routes(entry, route)


def route_of(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return ""


class Crawl:
    """Visits by GET and POST from `starts` on, a few addresses of each route."""

    def __init__(self, client: Client, starts: list[str], *, post: bool = True) -> None:
        self.client = client
        self.post = post
        self.visits: list[Visit] = []
        self.seen: set[str] = set()
        self.routes: Counter[str] = Counter()
        waiting = list(starts)
        for path in starts:
            self.seen.add(path)
        while waiting:
            path = waiting.pop(0)
            for link in self._visit(path):
                if link not in self.seen and self._wanted(link):
                    self.seen.add(link)
                    waiting.append(link)

    def _wanted(self, path: str) -> bool:
        route = route_of(path)
        self.routes[route] += 1
        return self.routes[route] <= OF_A_ROUTE

    def _visit(self, path: str) -> list[str]:
        methods = ["GET", "POST"] if self.post else ["GET"]
        links: list[str] = []
        for method in methods:
            answer: Any = self.client.generic(method, path)
            visit = Visit(method, path, answer)
            self.visits.append(visit)
            if "Location" in answer.headers:
                links.append(answer["Location"])
            if visit.is_html:
                links += Links(visit.text).found
        return [found for link in links if (found := self._ours(path, link))]

    @staticmethod
    def _ours(path: str, link: str) -> str:
        """Return the path and query of a link within the shop, else nothing."""
        whole = urlsplit(urljoin(f"{OURS[0]}{path}", link))
        if f"{whole.scheme}://{whole.netloc}" not in OURS:
            return ""
        return f"{whole.path}?{whole.query}" if whole.query else whole.path
