"""The ways out that each letter carries: a page, one press, and an answer (P20, P43).

Signed, without an end: a letter is read years later, and must still let go. Nothing of
the person is in them but the keyed hash of the address.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.utils.http import int_to_base36

from newsletter.naming import LETTERS, our_host
from privacy import choices

SALT = "newsletter.leaving"
# Names no single list: of the letter that asks whether somebody wrote to us.
EVERY = "lists"
ONE_CLICK = "List-Unsubscribe=One-Click"  # RFC 8058, section 3.1
_HASH = re.compile(r"[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-z]{1,56}")
_MARK_BITS = 32


class BadLink(Exception):
    """The link, or the address, was not made here."""


@dataclass(frozen=True)
class Link:
    """Whom it is for, and by which list's letter it came."""

    subject: str
    question: str  # of choices.LISTS, or EVERY


def token(subject: str, question: str) -> str:
    """Return the token of a letter to one person about one list."""
    _known(question)
    return _signer().sign_object([subject, question], compress=True)


def read(text: str) -> Link:
    """Return what a token says; raises BadLink."""
    try:
        subject, question = _signer().unsign_object(text)
    except (signing.BadSignature, ValueError) as error:
        raise BadLink from error
    _known(question)
    return Link(subject, question)


def address(subject: str, question: str) -> str:
    """Return the whole address of the page of leaving, for a letter."""
    return f"{settings.SITE_URL}/newsletter/unsubscribe/{token(subject, question)}/"


def mailbox(subject: str) -> str:
    """Return the address that answers to a letter go to: it says whose letter it was.

    A local part has 64 characters, and servers may write them all small: so the hash
    stands there whole, with 32 bits of a signature, to the base of 36.
    """
    number = (int(subject, 16) << _MARK_BITS) | _mark(subject)
    return f"{LETTERS}+{int_to_base36(number)}@{our_host()}"


def named_by(mailboxes: tuple[str, ...]) -> str:
    """Return whose letter is answered, by where the answer went; "" if none is."""
    for one in mailboxes:
        box, _, host = one.lower().partition("@")
        name, _, short = box.partition("+")
        if name == LETTERS and host == our_host() and _SHORT.fullmatch(short):
            number = int(short, 36)
            subject = f"{number >> _MARK_BITS:064x}"
            mark = number & ((1 << _MARK_BITS) - 1)
            if _HASH.fullmatch(subject) and mark == _mark(subject):
                return subject
    return ""


def headers(subject: str, question: str) -> dict[str, str]:
    """Return what each letter to a list carries: RFC 2369, RFC 8058, and P20."""
    box = mailbox(subject)
    page = address(subject, question)
    return {
        "List-Unsubscribe": f"<{page}>, <mailto:{box}?subject=unsubscribe>",
        "List-Unsubscribe-Post": ONE_CLICK,
        "Reply-To": box,
    }


def _known(question: str) -> None:
    if question != EVERY and question not in choices.LISTS:
        raise BadLink(question)


def _mark(subject: str) -> int:
    key = settings.DATA_HASH_KEY.encode()
    made = hmac.new(key, f"{SALT}:{subject}".encode(), hashlib.sha256).digest()
    return int.from_bytes(made[: _MARK_BITS // 8])


def _signer() -> signing.Signer:
    # The key of the hashes: a new SECRET_KEY must not end the links in people's mail.
    return signing.Signer(key=settings.DATA_HASH_KEY, salt=SALT)
