"""Messages damaged at random, and read: what the fuzz of the inbound parser does."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from newsletter.leaving_words import asks_to_leave
from newsletter.reading import Unreadable, read

MAILS = sorted((Path(__file__).parent / "mails").glob("*.eml"))

SLOWEST = 2.0  # seconds that reading one message may take
PIECES = (
    *(b"=?utf-8?B?/w==?=", b"=?x-none?Q?=FF?=", b"=?utf-8?q?", b"?=", b"\x00", b"\xff"),
    *(b"\r\n", b"\n", b"\r", b"\n\n", b" ", b"\t", b"<", b">", b"(", b")", b'"', b"@"),
    *(b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",),
    *(b"Content-Type: message/rfc822\n\n", b"Content-Type: message/delivery-status\n"),
    *(
        b"Content-Type: text/html; charset=\xff\n",
        b"Content-Transfer-Encoding: base64\n",
    ),
    *(
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"begin 644 a\n",
        b"--b\n",
        b"--b--\n",
    ),
    *(b"From: a@b.example, c@d.example\n", b"Subject: unsubscribe\n", b"To: <<>>\n"),
    *(
        b"Status: 5.1.1\n",
        b"Action: failed\n",
        b"Feedback-Type: abuse\n",
        b"charset*0*=",
    ),
    *(
        b"bounces+5f0c3d529a414d0e8b672c1e7f90ab34@jessops.example",
        b"9" * 400,
        b"a" * 999,
    ),
)


def damaged(chance: random.Random, mails: list[bytes]) -> bytes:
    """One message with up to a dozen wounds, some of them pieces of another."""
    raw = bytearray(chance.choice(mails))
    for _ in range(chance.randint(1, 12)):
        chance.choice(WOUNDS)(chance, raw, mails)
    return bytes(raw[: 256 * 1024])


def _flip(chance: random.Random, raw: bytearray, mails: list[bytes]) -> None:
    for _ in range(chance.randint(1, 8)):
        if raw:
            raw[chance.randrange(len(raw))] = chance.randrange(256)


def _cut(chance: random.Random, raw: bytearray, mails: list[bytes]) -> None:
    at = chance.randint(0, len(raw))
    del raw[at : at + chance.choice((1, 2, 10, 100, 1000))]


def _double(chance: random.Random, raw: bytearray, mails: list[bytes]) -> None:
    at = chance.randint(0, len(raw))
    piece = raw[at : at + chance.choice((1, 10, 100, 1000))]
    raw[at:at] = piece * chance.choice((1, 2, 50))


def _add(chance: random.Random, raw: bytearray, mails: list[bytes]) -> None:
    at = chance.randint(0, len(raw))
    raw[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 1, 30))


def _mix(chance: random.Random, raw: bytearray, mails: list[bytes]) -> None:
    other = chance.choice(mails)
    at, start = chance.randint(0, len(raw)), chance.randint(0, len(other))
    raw[at:at] = other[start : start + chance.choice((20, 200, 4000))]


def _head(chance: random.Random, raw: bytearray, mails: list[bytes]) -> None:
    raw[0:0] = chance.choice(PIECES)


WOUNDS: tuple[Callable[[random.Random, bytearray, list[bytes]], None], ...] = (
    *(_flip, _cut, _double, _add, _mix, _head),
)


def look(raw: bytes) -> bool:
    """Read one message; say whether anything could be made of it. Raises if not so."""
    began = time.monotonic()
    try:
        mail, number = read(raw)
    except Unreadable:
        return False
    asks_to_leave(mail)
    assert time.monotonic() - began < SLOWEST
    assert number
    for line in (mail.sender, mail.sender_name, mail.subject, *mail.to):
        assert line.isprintable(), line
    assert "\0" not in mail.text
    assert len(mail.text) <= 20_000
    for text in (number, mail.subject, mail.text, mail.sender_name, *mail.to):
        text.encode()  # no half of a character, which the database refuses
    return True


def fuzz(seconds: float, seed: int) -> tuple[int, int]:
    """Damage and read for so long; how many were read, and how many could not be."""
    chance = random.Random(seed)  # noqa: S311
    mails = [path.read_bytes() for path in MAILS]
    good = bad = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        raw = damaged(chance, mails)
        try:
            if look(raw):
                good += 1
            else:
                bad += 1
        except Exception as error:
            error.add_note(f"seed {seed}, message {good + bad}: {raw[:400]!r}")
            raise
    return good, bad
