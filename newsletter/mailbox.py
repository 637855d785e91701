"""Our mailbox, fetched by IMAP: where no server posts to us what people write.

A message is taken first and deleted then: a fetcher that is killed between the two
takes it again, and inbound.take knows it by its number. What cannot be taken stays in
the mailbox, flagged for people to look at, and keeps nothing else from being taken.
"""

import imaplib
import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from newsletter import inbound
from privacy.keys import KeyStoreAway

log = logging.getLogger(__name__)

TIMEOUT = 10  # seconds, for each step of the conversation
AT_ONCE = 20  # messages that are deleted together
FLAG = r"\Flagged"
WAITING = "UNDELETED UNFLAGGED"
BROKEN = (ImapToolsError, imaplib.IMAP4.error, OSError)
LEFT_BEHIND = "UNDELETED FLAGGED"


class MailboxAway(Exception):
    """There is no conversation with the mailbox; a word why, without its password."""


@dataclass(frozen=True)
class Fetched:
    """What one look into the mailbox brought."""

    taken: int
    flagged: int  # could not be taken: a person has to look


def fetch(
    *, at_most: int = 500, seconds: float = 40, criteria: str = WAITING
) -> Fetched:
    """Take what waits in the mailbox, oldest first; nothing where none is configured.

    Raises MailboxAway, and what the database raises when it is away: then whatever is
    not taken yet stays there for the next time.
    """
    if not settings.INBOX_URL:
        return Fetched(0, 0)
    end = time.monotonic() + seconds
    taken = flagged = 0
    with _conversation() as box:
        done: list[str] = []
        try:
            for uid in sorted(box.uids(criteria, charset=None), key=int)[:at_most]:
                if time.monotonic() > end:
                    break
                if _take(box, uid):
                    done.append(uid)
                    taken += 1
                else:
                    box.flag([uid], FLAG, True)
                    flagged += 1
                if len(done) >= AT_ONCE:
                    box.delete(done)
                    done = []
        finally:
            box.delete(done)
    return Fetched(taken, flagged)


def _take(box: BaseMailBox, uid: str) -> bool:
    """Take one message; False if somebody has to look at it."""
    if _size(box, uid) > inbound.LARGEST:
        log.warning("a message to us is too large", extra={"uid": uid})
        return False
    raw = _raw(box, uid)
    if raw is None:
        return True  # somebody else deleted it meanwhile
    try:
        outcome = inbound.take(raw)
    except (OperationalError, InterfaceError, KeyStoreAway):
        raise  # nothing is wrong with the message
    except Exception as error:
        # One message that a door trips over must not keep out all that came after it.
        log.exception(
            "a message to us was not taken",
            exc_info=False,
            extra={"uid": uid, "reason": type(error).__name__},
        )
        return False
    return outcome != "unreadable"


def _size(box: BaseMailBox, uid: str) -> int:
    answer = box.client.uid("FETCH", uid, "(RFC822.SIZE)")[1]
    text = answer[0] if answer and isinstance(answer[0], bytes) else b""
    number = text.partition(b"RFC822.SIZE ")[2].rstrip(b")").split(b" ")[0]
    return int(number) if number.isdigit() else 0


def _raw(box: BaseMailBox, uid: str) -> bytes | None:
    """The message byte by byte, not marked as read."""
    answer = box.client.uid("FETCH", uid, "(BODY.PEEK[])")[1]
    found = next((part for part in answer if isinstance(part, tuple)), None)
    return bytes(found[1]) if found else None


@contextmanager
def _conversation() -> Iterator[BaseMailBox]:
    """A mailbox that is signed in to and open."""
    parts = urlsplit(settings.INBOX_URL)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    folder = unquote(parts.path.lstrip("/")) or "INBOX"
    try:
        box = _connected(parts.scheme, parts.hostname or "", parts.port)
        try:
            box.login(user, password, initial_folder=folder)
            yield box
        finally:
            _leave(box)
    except BROKEN as error:
        # The name alone: what a server says may repeat the user or a message.
        raise MailboxAway(type(error).__name__) from None


def _leave(box: BaseMailBox) -> None:
    """Close the line, with a good-bye if it still hears one: nothing hangs on that."""
    with suppress(*BROKEN):
        box.logout()
    with suppress(OSError):
        # The library leaves it open after a conversation that broke.
        box.client.shutdown()


def _connected(scheme: str, host: str, port: int | None) -> BaseMailBox:
    if scheme == "imap":
        return MailBoxUnencrypted(host, port or 143, timeout=TIMEOUT)
    # The library's own default does not look at the certificate.
    trust = ssl.create_default_context()
    return MailBox(host, port or 993, timeout=TIMEOUT, ssl_context=trust)
