"""Celery entries: everything due, everything safe to repeat."""

from celery import shared_task

from clubs.actions import contacts


@shared_task
def send_links() -> None:
    """Answer the requests for links, right guesses and wrong ones."""
    contacts.answer_links()


@shared_task
def look_after_contacts() -> None:
    """Tell who must be told, ask who is due, flag whose mail came back."""
    contacts.tell()
    contacts.ask_yearly()
    contacts.note_bounces()
