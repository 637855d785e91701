"""How this layer sends mail: through the outbox above it, which registers itself.

Everything about mail is newsletter.outbox's; this only spares an import upwards.
"""

from collections.abc import Iterable, Mapping
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


class Known(Protocol):
    """What newsletter.outbox.known looks like from here."""

    def __call__(self, keys: Iterable[str]) -> set[str]: ...


_outbox: Queue | None = None
_known: Known | None = None


def register(outbox: Queue, known: Known) -> None:
    """Take the outbox that `queue` hands messages to, and its memory of keys."""
    global _outbox, _known
    _outbox, _known = outbox, known


def known(keys: Iterable[str]) -> set[str]:
    """Return which of some keys name a message that was queued already."""
    if _known is None:
        raise NoPost("known")
    return _known(keys)


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
    makes us tell a person) and "staff" (an alarm, to our own mailboxes only).
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
