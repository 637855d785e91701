"""Worker entries of the outbox: everything is re-read from the table."""

from celery import shared_task

from jessops.lib.tasks import wake
from newsletter import sender


@shared_task(name="newsletter.tasks.send_due")
def send_due() -> None:
    """Send until nothing is due; what one full load leaves goes to the next worker."""
    if sender.send_due() and sender.anything_due():
        wake(send_due)


@shared_task(name="newsletter.tasks.sweep")
def sweep() -> None:
    """Find what no bell rang for: a dead broker only delays a message (R19)."""
    send_due()
