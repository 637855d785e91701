"""Evidence for what no test can show, and whether it still holds (P60, P90).

Subjects are "connector:bank", the contract with an outside party, and "promise:P90".
The newest row of a subject counts; its last day is a day in UTC, to its end. Asked
anew each time by one indexed query, so that an evidence taken back counts at once.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from privacy.models import Attestation

CONNECTOR = "connector:"
PROMISE = "promise:"


def newest(subject: str) -> Attestation | None:
    """Return the row that counts for a subject, whether it still holds or not."""
    return Attestation.objects.filter(subject=subject).order_by(*_NEWEST).first()


def current(subject: str) -> Attestation | None:
    """Return what holds for a subject today; None when there is none or it ran out."""
    found = newest(subject)
    return found if found and holds(found) else None


def connector_allowed(name: str) -> bool:
    """Say whether the contract with an outside party holds today (P60)."""
    return current(f"{CONNECTOR}{name}") is not None


def holds(found: Attestation, day: date | None = None) -> bool:
    """Say whether a row holds on a day (today, in UTC, by default)."""
    day = day or timezone.now().date()
    return found.attested_on <= day <= found.expires_on


def newest_of(subjects: Iterable[str]) -> dict[str, Attestation]:
    """Return the row that counts for each of some subjects, by one query."""
    rows = newest_of_all().filter(subject__in=list(subjects))
    return {row.subject: row for row in rows}


def newest_of_all() -> QuerySet[Attestation]:
    """Return the rows that count, one for each subject."""
    return Attestation.objects.order_by("subject", *_NEWEST).distinct("subject")


_NEWEST = ("-entered_at", "-id")
