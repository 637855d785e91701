"""Worker entries of privacy: thin, safe to repeat, everything is re-read."""

from celery import shared_task

from privacy import retention


@shared_task
def retain() -> None:
    """Let go what is due today; what one run leaves goes with the next (C13)."""
    retention.run_all()
