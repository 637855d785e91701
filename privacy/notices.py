"""What every page must say at its top for a while: a policy to come, a sale (P65, P99).

A notice of the policy stands from publication until the version is in force, in the
places of PLACES; a source that an app registers (a sale of the business) stands on
every page. Read by a process at most every ten seconds. Showings are counted by day
and place, never by person.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import Error, connection, transaction
from django.utils import timezone

from jessops.lib.clock import in_london, long_date
from privacy import policies
from privacy.models import ClauseChange

log = logging.getLogger(__name__)

HOME, CHECKOUT, ACCOUNT = "home", "checkout", "account"
POLICY = "policy"  # the policy's own page, which shows what changes beside it
# Where the notice of a coming policy stands, by how the page's address begins.
PLACES = {
    "/checkout/": CHECKOUT,
    "/orders/": CHECKOUT,
    "/members/": ACCOUNT,
    "/accounts/": ACCOUNT,
}
BELIEVED_FOR = 10.0  # seconds
FLUSH_AFTER = 30.0  # seconds; a killed process loses at most these showings


@dataclass(frozen=True)
class Notice:
    """One bar at the top of a page; `version` is set on a policy's."""

    kind: str  # "policy" or "transition"
    title: str
    text: str
    url: str
    link: str  # the words of the link
    version: int = 0


Source = Callable[[], Notice | None]
_sources: list[Source] = []
_read: tuple[float, tuple[Notice, ...], Notice | None] | None = None
_counted: Counter[tuple[int, str, date]] = Counter()
_flushed_at = 0.0
_lock = threading.Lock()


def register(source: Source) -> Source:
    """Add a source of notices for every page."""
    if source not in _sources:
        _sources.append(source)
    return source


def place_of(path: str) -> str:
    """Return the place that a page's address belongs to, or "" for any other."""
    if path == "/":
        return HOME
    return next((name for start, name in PLACES.items() if path.startswith(start)), "")


def bars(place: str) -> list[Notice]:
    """Return the notices for a page of a place, the more pressing first."""
    shown = list(_current()[0])
    if place and (policy := of_policy(place)):
        shown.append(policy)
    return shown


def of_policy(place: str) -> Notice | None:
    """Return the notice of a coming policy, and count that a place shows it."""
    policy = _current()[1]
    if policy:
        _count(policy.version, place)
    return policy


def forget() -> None:
    """Read everything anew at the next question: something was announced."""
    global _read
    _read = None


def policy_notice() -> Notice | None:
    """Return the notice of the version to come, or None."""
    coming = policies.coming()
    if coming is None:
        return None
    day = in_london(coming.in_force_from).date()
    kinds = set(
        ClauseChange.objects.filter(version=coming.number).values_list(
            "kind", flat=True
        )
    )
    text = "What you gave us before then stays under the policy you gave it under"
    if ClauseChange.Kind.HELD in kinds:
        text += ", unless you agree to the new one"
    if kinds == {ClauseChange.Kind.EDITORIAL}:
        text = "Only its wording changes; what we do stays the same"
    return Notice(
        kind="policy",
        title=f"Our privacy policy changes on {long_date(day)} {day.year}.",
        text=f"{text}.",
        url=f"/privacy/compare/{policies.current_version()}/{coming.number}/",
        link="What changes",
        version=coming.number,
    )


def flush() -> None:
    """Add what this process counted to the table. Kept for later if that fails."""
    global _flushed_at
    with _lock:
        counted = Counter(_counted)
        _counted.clear()
        _flushed_at = time.monotonic()
    if not counted:
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO privacy_noticecount (version, place, day, shown)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT (version, place, day)"
                " DO UPDATE SET shown = privacy_noticecount.shown + excluded.shown",
                [(*key, number) for key, number in sorted(counted.items())],
            )
    except Error as error:
        log.warning("showings not counted", extra={"reason": type(error).__name__})
        with _lock:
            _counted.update(counted)


def _current() -> tuple[tuple[Notice, ...], Notice | None]:
    """Return the notices of every page, and the policy's."""
    global _read
    now = time.monotonic()
    if _read is None or now - _read[0] > BELIEVED_FOR:
        try:
            found = tuple(filter(None, [source() for source in _sources]))
            _read = now, found, policy_notice()
        except Error as error:
            # A page that needs no database is served without one; what was known
            # a moment ago still stands on it.
            log.warning("notices not read", extra={"reason": type(error).__name__})
            return _read[1:] if _read else ((), None)
    return _read[1:]


def _count(version: int, place: str) -> None:
    with _lock:
        _counted[version, place, in_london(timezone.now()).date()] += 1
        due = time.monotonic() - _flushed_at > FLUSH_AFTER
    if due:
        flush()
