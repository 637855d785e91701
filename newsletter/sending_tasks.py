"""Worker entry of campaigns: everything is re-read from the tables."""

from celery import shared_task

from jessops.lib.tasks import wake
from newsletter.actions import counting, sending
from newsletter.models import Campaign

COUNTS_FOR = 20.0  # seconds: a task ends long before its limit of a minute


@shared_task(name="newsletter.sending_tasks.feed")
def feed() -> None:
    """Begin what is due, and move the next few letters into the outbox."""
    sending.tick()


@shared_task(name="newsletter.sending_tasks.count_audience")
def count_audience(
    pk: int, upto: str = "", found: dict[str, int] | None = None
) -> None:
    """Count whom a campaign would reach, for the staff page that waits for it.

    A long count goes on in a task of its own: up to which part of everybody, and the
    numbers so far, are all that goes with it.
    """
    campaign = Campaign.objects.filter(pk=pk).first()
    if campaign is None or campaign.is_over:
        return
    begun = counting.Counted(upto, found or {}) if upto else None
    done = counting.count_audience(campaign=campaign, begun=begun, seconds=COUNTS_FOR)
    if done.upto:
        wake(count_audience, pk, done.upto, dict(done.found))
