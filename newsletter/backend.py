"""Django's own mails, such as a password reset, through the outbox."""

import uuid
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from newsletter import outbox


class OutboxBackend(BaseEmailBackend):
    """EMAIL_BACKEND: each message becomes a row of the outbox, in the transaction.

    One recipient and no attachment, as everywhere; anything else raises, since a mail
    that is silently cut would be a mail that nobody knows is missing.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for email in email_messages:
            recipients = email.recipients()
            if len(recipients) != 1:
                raise outbox.BadRecipient("a message goes to exactly one person")
            if email.attachments:
                raise ValueError("the outbox carries no attachments")
            pages = [
                str(content)
                for content, kind in getattr(email, "alternatives", [])
                if kind == "text/html"
            ]
            outbox.queue(
                message_class="account",
                to=recipients[0],
                subject=str(email.subject),
                text=str(email.body),
                html=pages[0] if pages else "",
                key=f"mail:{uuid.uuid4()}",
            )
        return len(email_messages)
