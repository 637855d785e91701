"""Mail to us: taken once, and handed to the door it is for (P3, P20, P21).

Other apps add doors when the application starts (`mail_doors.py`); the smaller place is
asked first. A door says what it did with a message, or "" if it is not for it.
What mail servers report goes to newsletter.actions.bounces; answers of machines go to
no door: nothing here may loop.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from newsletter.actions import bounces
from newsletter.models import InboundMail
from newsletter.naming import our_host
from newsletter.reading import LARGEST, Mail, Unreadable, read

__all__ = [
    "LARGEST",
    "Door",
    "Mail",
    "Unreadable",
    "our_host",
    "read",
    "register",
    "take",
]


@dataclass(frozen=True)
class Door:
    """Somebody who takes mail."""

    name: str
    take: Callable[[Mail], str]  # what it did, as "enquiry:E26-1234-5678", or ""
    place: int = 50  # in order of these


_doors: dict[str, Door] = {}


def register(door: Door) -> Door:
    """Add a door; its name must be new."""
    if door.name in _doors:
        raise ValueError(f"door {door.name} is registered twice")
    _doors[door.name] = door
    return door


def take(raw: bytes) -> str:
    """Take one message, once, whatever it holds; return what became of it.

    It and what a door makes of it are one transaction: a message is never half taken,
    and one that could not be taken may come again.
    """
    try:
        mail, name = read(raw)
    except Unreadable:
        mail, name = None, hashlib.sha256(raw).hexdigest()
    try:
        with transaction.atomic():
            row = InboundMail.objects.create(name_hash=_keyed(name))
            outcome = _through_a_door(mail) if mail else "unreadable"
            row.outcome = outcome[:60]
            row.save(update_fields=["outcome"])
    except IntegrityError:
        # Its own number was taken: the same message came before, or comes just now.
        if InboundMail.objects.filter(name_hash=_keyed(name)).exists():
            return "again"
        raise
    return outcome


def _through_a_door(mail: Mail) -> str:
    if mail.report:
        return bounces.take(mail.report)
    if mail.automatic:
        return "automatic"
    if not mail.sender:
        return "nobody"
    if mail.sender.lower().endswith(f"@{our_host()}"):
        return "ourselves"
    for door in sorted(_doors.values(), key=lambda one: (one.place, one.name)):
        done = door.take(mail)
        if done:
            return done
    return "no door"


def _keyed(name: str) -> str:
    """Return the keyed hash of a Message-ID, which may say who sent it and whence."""
    key = settings.DATA_HASH_KEY.encode()
    text = b"mail:" + name.encode("utf-8", "replace")
    return hmac.new(key, text, hashlib.sha256).hexdigest()
