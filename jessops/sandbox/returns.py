"""What comes back to the shop's mailbox by itself: a bounce, a complaint.

A recipient whose local part is `bounce` or `complain` (or begins with one of them and
one of `.`, `+`, `-`, `_`) takes the letter, and then its server reports.
"""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

COMING_BACK = re.compile(r"(bounce|complain)(?:[.+_-].*)?@.*", re.IGNORECASE)
SERVER = "mail.stand-in"


def manner(recipient: str) -> str:
    """What its server will do: "bounce", "complain" or nothing."""
    found = COMING_BACK.fullmatch(recipient)
    return found[1].lower() if found else ""


def report(letter: bytes, sender: str, recipient: str) -> bytes:
    """The report on a letter, as the recipient's server sends it to its sender."""
    heads = letter.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n"
    if manner(recipient) == "complain":
        return _complaint(heads, sender, recipient)
    return _bounce(heads, sender, recipient)


def _bounce(heads: bytes, sender: str, recipient: str) -> bytes:
    fields = (
        f"Reporting-MTA: dns; {SERVER}\n\n"
        f"Final-Recipient: rfc822; {recipient}\n"
        "Action: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such mailbox here\n"
    )
    words = "Your letter could not be delivered: there is no such mailbox.\n"
    head = _head("Undelivered Mail Returned to Sender", sender)
    kinds = ("delivery-status", "message/delivery-status", "text/rfc822-headers")
    return _parts(head, words, fields, heads, kinds)


def _complaint(heads: bytes, sender: str, recipient: str) -> bytes:
    fields = (
        "Feedback-Type: abuse\nUser-Agent: stand-in/1\nVersion: 1\n"
        f"Original-Mail-From: <{sender}>\n"
        f"Arrival-Date: {format_datetime(datetime.now(UTC))}\n"
    )
    words = "This is a report of a letter that its reader marked as spam.\n"
    head = _head("Complaint about a letter", sender)
    kinds = ("feedback-report", "message/feedback-report", "text/rfc822-headers")
    return _parts(head, words, fields, heads, kinds)


def _head(subject: str, to: str) -> EmailMessage:
    head = EmailMessage()
    head["Return-Path"] = "<>"
    head["From"] = f"MAILER-DAEMON@{SERVER}"
    head["To"] = to
    head["Subject"] = subject
    head["Date"] = format_datetime(datetime.now(UTC))
    head["Message-ID"] = make_msgid(domain=SERVER)
    head["Auto-Submitted"] = "auto-replied"
    return head


def _parts(
    head: EmailMessage,
    words: str,
    fields: str,
    heads: bytes,
    kinds: tuple[str, str, str],
) -> bytes:
    says, second, third = kinds
    boundary = "returned-by-the-stand-in"
    kind = f'multipart/report; report-type={says}; boundary="{boundary}"'
    head["MIME-Version"] = "1.0"
    lines = [bytes(head).rstrip(b"\n"), f"Content-Type: {kind}".encode(), b""]
    parts = (("text/plain", words.encode()), (second, fields.encode()), (third, heads))
    for kind, content in parts:
        lines += [f"--{boundary}".encode(), f"Content-Type: {kind}".encode(), b""]
        lines.append(content)
    lines.append(f"--{boundary}--".encode() + b"\n")
    return b"\n".join(lines)
