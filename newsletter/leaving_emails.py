"""The letter that asks whether somebody meant to leave: one function a message."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from jessops.lib.clock import in_london
from jessops.lib.hashing import email_hash
from newsletter import leaving_links, outbox
from newsletter.reading import Mail


def hash_of(mail: Mail) -> str:
    """Return the keyed hash of who a message says it is from."""
    return email_hash(mail.sender)


def did_you_ask(mail: Mail) -> None:
    """Ask the mailbox that a message names as its sender: at most once a day.

    Anybody can write any sender, and must not get a stranger asked all day long.
    """
    subject = hash_of(mail)
    context = {
        "link": leaving_links.address(subject, leaving_links.EVERY),
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
    outbox.queue(
        message_class="account",
        to=mail.sender,
        subject="Did you ask to leave our lists?",
        text=render_to_string("emails/newsletter/leaving_asked.txt", context),
        html=render_to_string("emails/newsletter/leaving_asked.html", context),
        key=f"leaving-asked:{subject}:{in_london(timezone.now()):%Y-%m-%d}",
        headers={"Auto-Submitted": "auto-replied"},
    )
