"""By which of our letters something came back: its number, wherever a server puts it.

A letter's number is a random UUID that only its reader and the servers on its way
have seen. So what names one needs no signature, and what names none is not believed.
"""

import re
from uuid import UUID

from django.conf import settings

from newsletter.models import Message

LETTERS = "letters"  # our mailbox for answers to letters, with a token behind a +
RETURNS = "bounces"  # our mailbox for what cannot be delivered
ABUSE = "abuse"  # our mailbox for complaints (RFC 2142)
_NUMBER = re.compile(
    # bounces+<number> in an address, outbox-<number> in a Message-ID; some servers
    # write = for +, as they do in addresses of their own
    r"bounces(?:\+|=)([0-9a-f]{32})(?:@|=)"
    r"|outbox-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@",
    re.IGNORECASE,
)


def our_host() -> str:
    """Return the domain that our own mailboxes are in."""
    return str(settings.COMPANY["email"]).rpartition("@")[2].lower()


def return_path(message: Message) -> str:
    """Return the address that a server sends a letter back to: it names the letter."""
    return f"{RETURNS}+{message.pk.hex}@{our_host()}"


def named_in(text: str) -> UUID | None:
    """Return the number of the first letter of ours that a text names."""
    found = _NUMBER.search(text)
    return UUID(found[1] or found[2]) if found else None
