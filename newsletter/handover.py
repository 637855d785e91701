"""Messages as rows about people. They stay with us when the business is sold."""

from collections.abc import Iterator

from django.db.models.functions import Lower
from django.utils import timezone

from jessops.lib.hashing import email_hash
from newsletter.models import Message
from privacy.handover import People, Table, register


def _messages(people: People) -> Iterator[tuple[str, Message]]:
    addresses = [address.lower() for address in people.values()]
    found = Message.objects.annotate(lower=Lower("to")).filter(lower__in=addresses)
    for message in found.order_by("pk"):
        subject = email_hash(message.to)
        if subject in people:
            yield subject, message


def _held(message: Message) -> str:
    waits = (Message.State.QUEUED, Message.State.SENDING)
    return str(Message.State.HELD if message.state in waits else message.state)


register(
    Table(
        Message,
        of=_messages,
        about=lambda message: message.about,
        moves=None,
        # what waits to be sent is not sent, and the bare row stays: see MAIL's clock
        blanks={
            "state": _held,
            "settled_at": lambda message: message.settled_at or timezone.now(),
            "locked_until": None,
            "forgotten_at": lambda message: timezone.now(),
        },
    )
)
