"""One message goes to one mailbox: the strict reading of an address (R21)."""

import re


class BadRecipient(ValueError):
    """Not exactly one plain e-mail address."""


# Narrower than RFC 5321 on purpose: no quotes, comments, display names or lists, since
# what a mail server would make of those is not ours to guess.
_LOCAL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z"
)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")


def one_address(text: str) -> str:
    """Return the one address in `text`, its domain in ASCII, or raise BadRecipient.

    Nothing is trimmed or repaired: an address with a line end, a comma, a space or a
    second @ in it is refused, and the message of the error does not repeat it.
    """
    local, at, domain = text.partition("@")
    if not at or len(local) > 64 or not _LOCAL.match(local):
        raise BadRecipient("not one plain e-mail address")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadRecipient("not a domain that mail can reach") from None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.match(label) for label in labels):
        raise BadRecipient("not a domain that mail can reach")
    if labels[-1].isdigit() or len(local) + len(domain) > 253:
        raise BadRecipient("not a domain that mail can reach")
    return f"{local}@{domain}"
