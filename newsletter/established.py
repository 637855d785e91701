"""Who has been with us for long enough, and who had enough letters (P18, P42)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min

from newsletter.models import Campaign, Recipient
from privacy.models import Choice

WINDOW = timedelta(days=30)
# What privacy.topics promises: so many of a kind in the window.
CAPS = {
    Campaign.Kind.MARKETING: 2,
    Campaign.Kind.LAUNCHES: 2,
    Campaign.Kind.NEWS: 2,
    Campaign.Kind.NEWSLETTER: 1,
}


def too_new(subjects: Collection[str], now: datetime) -> set[str]:
    """Return whom of some people we have not known for long enough; one statement.

    Everybody on a list has answered a question, and the first answer is never deleted
    while they are: it says since when we know them. An account whose address is
    not proved is gone within a week, long before this (clock "unverified-accounts").
    """
    first = (
        Choice.objects.filter(subject__in=list(subjects))
        .order_by()
        .values("subject")
        .annotate(first=Min("at"))
    )
    limit = now - timedelta(days=settings.ESTABLISHED_DAYS)
    known = {row["subject"] for row in first if row["first"] <= limit}
    return set(subjects) - known


def had_enough(
    subjects: Collection[str], message_class: str, now: datetime
) -> set[str]:
    """Return who had as many letters of a kind as we promised; one statement."""
    had = (
        Recipient.objects.filter(
            subject__in=list(subjects),
            at__gt=now - WINDOW,
            state=Recipient.State.QUEUED,
            campaign__message_class=message_class,
        )
        .order_by()
        .values("subject")
        .annotate(number=Count("pk"))
        .filter(number__gte=CAPS[Campaign.Kind(message_class)])
    )
    return {row["subject"] for row in had}
