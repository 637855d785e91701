"""The shop behind real HTTP in the test's own process, with somebody in between.

What stands between may change answers on their way, as a careless proxy or a changed
template would: so a probe's eyes are tested, and not the code that it looks at.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from pytest_django import Settings

from privacy.gateway import ourselves
from privacy.probes import registry
from tests.builders import category, product


@dataclass
class Answer:
    """One answer on its way out."""

    path: str
    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Served:
    """The running shop; `harm` is called with each answer."""

    port: int = 0
    harm: Callable[[Answer], None] = lambda answer: None
    hosts: list[str] = field(default_factory=list)  # the names it was asked under
    asked: list[str] = field(default_factory=list)
    shop: StaticFilesHandler = field(default_factory=lambda: fresh_shop())

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        self.hosts.append(environ["HTTP_HOST"])
        self.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def listen(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            told.append((status, headers))

        # a compressed body could not be changed
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        body = self.shop(environ, listen)
        status, headers = told[0]
        answer = Answer(environ["PATH_INFO"], status, list(headers), b"".join(body))
        getattr(body, "close", lambda: None)()
        self.harm(answer)
        kept = [one for one in answer.headers if one[0].lower() != "content-length"]
        start(answer.status, [*kept, ("Content-Length", str(len(answer.body)))])
        return [answer.body]


def fresh_shop() -> StaticFilesHandler:
    """Return the shop with its middleware made anew, from the settings as they are."""
    return StaticFilesHandler(WSGIHandler())


class QuietHandler(WSGIRequestHandler):
    """Its log is the list of what was asked."""

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def served(
    transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """The shop with one list and one product, asked under its public name."""
    # A test machine that does many things at once is no slow shop.
    monkeypatch.setattr(ourselves, "SECONDS", 30.0)
    monkeypatch.setattr(registry, "SECONDS", 30.0)
    product(name="Walked past", category=category("cameras"), sku="WALK-1")
    found = Served()
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(found)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.PROBE_ORIGIN = f"http://127.0.0.1:{found.port}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
