"""A declared outside party that records what it gets, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from pytest_django import Settings

from privacy import gateway
from tests.conftest import contract


class Party:
    """What a stand-in of an outside party received, and what it shall answer."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.status = 200
        self.answer: object = {"object": "thing", "id": "x_1"}
        self.headers: dict[str, str] = {}
        self.silent = False
        self.url = ""


@pytest.fixture
def party() -> Iterator[Party]:
    """A real HTTP server that keeps every request."""
    kept = Party()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            kind = self.headers.get("Content-Type", "")
            sent = dict(parse_qsl(urlsplit(self.path).query))
            if kind == "application/json":
                sent |= json.loads(body)
            else:
                sent |= dict(parse_qsl(body))
            kept.requests.append((self.command, urlsplit(self.path).path, sent))
            if kept.silent:
                self.close_connection = True
                return
            answer = json.dumps(kept.answer).encode()
            self.send_response(kept.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the list above is the record."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/base"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def declared(party: Party, settings: Settings, db: None) -> Iterator[gateway.Connector]:
    """A carrier-like connector to that party, gone again after the test."""
    settings.TEST_PARTY_BASE = party.url
    contract("test-party")
    yield gateway.register(
        gateway.Connector(
            name="test-party",
            recipient="The party of the test",
            purpose="delivery",
            base_url_setting="TEST_PARTY_BASE",
            fields=frozenset(
                {"name", "address[line1]", "parcel", "amount", "expand[]"}
            ),
            personal={"name": "your name", "address[line1]": "your address"},
        )
    )
    gateway.forget("test-party")
