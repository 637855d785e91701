"""Worker entry of campaigns: everything is re-read from the tables."""

from celery import shared_task

from newsletter.actions import sending
from newsletter.models import Campaign


@shared_task(name="newsletter.sending_tasks.feed")
def feed() -> None:
    """Begin what is due, and move the next few letters into the outbox."""
    sending.tick()


@shared_task(name="newsletter.sending_tasks.count_audience")
def count_audience(pk: int) -> None:
    """Count whom a campaign would reach, for the staff page that waits for it."""
    campaign = Campaign.objects.filter(pk=pk).first()
    if campaign is not None and not campaign.is_over:
        sending.count_audience(campaign=campaign)
