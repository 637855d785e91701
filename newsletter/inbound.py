"""Mail to us: read without trust, taken once, and handed to the door it is for (P3).

Other apps add doors when the application starts (`mail_doors.py`); the smaller place is
asked first. A door says what it did with a message, or "" if it is not for it.
Answers of machines and mail that came back go to no door: nothing here may loop.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html import unescape

from django.conf import settings
from django.db import IntegrityError, transaction

from newsletter.addresses import BadRecipient, one_address
from newsletter.models import InboundMail

LARGEST = 5 * 1024 * 1024  # bytes of a whole message, with what hangs on it
MOST_LINES = 200_000
MOST_PARTS = 100
MOST_TEXT = 20_000  # characters
MOST_HEADER = 2_000
_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
_MACHINES = frozenset({"mailer-daemon", "postmaster", "noreply", "no-reply"})
_HIDDEN = frozenset({"style", "script", "head"})
_BREAKS = frozenset("br br/ /p /div /li /tr /h1 /h2 /h3 /h4".split())


@dataclass(frozen=True)
class Mail:
    """One message, reduced to what a door needs."""

    sender: str  # one plain address; anyone can write any
    sender_name: str
    to: tuple[str, ...]  # plain addresses, in small letters
    subject: str
    text: str
    attachments: int  # how many there were: none is kept
    automatic: bool  # a machine's answer, a bulk letter, or mail that came back


class Unreadable(Exception):
    """No message can be made of it."""


@dataclass(frozen=True)
class Door:
    """Somebody who takes mail."""

    name: str
    take: Callable[[Mail], str]  # what it did, as "enquiry:E26-1234-5678", or ""
    place: int = 50  # in order of these


_doors: dict[str, Door] = {}


def register(door: Door) -> Door:
    """Add a door; its name must be new."""
    if door.name in _doors:
        raise ValueError(f"door {door.name} is registered twice")
    _doors[door.name] = door
    return door


def our_host() -> str:
    """Return the domain that our own mailboxes are in."""
    return str(settings.COMPANY["email"]).rpartition("@")[2].lower()


def take(raw: bytes) -> str:
    """Take one message, once, whatever it holds; return what became of it.

    It and what a door makes of it are one transaction: a message is never half taken,
    and one that could not be taken may come again.
    """
    try:
        mail, name = read(raw)
    except Unreadable:
        mail, name = None, hashlib.sha256(raw).hexdigest()
    try:
        with transaction.atomic():
            row = InboundMail.objects.create(name_hash=_keyed(name))
            outcome = _through_a_door(mail) if mail else "unreadable"
            row.outcome = outcome[:60]
            row.save(update_fields=["outcome"])
    except IntegrityError:
        # Its own number was taken: the same message came before, or comes just now.
        if InboundMail.objects.filter(name_hash=_keyed(name)).exists():
            return "again"
        raise
    return outcome


def _through_a_door(mail: Mail) -> str:
    if mail.automatic:
        return "automatic"
    if not mail.sender:
        return "nobody"
    if mail.sender.lower().endswith(f"@{our_host()}"):
        return "ourselves"
    for door in sorted(_doors.values(), key=lambda one: (one.place, one.name)):
        done = door.take(mail)
        if done:
            return done
    return "no door"


def read(raw: bytes) -> tuple[Mail, str]:
    """Return a message and what names it; raises Unreadable."""
    if len(raw) > LARGEST or raw.count(b"\n") > MOST_LINES:
        raise Unreadable
    try:
        return _read(raw)
    # Parts within parts, and comments within comments: the standard library goes down.
    except (RecursionError, MessageError, ValueError, AttributeError) as error:
        raise Unreadable from error


def _read(raw: bytes) -> tuple[Mail, str]:
    message = message_from_bytes(raw)
    parts = list(_parts(message))
    sender_name, sender = _sender(message)
    mail = Mail(
        sender=sender,
        sender_name=sender_name,
        to=tuple(dict.fromkeys(_recipients(message))),
        subject=_line(_header(message, "Subject"))[:200],
        text=_text(parts),
        attachments=sum(_is_attached(part) for part in parts),
        automatic=_is_automatic(message, sender),
    )
    name = _line(_header(message, "Message-ID"))
    return mail, name or hashlib.sha256(raw).hexdigest()


def _parts(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        if not part.is_multipart():
            yield part


def _header(message: "Message[str, str]", name: str) -> str:
    return _decoded(str(message.get(name, ""))[:MOST_HEADER])


def _decoded(text: str) -> str:
    """A header's encoded words in clear; as it came where that cannot be."""
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return text


def _line(text: str) -> str:
    """One line of it, with nothing invisible."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _sender(message: "Message[str, str]") -> tuple[str, str]:
    value = str(message.get("From", ""))[:MOST_HEADER]
    found = getaddresses([value])
    if len(found) != 1:
        return "", ""
    name, address = found[0]
    try:
        return _line(_decoded(name))[:100], one_address(address)
    except BadRecipient:
        return "", ""


def _recipients(message: "Message[str, str]") -> Iterator[str]:
    for name in _TO:
        values = [str(value)[:MOST_HEADER] for value in message.get_all(name, [])[:20]]
        for _, address in getaddresses(values):
            if address:
                yield _line(address).lower()


def _is_automatic(message: "Message[str, str]", sender: str) -> bool:
    """Say whether a machine wrote it (RFC 3834), to many, or because mail came back."""
    auto = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    bulk = _header(message, "Precedence").strip().lower()
    return (
        auto not in ("", "no")
        or bulk in ("bulk", "junk", "list", "auto_reply")
        or any(
            name in message
            for name in ("List-Id", "X-Autoreply", "X-Autorespond", "X-Loop")
        )
        or _header(message, "Return-Path").strip() == "<>"
        or message.get_content_type() == "multipart/report"
        or sender.partition("@")[0].lower() in _MACHINES
    )


def _is_attached(part: "Message[str, str]") -> bool:
    return (
        part.get_content_disposition() == "attachment"
        or part.get_content_maintype() != "text"
    )


def _text(parts: list["Message[str, str]"]) -> str:
    """The words of the first plain part; of the first page, if there is none."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and not _is_attached(part):
                text = _content(part)
                if kind == "text/html":
                    text = _words(text)
                if text.strip():
                    return _plain(text)
    return ""


def _content(part: "Message[str, str]") -> str:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, MessageError):
        return ""
    if not isinstance(content, bytes):
        return ""
    content = content[: MOST_TEXT * 10]
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return content.decode("latin-1")


def _words(page: str) -> str:
    """A page's words, without what only a browser needs; in one pass, however odd."""
    words: list[str] = []
    hidden = ""
    before, *pieces = page.split("<")
    words.append(before)
    for piece in pieces:
        tag, _, text = piece.partition(">")
        name = (tag.split() or [""])[0].lower()
        if hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name in _HIDDEN:
            hidden = name
        elif name in _BREAKS:
            words.append("\n")
        if not hidden:
            words.append(text)
    return unescape("".join(words))


def _plain(text: str) -> str:
    """The text without anything invisible but its own line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    kept = (c for c in lines if c == "\n" or c.isprintable() or c.isspace())
    shown = "".join(kept).replace("\x0b", " ").replace("\x0c", " ")
    return re.sub(r"\n{3,}", "\n\n", shown).strip()[:MOST_TEXT]


def _keyed(name: str) -> str:
    """Return the keyed hash of a Message-ID, which may say who sent it and whence."""
    key = settings.DATA_HASH_KEY.encode()
    text = b"mail:" + name.encode("utf-8", "replace")
    return hmac.new(key, text, hashlib.sha256).hexdigest()
