"""A small load generator: two connections that stay open, requests taken in turn."""

import http.client
import itertools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 2
HEADERS = {"Accept": "text/html", "Accept-Encoding": "gzip"}


class Refused(Exception):
    """A page did not answer as it must; the text says which."""


@dataclass(frozen=True)
class Page:
    """A kind of page: addresses taken in turn, and how it must answer."""

    name: str
    base: str
    paths: Sequence[str]
    method: str = "GET"
    bodies: Sequence[str] = ("",)
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def send(page: Page, count: int) -> int:
    """Send `count` requests; return the bytes of all bodies as they travelled."""
    numbers = itertools.count()
    sizes: list[int] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with _Connection(page) as connection:
                while not failed and (number := next(numbers)) < count:
                    sizes.append(len(connection.ask(number)))
        except (OSError, http.client.HTTPException, Refused) as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise Refused(f"{page.name}: {failed[0]}") from failed[0]
    return sum(sizes)


def text(base: str, path: str) -> str:
    """Return one page, not compressed."""
    page = Page(path, base, [path], headers={"Accept-Encoding": "identity"})
    with _Connection(page) as connection:
        return connection.ask(0).decode()


class _Connection:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.headers = {**HEADERS, **page.headers}
        self.connection = http.client.HTTPConnection(
            urlsplit(page.base).netloc, timeout=30
        )

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask(self, number: int) -> bytes:
        page = self.page
        path = page.paths[number % len(page.paths)]
        body = page.bodies[number % len(page.bodies)]
        self.connection.request(page.method, path, body or None, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != page.status:
            raise Refused(f"{page.method} {path} answered {answer.status}")
        return content
