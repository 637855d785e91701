"""Worker entries of the outbox: everything is re-read from the table."""

import logging

from celery import shared_task

from jessops.lib.tasks import wake
from newsletter import mailbox, sender
from newsletter.actions import subscriptions

log = logging.getLogger(__name__)


@shared_task(name="newsletter.tasks.send_due")
def send_due() -> None:
    """Send until nothing is due; what one full load leaves goes to the next worker."""
    if sender.send_due() and sender.anything_due():
        wake(send_due)


@shared_task(name="newsletter.tasks.sweep")
def sweep() -> None:
    """Find what no bell rang for: a dead broker only delays a message (R19)."""
    send_due()


@shared_task(name="newsletter.tasks.fetch_mail")
def fetch_mail() -> None:
    """Take what lies in our mailbox; a mailbox that is away is tried again in time."""
    try:
        mailbox.fetch()
    except mailbox.MailboxAway as error:
        log.warning("our mailbox is not reached", extra={"reason": str(error)})


@shared_task(name="newsletter.tasks.forget_readers")
def forget_readers() -> None:
    """Forget readers of the newsletter who said no by whichever page (P45)."""
    subscriptions.sweep()
