"""The mail stand-in: SMTP in, an inbox to read, and a way to post mail to the shop.

Recipients whose local part is `bad`, `temp` or `slow` (or begins with one of them and
one of `.`, `+`, `-`, `_`) are refused with 550, put off with 451, or taken slowly;
those of `bounce` and `complain` are taken, and reported to the shop's mailbox.
"""

import asyncio
import hashlib
import hmac
import json
import re
import threading
import time
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html import escape
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from jessops.sandbox.egress import Egress
from jessops.sandbox.faults import Faults
from jessops.sandbox.pages import plain, table
from jessops.sandbox.provider import Provider, post
from jessops.sandbox.returns import manner, report
from jessops.sandbox.store import Store
from jessops.sandbox.web import Request, Response, Route, html_response, json_response

SPECIAL = re.compile(r"(bad|temp|slow)(?:[.+_-].*)?@.*", re.IGNORECASE)
SLOW = 5.0  # seconds
LARGEST = 10 * 1024 * 1024
OURS = "mailbox"  # the folder that the shop fetches
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


def decoded(header: object) -> str:
    """A header as people read it: unfolded, its encoded words in clear."""
    text = re.sub(r"\r?\n[ \t]", " ", str(header))
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeError):
        return text  # no such encoding: show it as it came


def addresses(message: Message, *names: str) -> list[str]:
    values = [decoded(value) for name in names for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(values) if address]


def part(message: Message, kind: str) -> str:
    """The text of the first part of this kind that is no attachment, or ""."""
    for piece in message.walk():
        if (
            piece.get_content_type() == f"text/{kind}"
            and piece.get_content_disposition() != "attachment"
        ):
            content = piece.get_payload(decode=True)
            assert isinstance(content, bytes)
            charset = piece.get_content_charset("utf-8")
            try:
                text = content.decode(charset, "replace")
            except LookupError:
                text = content.decode("latin-1")
            return text.replace("\r\n", "\n")
    return ""


def summarise(raw: bytes, recipients: list[str] | None = None) -> dict[str, Any]:
    """A message as contract.md has it; `to` is the envelope's, where there is one."""
    # The older of the two policies of `email`: the newer one takes ten times as long.
    message = message_from_bytes(raw)
    headers: dict[str, str] = {}
    for name, value in message.items():
        headers.setdefault(name, decoded(value))
    return {
        "date": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "from": headers.get("From", ""),
        "to": recipients or addresses(message, "To", "Cc"),
        "subject": headers.get("Subject", ""),
        "headers": headers,
        "text": part(message, "plain"),
        "html": part(message, "html"),
    }


class Mailbox:
    """Messages in three folders: from the shop, to it, and for it to fetch."""

    def __init__(self, store: Store, egress: Egress) -> None:
        self.store = store
        self.egress = egress

    def add(self, folder: str, raw: bytes, recipients: list[str] | None = None) -> int:
        return self.keep(folder, raw, summarise(raw, recipients))

    def keep(self, folder: str, raw: bytes, summary: dict[str, Any]) -> int:
        with self.store.write() as db:
            row = db.execute(
                "INSERT INTO mails (folder, summary, raw) VALUES (?, ?, ?)",
                (folder, json.dumps(summary), raw),
            )
            assert row.lastrowid is not None
            return row.lastrowid

    def listing(self, folder: str) -> list[dict[str, Any]]:
        rows = self.store.rows(
            "SELECT id, summary FROM mails WHERE folder = ? ORDER BY id", (folder,)
        )
        return [{"id": number} | json.loads(summary) for number, summary in rows]

    def one(self, number: str) -> tuple[dict[str, Any], bytes] | None:
        if not number.isdigit():
            return None
        rows = self.store.rows(
            "SELECT id, summary, raw FROM mails WHERE id = ?", (int(number),)
        )
        if not rows:
            return None
        return {"id": rows[0][0]} | json.loads(rows[0][1]), rows[0][2]


class Receiver:
    """aiosmtpd's handler: what the SMTP server does with each command."""

    def __init__(self, mailbox: Mailbox, faults: Faults) -> None:
        self.mailbox = mailbox
        self.faults = faults

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        special = SPECIAL.fullmatch(address)
        manner = special[1].lower() if special else ""
        if manner == "bad":
            return "550 5.1.1 No such mailbox here"
        if manner == "temp":
            return "451 4.2.1 Mailbox busy, try again later"
        if manner == "slow":
            await asyncio.sleep(SLOW)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        recipients = [str(address) for address in envelope.rcpt_tos]
        summary = summarise(raw, recipients)
        payload = {
            "from": envelope.mail_from,
            "to": recipients,
            "subject": summary["subject"],
        }
        self.mailbox.egress.record("mail", "SMTP", "/", payload)
        faults = self.faults.take("mail", "/")
        for fault in faults:
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
            elif fault.kind == "error":
                return "451 4.3.0 Try again later"
            elif fault.kind == "reset":
                hang_up(server)
                return "421 4.3.2 Gone"
        self.mailbox.keep("inbox", raw, summary)
        for recipient in filter(manner, recipients):
            back = report(raw, str(envelope.mail_from or ""), recipient)
            self.mailbox.add(OURS, back)
        if any(fault.kind == "lost_answer" for fault in faults):
            hang_up(server)
        return "250 2.0.0 OK: kept"


def hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class SmtpServer:
    """The SMTP side, on an event loop in a thread of its own."""

    def __init__(self, mailbox: Mailbox, faults: Faults, port: int) -> None:
        self.receiver = Receiver(mailbox, faults)
        self.loop = asyncio.new_event_loop()
        listening = self.loop.create_server(self.protocol, "127.0.0.1", port)
        self.server = self.loop.run_until_complete(listening)
        self.port = int(self.server.sockets[0].getsockname()[1])
        self.thread = threading.Thread(
            target=self.loop.run_forever, name="smtp", daemon=True
        )

    def protocol(self) -> SMTP:
        return SMTP(
            self.receiver,
            hostname="mail.stand-in",
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            loop=self.loop,
        )

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


class MailPages:
    def __init__(
        self, mailbox: Mailbox, inbound_url: str, inbound_secret: str, shop: str
    ) -> None:
        self.mailbox = mailbox
        self.inbound_url = inbound_url
        self.inbound_secret = inbound_secret
        self.shop = shop
        self.provider = Provider(inbound_url, inbound_secret)

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/mail/", self.inbox),
            Route("GET", "/mail/messages.json", self.messages),
            Route("GET", "/mail/outgoing.json", self.outgoing),
            *self.provider.routes(),
            Route("POST", "/mail/deliver", self.deliver),
            Route("GET", "/mail/{id}/", self.read),
            Route("GET", "/mail/{id}/html", self.html),
            Route("GET", "/mail/{id}/raw", self.raw),
        ]

    def messages(self, request: Request) -> Response:
        return json_response(self.mailbox.listing("inbox"))

    def outgoing(self, request: Request) -> Response:
        return json_response(self.mailbox.listing("outgoing"))

    def deliver(self, request: Request) -> Response:
        """Mail to the shop: kept as outgoing, and posted on if the shop takes mail.

        `?by=imap` leaves it in the mailbox that the shop fetches; `?by=provider` has
        the mail provider post it.
        """
        if not request.body.strip():
            return json_response({"error": "send one raw message"}, 400)
        number = self.mailbox.add("outgoing", request.body)
        way = request.query.get("by", "")
        if way == "imap":
            self.mailbox.add(OURS, request.body)
            return json_response({"id": number, "delivered": True, "answer": ""}, 202)
        answer = self.post_to_shop(request.body, way) if self.inbound_url else ""
        delivered = answer.isdigit() and 200 <= int(answer) < 300
        status = 202 if delivered or not self.inbound_url else 502
        return json_response(
            {"id": number, "delivered": delivered, "answer": answer}, status
        )

    def post_to_shop(self, raw: bytes, way: str) -> str:
        """The status the shop answered, or the name of what went wrong."""
        if way == "provider":
            to = summarise(raw)["to"]
            return self.provider.mail(raw, to[0] if to else "")
        signed = {
            "Content-Type": "message/rfc822",
            "X-Mail-Signature": self.signature(raw),
        }
        return post(self.inbound_url, raw, signed)

    def signature(self, raw: bytes) -> str:
        """What a mail server of ours proves itself with: a time, and both signed."""
        stamp = str(int(time.time()))
        signed = f"{stamp}.".encode() + raw
        key = self.inbound_secret.encode()
        return f"t={stamp},v1={hmac.new(key, signed, hashlib.sha256).hexdigest()}"

    def inbox(self, request: Request) -> Response:
        def rows(folder: str) -> list[list[str]]:
            return [
                [
                    escape(mail["date"][:19].replace("T", " ")),
                    escape(", ".join(mail["to"])),
                    f'<a href="/mail/{mail["id"]}/">'
                    f"{escape(mail['subject'] or '(no subject)')}</a>",
                ]
                for mail in reversed(self.mailbox.listing(folder))
            ]

        heads = ["Received (UTC)", "To", "Subject"]
        return plain(
            "Mail",
            "<p>Every e-mail that the shop sent. None of it leaves this machine.</p>"
            + table("Inbox, newest first", heads, rows("inbox"))
            + table("Sent to the shop, newest first", heads, rows("outgoing"))
            + '<p>For programs: <a href="/mail/messages.json">messages.json</a></p>',
        )

    def read(self, request: Request) -> Response:
        found = self.mailbox.one(request.args["id"])
        if found is None:
            return plain("No such message", "", status=404)
        mail, _ = found
        facts = "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
            for name, value in mail["headers"].items()
        )
        html = ""
        if mail["html"]:
            html = (
                "<h2>As HTML</h2>"
                f'<iframe src="/mail/{mail["id"]}/html" title="The message as HTML"'
                ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
            )
        text = LINK.sub(
            lambda link: f'<a href="{link[0]}">{link[0]}</a>', escape(mail["text"])
        )
        return plain(
            mail["subject"] or "(no subject)",
            f"<p>To {escape(', '.join(mail['to']))}</p>{html}<h2>As text</h2>"
            '<div class="scroll" role="region" aria-label="The message as text"'
            f' tabindex="0"><pre>{text}</pre></div>'
            f"<details><summary>Headers</summary><dl>{facts}</dl></details>"
            f'<p><a href="/mail/{mail["id"]}/raw">The raw message</a></p>',
        )

    def html(self, request: Request) -> Response:
        """The message's own HTML, shut in: no script, nothing loaded but images."""
        found = self.mailbox.one(request.args["id"])
        if found is None:
            return plain("No such message", "", status=404)
        # Links open beside the frame, which cannot show the shop.
        response = html_response('<base target="_blank">' + found[0]["html"])
        response.headers += [
            (
                "Content-Security-Policy",
                "sandbox allow-popups allow-popups-to-escape-sandbox;"
                " default-src 'none'; style-src 'unsafe-inline';"
                f" img-src data: {self.shop}; frame-ancestors 'self'",
            ),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return response

    def raw(self, request: Request) -> Response:
        found = self.mailbox.one(request.args["id"])
        if found is None:
            return plain("No such message", "", status=404)
        headers = [("X-Content-Type-Options", "nosniff")]
        return Response(200, found[1], headers=headers)
