"""The newsletter's own mail about itself: one function a message."""

import uuid

from django.conf import settings
from django.template.loader import render_to_string

from newsletter import outbox, sign_up_links
from newsletter.personal_data.subscriptions import PENDING_LIFE


def confirm(subscription: uuid.UUID, to: str) -> None:
    """Ask once whether the newsletter was meant for this mailbox.

    Nothing that was typed into the form is in it: a stranger may have typed it.
    """
    context = {
        "link": f"{settings.SITE_URL}{sign_up_links.confirm(subscription)}",
        "life": PENDING_LIFE,
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
    outbox.queue(
        message_class="confirm",
        to=to,
        subject="Do you want our newsletter?",
        text=render_to_string("emails/newsletter/confirm.txt", context),
        html=render_to_string("emails/newsletter/confirm.html", context),
        about=f"newsletter:{subscription}",
        key=f"newsletter-confirm:{subscription}",
    )
