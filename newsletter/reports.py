"""What mail servers report: letters that came back, and readers who complained.

Delivery reports are those of RFC 3464, and the plain words of servers older than it;
complaints are those of RFC 5965, and a letter of ours sent to our abuse mailbox. Only
codes are taken from a report: a server's words repeat the address.
"""

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from uuid import UUID

from newsletter.models import Bounce
from newsletter.naming import ABUSE, named_in, our_host

LONGEST = 20_000  # characters read of each part
_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.-])(5[05][0-4])(?=[\s-])")
# Five hundreds that say nothing against the mailbox: it is full, or the letter is too
# long, or a filter did not like it, or the network did not find a way.
_PASSING = ("5.2.2", "5.2.3", "5.3.", "5.4.6", "5.4.7", "5.6.", "5.7.")
_NO_MAILBOX = ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4")
_WORDS = re.compile(
    r"user unknown|unknown user|unknown local part|no such (?:user|mailbox|recipient)"
    r"|no mailbox here|mailbox (?:unavailable|not found|disabled|does not exist)"
    r"|does(?: not|n't) exist|unrout(?:e?)able address|recipient address rejected"
    r"|(?:address|account|recipient) (?:has been |is |was )?(?:disabled|not found)"
    r"|invalid (?:recipient|mailbox)|not our customer",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"could not be delivered|couldn't be delivered|undeliverable|delivery (?:to the"
    r" following|has failed|failed)|unable to deliver|returned to sender|giving up on",
    re.IGNORECASE,
)
# Feedback that is no complaint: "this is no spam", and what DMARC says of signatures.
_NO_COMPLAINT = frozenset({"not-spam", "auth-failure"})
_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "References")
Part = Message


@dataclass(frozen=True)
class Report:
    """What a server says of one letter of ours."""

    letter: UUID | None  # None: it names none of ours
    kind: str  # a Bounce.Kind; "" where nothing is lost, such as a delay
    status: str  # RFC 3463, or ""
    source: str  # a Bounce.Source


def read(message: "Part[str, str]", parts: Sequence["Part[str, str]"]) -> Report | None:
    """Return what a message reports, or None if it is no report."""
    says = str(message.get_param("report-type", "")).lower()
    # its own parts: a report that somebody sends on, as an attachment, is their words
    types = {part.get_content_type() for part in _own_parts(message)}
    if says == "feedback-report" or "message/feedback-report" in types:
        return _complaint(message)
    if types & {"message/delivery-status", "message/global-delivery-status"}:
        return _delivery(message)
    if _is_to(message, ABUSE):
        letter = named_in(_returned(message))
        return _complained(letter) if letter else None
    return _plain_words(message, parts) if _came_back(message) else None


def _own_parts(message: "Part[str, str]") -> list["Part[str, str]"]:
    payload = message.get_payload()
    if not isinstance(payload, list) or message.get_content_maintype() != "multipart":
        return []
    return [part for part in payload if isinstance(part, Message)]


def classify(status: str, words: str) -> str:
    """Say what a refusal for good means: HARD only if there is no such mailbox."""
    if status.startswith("4") or status.startswith(_PASSING):
        return Bounce.Kind.SOFT
    if status in _NO_MAILBOX or _WORDS.search(words):
        return Bounce.Kind.HARD
    return Bounce.Kind.SOFT


def _delivery(message: "Part[str, str]") -> Report:
    letter = _letter(message)
    said = ""
    for fields in _fields(message, "delivery-status"):
        action = fields.get("action", "").split(" ")[0].strip().lower()
        status = _status(fields)
        if action == "failed" or (not action and status.startswith("5")):
            words = fields.get("diagnostic-code", "")
            kind = classify(status, words)
            return Report(letter, kind, status, Bounce.Source.REPORT)
        said = status or said
    return Report(letter, "", said, Bounce.Source.REPORT)


def _status(fields: dict[str, str]) -> str:
    """The exact code: a server's own one says more than the 5.0.0 of who reports it."""
    stated = code_in(fields.get("status", ""))
    if stated and not stated.endswith(".0.0"):
        return stated
    return code_in(fields.get("diagnostic-code", "")) or stated


def code_in(text: str) -> str:
    """Return the first code of RFC 3463 in a text, such as 5.1.1, or ""."""
    found = _CODE.search(text[:LONGEST])
    return found[0] if found else ""


def _complaint(message: "Part[str, str]") -> Report:
    letter = _letter(message)
    for fields in _fields(message, "feedback-report"):
        if fields.get("feedback-type", "").strip().lower() in _NO_COMPLAINT:
            return Report(letter, "", "", Bounce.Source.LOOP)
    return _complained(letter)


def _complained(letter: UUID | None) -> Report:
    return Report(letter, Bounce.Kind.COMPLAINT, "", Bounce.Source.LOOP)


def _came_back(message: "Part[str, str]") -> bool:
    """Say whether a server wrote it because a letter came back.

    An answer of somebody on holiday goes to the same address, and is no bounce.
    """
    auto = str(message.get("Auto-Submitted", "")).strip().lower()
    sender = str(message.get("From", "")).lower()
    machine = "mailer-daemon" in sender or "postmaster" in sender
    returned = str(message.get("Return-Path", "")).strip() == "<>"
    return not auto.startswith("auto-replied") and (
        machine or (returned and "X-Failed-Recipients" in message)
    )


def _plain_words(
    message: "Part[str, str]", parts: Sequence["Part[str, str]"]
) -> Report | None:
    """A report of before RFC 3464, such as those of qmail and of Exim."""
    words = next(
        (_text(one) for one in parts if one.get_content_type() == "text/plain"), ""
    )
    # what follows is the letter itself, whose own words say nothing
    words = re.split(r"-{3,} ?(?:Below|This is a copy|Original)", words)[0]
    reply = _REPLY.search(words)
    status = code_in(words)
    if not (status or reply or _GIVEN_UP.search(words) or _WORDS.search(words)):
        return None
    kind = classify(status or ("5.0.0" if reply else ""), words)
    return Report(_letter(message), kind, status, Bounce.Source.REPORT)


def _letter(message: "Part[str, str]") -> UUID | None:
    """The letter: by the address it came back to, or by what came back."""
    heads = " ".join(
        str(value)[:LONGEST]
        for name in (*_HEADERS, "In-Reply-To")
        for value in message.get_all(name, [])[:20]
    )
    return named_in(heads) or named_in(_returned(message))


def _returned(message: "Part[str, str]") -> str:
    """All that a report has inside: its fields, the letter's headers, its words."""
    return "\n".join(_everything(message))


def _everything(message: "Part[str, str]") -> Iterator[str]:
    for number, part in enumerate(message.walk()):
        if number >= 50:
            return
        if number:
            yield from (f"{name}: {value}"[:2_000] for name, value in part.items())
        if not part.is_multipart():
            yield _text(part)


def _is_to(message: "Part[str, str]", box: str) -> bool:
    wanted = f"{box}@{our_host()}"
    return any(
        wanted in str(value)[:LONGEST].lower()
        for name in ("To", "Delivered-To")
        for value in message.get_all(name, [])[:20]
    )


def _fields(message: "Part[str, str]", kind: str) -> Iterator[dict[str, str]]:
    """The blocks of "Name: value" lines of a report's machine-readable part."""
    for part in message.walk():
        if not part.get_content_type().endswith(kind):
            continue
        if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
            yield from _blocks(_unpacked(part))
            continue
        # The standard library reads some of these parts as messages, others as text.
        for piece in part.walk():
            if piece is not part and piece.items():
                yield {name.lower(): str(value) for name, value in piece.items()}
            if not piece.is_multipart():
                yield from _blocks(_text(piece))


def _unpacked(part: "Part[str, str]") -> str:
    """A part that says in base64 what others say in lines, as Exchange does."""
    pieces = (one.get_payload() for one in part.walk() if not one.is_multipart())
    packed = "".join(str(piece) for piece in pieces)[: LONGEST * 2]
    try:
        said = a2b_base64(packed.encode("ascii", "replace"))
    except BinasciiError:
        return ""
    return said.decode("latin-1").replace("\r\n", "\n")


def _blocks(text: str) -> Iterator[dict[str, str]]:
    for block in re.split(r"\n[ \t]*\n", text):
        unfolded = re.sub(r"\n[ \t]+", " ", block)
        lines = (line.partition(":") for line in unfolded.split("\n"))
        found = {name.strip().lower(): value.strip() for name, c, value in lines if c}
        if found:
            yield found


def _text(part: "Part[str, str]") -> str:
    """A part's text, whatever it is encoded in; only codes are looked for in it."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return payload[: LONGEST * 4].decode("latin-1").replace("\r\n", "\n")[:LONGEST]
