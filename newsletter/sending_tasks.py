"""Worker entry of campaigns: everything is re-read from the tables."""

from celery import shared_task

from newsletter.actions import sending


@shared_task(name="newsletter.sending_tasks.feed")
def feed() -> None:
    """Begin what is due, and move the next few letters into the outbox."""
    sending.tick()
