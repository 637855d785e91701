"""A small HTTP/1.1 server: keep-alive, one thread a connection, exact routes.

http.server would do, but it spends more time on parsing headers than the stand-ins
spend on their answers, and cannot cut a connection halfway, which the faults need.
"""

import json
import re
import socket
import socketserver
import struct
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

MAX_BODY = 10 * 1024 * 1024
MAX_HEADERS = 100
MAX_LINE = 65_536


@dataclass
class Request:
    method: str
    path: str
    query_string: str
    headers: dict[str, str]  # lower-case names
    body: bytes
    args: dict[str, str] = field(default_factory=dict)

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Form pairs in their order: the body of a POST, else the query."""
        text = self.query_string
        if self.method == "POST":
            text = self.body.decode("utf-8", "replace")
        return parse_qsl(text, keep_blank_values=True)

    @cached_property
    def form(self) -> dict[str, str]:
        return dict(self.pairs)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; ValueError when it is none."""
        return json.loads(self.body)


@dataclass
class Response:
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)


class CutConnection(Exception):
    """End the connection without an answer; `reset` sends a TCP reset."""

    def __init__(self, *, reset: bool) -> None:
        self.reset = reset


class BadRequest(Exception):
    """The bytes on the wire are not a request that we can read."""

    def __init__(self, status: int) -> None:
        self.status = status


def json_response(value: Any, status: int = 200) -> Response:
    # No indent: with one, Python's slow encoder does the work.
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, "application/json")


def html_response(text: str, status: int = 200) -> Response:
    return Response(status, text.encode(), "text/html; charset=utf-8")


def redirect(url: str) -> Response:
    return Response(303, b"", headers=[("Location", url)])


Answer = Callable[[Request], Response]


@dataclass(frozen=True)
class Route:
    """`party` marks a request of that party's own protocol: recorded, faultable."""

    method: str
    template: str  # `/carrier/bookings/{id}`; `{rest*}` takes slashes too
    answer: Answer
    party: str = ""


class Router:
    """Exact templates first, in a dictionary; then patterns in their order."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.exact: dict[tuple[str, str], Route] = {}
        self.patterns: list[tuple[str, re.Pattern[str], Route]] = []
        for route in routes:
            if "{" in route.template:
                expression = re.escape(route.template)
                expression = re.sub(r"\\{(\w+)\\\*\\}", r"(?P<\1>.*)", expression)
                expression = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", expression)
                self.patterns.append((route.method, re.compile(expression), route))
            else:
                self.exact[route.method, route.template] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        method = "GET" if method == "HEAD" else method
        if route := self.exact.get((method, path)):
            return route, {}
        for wanted, pattern, route in self.patterns:
            if wanted in (method, "*") and (match := pattern.fullmatch(path)):
                return route, match.groupdict()
        return None


class Handler(socketserver.StreamRequestHandler):
    """Reads requests off one connection until either side ends it."""

    disable_nagle_algorithm = True
    timeout = 120
    server: "Server"

    def handle(self) -> None:
        try:
            while self.one_request():
                pass
        except (ConnectionError, TimeoutError):
            return  # the other side went away: there is nobody to answer
        except CutConnection as cut:
            if cut.reset:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                # StreamRequestHandler would end the stream politely first.
                self.rfile.close()
                self.connection.close()

    def one_request(self) -> bool:
        try:
            request = self.read_request()
        except BadRequest as error:
            self.send(Response(error.status), keep=False, head=False)
            return False
        if request is None:
            return False
        try:
            response = self.server.answer(request)
        except CutConnection:
            raise
        except Exception:
            # A fault of our own must not look like a fault on demand.
            traceback.print_exc(file=sys.stderr)
            response = Response(500, b"the stand-in itself failed; see its log\n")
        wants = request.headers.get("connection", "").lower()
        keep = wants != "close"
        self.send(response, keep=keep, head=request.method == "HEAD")
        return keep

    def read_request(self) -> Request | None:
        line = self.rfile.readline(MAX_LINE + 1)
        if not line:
            return None
        parts = line.decode("latin-1").split()
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise BadRequest(400)
        headers: dict[str, str] = {}
        for _ in range(MAX_HEADERS + 1):
            header = self.rfile.readline(MAX_LINE + 1)
            if header in (b"\r\n", b"\n", b""):
                break
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        else:
            raise BadRequest(431)
        if parts[2] == "HTTP/1.0":
            headers["connection"] = "close"
        path, _, query_string = parts[1].partition("?")
        body = self.read_body(headers)
        return Request(parts[0], unquote(path), query_string, headers, body)

    def read_body(self, headers: dict[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            raise BadRequest(411)
        length = headers.get("content-length", "0")
        if not length.isdigit():
            raise BadRequest(400)
        if int(length) > MAX_BODY:
            raise BadRequest(413)
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(length)) if int(length) else b""
        if len(body) < int(length):
            raise ConnectionResetError
        return body

    def send(self, response: Response, *, keep: bool, head: bool) -> None:
        try:
            phrase = HTTPStatus(response.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [
            f"HTTP/1.1 {response.status} {phrase}",
            f"Content-Type: {response.content_type}",
            f"Content-Length: {len(response.body)}",
            "Cache-Control: no-store",
            *(f"{name}: {value}" for name, value in response.headers),
        ]
        if not keep:
            lines.append("Connection: close")
        text = "\r\n".join(lines) + "\r\n\r\n"
        self.connection.sendall(
            text.encode("latin-1", "replace") + (b"" if head else response.body)
        )


class Server(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1 only: the stand-ins are for this machine."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, answer: Answer, thread_ends: Callable[[], None]
    ) -> None:
        """`thread_ends` is called in each connection's thread when it is over."""
        self.answer = answer
        self.thread_ends = thread_ends
        super().__init__(("127.0.0.1", port), Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.thread_ends()

    @property
    def port(self) -> int:
        return int(self.server_address[1])
