"""Celery entries: what is due is found in the tables, and everything is safe twice."""

from celery import shared_task

from members.actions import enquiries, leaving, requests


@shared_task
def escalate_late() -> None:
    """Hand over what was not answered in time (P4)."""
    enquiries.escalate_late()


@shared_task
def look_after_enquiries() -> None:
    """Acknowledge what was put off, and close what nobody came back to."""
    enquiries.look_after()


@shared_task
def look_after_requests() -> None:
    """Close the requests whose erasure is done or withdrawn."""
    requests.follow_erasures()


@shared_task(time_limit=600, soft_time_limit=570)
def erase_due() -> None:
    """Erase whoever asked three days ago; what one run leaves goes with the next."""
    leaving.sweep()
