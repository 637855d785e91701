"""How this layer sends mail: through the outbox above it, which registers itself.

Everything about mail is newsletter.outbox's; this only spares an import upwards.
"""

from collections.abc import Mapping
from typing import Protocol


class NoPost(Exception):
    """No outbox has registered itself: nothing can be sent, and nothing is lost."""


class Queue(Protocol):
    """What newsletter.outbox.queue looks like from here."""

    def __call__(
        self,
        *,
        message_class: str,
        to: str,
        subject: str,
        text: str,
        html: str = "",
        about: str = "",
        key: str,
        headers: Mapping[str, str] | None = None,
    ) -> object: ...


_outbox: Queue | None = None


def register(outbox: Queue) -> None:
    """Take the outbox that `queue` hands messages to."""
    global _outbox
    _outbox = outbox


def queue(
    *,
    message_class: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    about: str = "",
    key: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Put one message in the outbox, in the caller's transaction, once for each key.

    Classes: "change" (a question about a new use of data), "legal" (what the law
    makes us tell a person) and "staff" (an alarm, to settings.COMPANY["email"] only).
    Raises NoPost, and what newsletter.outbox.queue raises.
    """
    if _outbox is None:
        raise NoPost(message_class)
    _outbox(
        message_class=message_class,
        to=to,
        subject=subject,
        text=text,
        html=html,
        about=about,
        key=key,
        headers=headers,
    )
