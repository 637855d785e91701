"""Does our own mail provider vouch for who a message says it is from (RFC 8601)?

Anybody can write an Authentication-Results of their own. So one is believed only where
the operator has named the provider (MAIL_AUTHSERV_ID), which must stamp every message
and take out what others wrote in its name (RFC 8601, section 5): and then only the
topmost, as every server writes above what it was handed. Whatever reads oddly counts as
no word at all: then the mailbox is asked.
"""

import re
from email.message import Message

from django.conf import settings

HEADER = "authentication-results"
LONGEST = 4_000
# A quoted string may hold what a sender chose, with a semicolon in it.
_ODD = re.compile(r"[\"\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INNERMOST = re.compile(r"\([^()]*\)")
MOST_COMMENTS = 5  # within one another


def vouched(message: "Message[str, str]", sender: str) -> bool:
    """Say whether our provider found the message to be of its sender's own domain.

    In: the one plain address that it says it is from, or "".
    """
    ours = settings.MAIL_AUTHSERV_ID.strip().lower()
    if not ours or not sender or len(message.get_all("From", [])) != 1:
        return False
    server, *results = _parts(_topmost(message))
    if server.split()[:1] != [ours]:
        return False
    return any(_is_for(result.split(), sender.lower()) for result in results)


def _topmost(message: "Message[str, str]") -> str:
    for name, value in message.raw_items():
        if name.lower() == HEADER:
            return str(value)
    return ""


def _parts(value: str) -> list[str]:
    """Return who says it and each result, in small letters; [""] of what is odd."""
    if len(value) > LONGEST or _ODD.search(value) or not value.isascii():
        return [""]
    text = value.lower()
    for _ in range(MOST_COMMENTS):
        text = _INNERMOST.sub(" ", text)
    if "(" in text or ")" in text:
        return [""]
    return [part.strip() for part in text.split(";")]


def _is_for(words: list[str], sender: str) -> bool:
    """Say whether one result passes, of the very domain (strict, RFC 7489, 3.1)."""
    if not words:
        return False
    found = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    domain = sender.rpartition("@")[2]
    return {
        "dmarc=pass": found.get("header.from") == domain,
        "dkim=pass": found.get("header.d") == domain
        or found.get("header.i", "").rpartition("@")[2] == domain,
        # of a domain that many share, the server alone says little: the whole address
        "spf=pass": found.get("smtp.mailfrom") == sender,
    }.get(words[0], False)
