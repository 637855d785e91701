"""Who at the shop looked at a person's data: role, when and why, never a name (C16).

The ledger keeps the number of the account of whoever looked, for those who must answer
for it; the person concerned reads the role.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from jessops.lib.clock import in_london
from privacy import grounds, look_alarm, look_chain
from privacy.models import Look

# Why a page is opened, by the page; what is not in here is shown as it was written.
WHY = {
    "order": "To look after your order",
    "dispatch": "To pack and send your parcel",
    "payment": "To look after a payment",
    "account": "To look after your account",
    "newsletter": "To look after the newsletter",
    "message": "To see why a message did not reach you",
    "enquiry": "To answer your enquiry",
    "request": "To carry out a request about your data",
    "contest": "To award the prize that you won",
    "club": "To look after the list of clubs",
    "law": "To carry out what the law demands",
}


@dataclass(frozen=True)
class Seen:
    """One look as the person concerned reads it."""

    role: str
    why: str
    about: str  # the matter, such as order:J26-4812-0751
    at: datetime

    @property
    def when(self) -> str:
        """The moment on a UK clock, as customers read it."""
        return f"{in_london(self.at):%-d %b %Y, %H:%M}"


def record(
    *,
    staff: int,
    role: str,
    subject: str,
    about: str,
    why: str,
    ground: str = "",
    fields: Iterable[str] = (),
) -> Look:
    """Write down that somebody's data was opened, before it is shown.

    In: the primary key of the account that looks, its role in words, the keyed hash of
    the person looked at, the matter such as "order:J26-4812-0751", a code of WHY, what
    led there (privacy.grounds), and the columns that are shown.
    """
    look = Look(staff=staff, role=role, subject=subject, about=about, why=why)
    look.ground, look.fields = ground, sorted(fields)
    with transaction.atomic():
        look_chain.add(look)
        look_alarm.watch(look)
    return look


def told(row: Look) -> str:
    """Return why somebody looked, as the person concerned reads it."""
    why, ground = WHY.get(row.why, row.why), grounds.TOLD.get(row.ground, "")
    return f"{why} ({ground})" if ground else why


def role_of(user: Any) -> str:
    """Return what somebody is at the shop, in a word: a group, never a name."""
    if user.is_superuser:
        return "Administrator"
    groups = user.groups.order_by("name").values_list("name", flat=True)
    return ", ".join(groups)[:60] or "Staff"


def of(subject: str) -> list[Seen]:
    """Return every look at one person's data, newest first."""
    return [
        Seen(role=row.role, why=told(row), about=row.about, at=row.at)
        for row in Look.objects.filter(subject=subject).order_by("-at", "-id")
    ]
