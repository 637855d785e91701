"""A small shop's end for webhooks: keeps what came, answers as told."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe


class Receiver:
    """`answer` gives the status for the nth request (from 0)."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[int], int] = lambda number: 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                receiver.got.append((dict(self.headers.items()), body))
                self.send_response(receiver.answer(len(receiver.got) - 1))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/webhooks/stripe/"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def clear(self) -> None:
        self.got.clear()
        self.answer = lambda number: 200

    def events(self, secret: str) -> list[stripe.Event]:
        """Everything received, each signature checked by Stripe's own code."""
        client = stripe.StripeClient("sk_test_local_unused")
        return [
            client.construct_event(body, headers["Stripe-Signature"], secret)
            for headers, body in self.got
        ]

    def wait_for(self, count: int, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while len(self.got) < count:
            assert time.monotonic() < end, f"{len(self.got)} of {count} webhooks came"
            time.sleep(0.02)
