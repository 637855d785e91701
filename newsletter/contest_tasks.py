"""Worker entry of contests. Apart from tasks.py, which the outbox itself rings."""

from celery import shared_task

from newsletter.actions import contests


@shared_task(name="newsletter.contest_tasks.forget_mail")
def forget_mail() -> None:
    """Blank what is left of mail about contests whose entries are gone (P77)."""
    contests.forget_mail()
