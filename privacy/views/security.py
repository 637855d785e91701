"""Whom to tell about a weakness: RFC 9116 (P91)."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

MONTHS = 6  # ahead: never a year (RFC 9116, 2.5.5), and never in the past


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """The file that finders of weaknesses look for."""
    lines = (
        f"Contact: mailto:{settings.COMPANY['email']}",
        f"Expires: {expires(timezone.now()):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
        f"Policy: {settings.SITE_URL}/privacy/#security",
    )
    return HttpResponse(
        "".join(f"{line}\r\n" for line in lines),
        content_type="text/plain; charset=utf-8",
    )


def expires(now: datetime) -> datetime:
    """Return the first day of the month, MONTHS months on, in UTC."""
    years, month = divmod(now.month - 1 + MONTHS, 12)
    return datetime(now.year + years, month + 1, 1, tzinfo=UTC)
