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


_read_at: float | None = None
# Published rows never change, so a process keeps those it has read.
_rows: dict[int, PolicyVersion] = {}


def timeline() -> tuple[Published, ...]:
    """Return all published versions, oldest first; read at most every ten seconds."""
    return tuple(Published(one.number, one.in_force_from) for one in rows())


def rows() -> list[PolicyVersion]:
    """Return all published rows, oldest first. Not to be changed: they are shared."""
    global _read_at
    now = time.monotonic()
    if _read_at is None or now - _read_at > BELIEVED_FOR:
        for new in PolicyVersion.objects.exclude(number__in=list(_rows)):
            _rows[new.number] = new
        _read_at = now
    return [_rows[number] for number in sorted(_rows)]


def row(version: int) -> PolicyVersion:
    """Return the published row of a version; raises PolicyVersion.DoesNotExist."""
    rows()
    try:
        return _rows[version]
    except KeyError:
        raise PolicyVersion.DoesNotExist(f"no version {version}") from None


def forget() -> None:
    """Read everything anew at the next question: something was published."""
    global _read_at
    _read_at = None
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
