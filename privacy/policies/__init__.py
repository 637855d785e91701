"""The privacy policy: one Markdown file for each version, and when each is in force.

The file is the draft; a version counts from the day that its published row says.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from privacy.models import PolicyVersion

FOLDER = Path(__file__).parent
# Seconds for which a process believes what it read: the policy is asked for often, and
# a new version is published days before it is in force.
BELIEVED_FOR = 10.0


@dataclass(frozen=True)
class Published:
    """One published version on the time line."""

    number: int
    in_force_from: datetime  # UTC


_read: tuple[float, tuple[Published, ...]] | None = None
# Published rows never change, so a process keeps those it has read.
_rows: dict[int, PolicyVersion] = {}


def timeline() -> tuple[Published, ...]:
    """Return all published versions, oldest first; read at most every ten seconds."""
    global _read
    now = time.monotonic()
    if _read is None or now - _read[0] > BELIEVED_FOR:
        rows = PolicyVersion.objects.order_by("number").values_list(
            "number", "in_force_from"
        )
        _read = now, tuple(Published(*row) for row in rows)
    return _read[1]


def row(version: int) -> PolicyVersion:
    """Return the published row of a version; raises PolicyVersion.DoesNotExist."""
    found = _rows.get(version)
    if found is None:
        found = _rows[version] = PolicyVersion.objects.get(number=version)
    return found


def forget() -> None:
    """Read everything anew at the next question: something was published."""
    global _read
    _read = None
    _rows.clear()


def current_version(at: datetime | None = None) -> int:
    """Return the number of the version in force at a moment (UTC; now by default)."""
    moment = at or timezone.now()
    numbers = [one.number for one in timeline() if one.in_force_from <= moment]
    return max(numbers, default=1)


def coming() -> Published | None:
    """Return the next version that is published and not yet in force, or None."""
    now = timezone.now()
    later = [one for one in timeline() if one.in_force_from > now]
    return min(later, key=lambda one: one.in_force_from, default=None)
