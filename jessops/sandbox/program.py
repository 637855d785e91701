"""The stand-ins put together: one web server, one SMTP server, one sweeper."""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TypeVar

from jessops.sandbox.addresses import Addresses
from jessops.sandbox.bank.bank import Bank
from jessops.sandbox.bank.webhooks import Endpoint
from jessops.sandbox.carrier import Carrier
from jessops.sandbox.codes import StaffCodes
from jessops.sandbox.egress import Egress, payload_of
from jessops.sandbox.faults import Faults
from jessops.sandbox.imap import ImapServer
from jessops.sandbox.mail import Mailbox, MailPages, SmtpServer
from jessops.sandbox.pages import plain
from jessops.sandbox.prints import Prints
from jessops.sandbox.stack.environment import MAILBOX_USER
from jessops.sandbox.store import Clock, Store
from jessops.sandbox.web import (
    CutConnection,
    Request,
    Response,
    Route,
    Router,
    Server,
    json_response,
)

SWEEP_EVERY = 1.0  # seconds
STYLE = Path(__file__).with_name("sandbox.css").read_bytes()
Made = TypeVar("Made")
PEOPLE = ("bank", "mail", "carrier", "addresses", "prints")


@dataclass(frozen=True)
class Settings:
    data: Path
    port: int
    smtp_port: int
    imap_port: int
    shop: str
    api_key: str
    endpoint: Endpoint = field(default_factory=Endpoint)
    inbound_url: str = ""
    inbound_secret: str = ""
    merchant: str = "Jessops"
    staff_secret: str = field(default="", repr=False)


class Program:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data.mkdir(parents=True, exist_ok=True)
        self.server = bound(
            settings.port,
            lambda: Server(settings.port, self.answer, lambda: self.store.close()),
        )
        self.store = store = Store(settings.data / "sandbox.sqlite3")
        clock = Clock(store)
        self.egress = Egress(store)
        self.faults = Faults()
        self.bank = Bank(
            store,
            clock,
            self.faults,
            endpoint=settings.endpoint,
            origin=f"http://127.0.0.1:{self.server.port}",
            api_key=settings.api_key,
            merchant=settings.merchant,
        )
        mailbox = Mailbox(store, self.egress)
        self.codes = StaffCodes(settings.staff_secret)
        self.smtp = bound(
            settings.smtp_port,
            lambda: SmtpServer(mailbox, self.faults, settings.smtp_port),
        )
        self.imap = bound(
            settings.imap_port,
            lambda: ImapServer(
                mailbox, self.faults, settings.imap_port, settings.inbound_secret
            ),
        )
        self.router = Router(
            [
                Route("GET", "/", self.home),
                Route("GET", "/healthz", lambda _: Response(body=b"ok\n")),
                Route("GET", "/assets/sandbox.css", style),
                *self.egress.routes(),
                *self.faults.routes(),
                *self.bank.routes,
                *self.codes.routes(),
                *MailPages(
                    mailbox,
                    settings.inbound_url,
                    settings.inbound_secret,
                    settings.shop,
                ).routes(),
                *Carrier(store, clock, self.egress).routes(),
                *Addresses(self.egress).routes(),
                *Prints(store, clock, self.egress).routes(),
            ]
        )
        self.stopping = threading.Event()
        self.sweeper = threading.Thread(target=self.sweep, name="sweeper", daemon=True)

    def run(self) -> None:
        """Serve until `stop`; other processes find the ports in sandbox.json."""
        self.smtp.start()
        self.imap.start()
        self.bank.webhooks.start()
        self.sweeper.start()
        self.write_ports()
        self.server.serve_forever(poll_interval=0.1)
        self.server.server_close()
        self.bank.webhooks.stop()
        self.smtp.stop()
        self.imap.stop()

    def stop(self) -> None:
        """From another thread or a signal."""
        self.stopping.set()
        threading.Thread(target=self.server.shutdown).start()

    def write_ports(self) -> None:
        path = self.settings.data / "sandbox.json"
        ports = {
            "pid": os.getpid(),
            "port": self.server.port,
            "smtp_port": self.smtp.port,
            "imap_port": self.imap.port,
        }
        unfinished = path.with_suffix(".new")
        unfinished.write_text(json.dumps(ports))
        unfinished.rename(path)

    def sweep(self) -> None:
        while not self.stopping.wait(SWEEP_EVERY):
            try:
                self.bank.sessions.sweep()
            except Exception:
                # Seen in the log; the next round is tried all the same.
                traceback.print_exc(file=sys.stderr)

    def answer(self, request: Request) -> Response:
        """Record, misbehave where told to, and answer."""
        found = self.router.find(request.method, request.path)
        if found is None:
            return plain("No such page", "", status=404)
        route, request.args = found
        party = route.party or request.path.split("/")[1]
        if route.party:
            self.egress.record(party, request.method, request.path, payload_of(request))
        elif party not in PEOPLE:
            return route.answer(request)
        faults = self.faults.take(party, request.path, page=not route.party)
        for fault in faults:
            if fault.kind == "latency":
                time.sleep(fault.seconds)
            elif fault.kind == "reset":
                raise CutConnection(reset=True)
            elif fault.kind == "error":
                return broken(party, fault.status, fault.retry_after)
        response = route.answer(request)
        if any(fault.kind == "lost_answer" for fault in faults):
            raise CutConnection(reset=False)
        return response

    def home(self, request: Request) -> Response:
        settings = self.settings
        facts = (
            ("Web", f"127.0.0.1:{self.server.port}"),
            ("SMTP", f"127.0.0.1:{self.smtp.port}"),
            ("IMAP", f"127.0.0.1:{self.imap.port}, as {MAILBOX_USER}"),
            ("Webhooks go to", settings.endpoint.url or "nowhere"),
            ("Mail to the shop goes to", settings.inbound_url or "nowhere"),
        )
        rows = "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts
        )
        page = plain(
            "Stand-ins",
            "<p>The outside parties of the shop, for development and tests. Nothing"
            " here is real: no money moves, no mail or parcel leaves this machine.</p>"
            f'<p><a class="button" href="{escape(settings.shop)}">To the shop</a></p>'
            + self.codes.panel(settings.shop)
            + f"<dl>{rows}</dl>"
            "<ul>"
            '<li><a href="/bank/">Bank</a>: payments and test cards</li>'
            '<li><a href="/mail/">Mail</a>: every e-mail that the shop sent</li>'
            '<li><a href="/carrier/">Carrier</a>: consignments</li>'
            '<li><a href="/addresses/">Addresses</a>: invented addresses by postcode'
            "</li>"
            '<li><a href="/prints/">Prints</a>: the print partner\'s door</li>'
            '<li><a href="/egress.json">egress.json</a>: all that any of them received'
            "</li>"
            '<li><a href="/faults">faults</a>: how they misbehave just now</li>'
            "</ul>",
        )
        page.headers.append(("Cache-Control", "no-store"))  # the code ages
        return page


class PortTaken(Exception):
    """Says which one, for the person who started us."""


def bound(port: int, make: Callable[[], Made]) -> Made:
    try:
        return make()
    except OSError as error:
        raise PortTaken(f"port {port}: {error.strerror}") from error


def style(request: Request) -> Response:
    return Response(body=STYLE, content_type="text/css; charset=utf-8")


def broken(party: str, status: int, retry_after: int | None) -> Response:
    """An answer of kind error, in the party's own shape."""
    message = "A fault on demand."
    error: str | dict[str, str] = message
    if party == "bank":
        kind = "invalid_request_error" if 400 <= status < 500 else "api_error"
        error = {"type": kind, "message": message}
        if status == 429:
            error["code"] = "rate_limit"
    response = json_response({"error": error}, status)
    if retry_after is not None:
        response.headers.append(("Retry-After", str(retry_after)))
    return response
