"""Reading the certificates: the newest of each crawler, and whether one is due."""

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from jessops.lib import commit
from privacy.certificate.findings import HTTP
from privacy.models import Certificate

NIGHT = time(2, 30, tzinfo=UTC)  # when the shop is emptiest
AGAIN = timedelta(hours=1)  # after one that failed: the repair shall show
GOOD_FOR = timedelta(hours=50)  # two nights missed
SHOWN = 14  # on the page of certificates


def newest() -> dict[str, Certificate]:
    """Return the newest certificate of each crawler, by one query."""
    rows = Certificate.objects.order_by("crawler", "-at", "-id").distinct("crawler")
    return {row.crawler: row for row in rows}


def history() -> list[Certificate]:
    """Return the last certificates, newest first."""
    return list(Certificate.objects.order_by("-at", "-id")[:SHOWN])


def failing(found: dict[str, Certificate]) -> list[Certificate]:
    return [row for row in found.values() if not row.passed]


def due(crawler: str, found: dict[str, Certificate], now: datetime) -> bool:
    """Say whether a crawler should run: each night, after a failure, for new code."""
    last = found.get(crawler)
    if last is None or last.commit != commit.current():
        return True
    if not last.passed and last.at <= now - AGAIN:
        return True
    return last.at < _last_night(now)


def stale(found: dict[str, Certificate], now: datetime | None = None) -> bool:
    """Say whether the newest crawl by requests is too old to speak for the shop."""
    last = found.get(HTTP)
    return last is None or last.at < (now or timezone.now()) - GOOD_FOR


def _last_night(now: datetime) -> datetime:
    night = datetime.combine(now.astimezone(UTC).date(), NIGHT)
    return night if night <= now else night - timedelta(days=1)
