"""Messages as rows about people. They stay with us when the business is sold."""

from collections.abc import Iterator

from django.utils import timezone

from newsletter.models import Message
from privacy.handover import People, Table, register


def _messages(people: People) -> Iterator[tuple[str, Message]]:
    for message in Message.objects.filter(to_hash__in=people).order_by("pk"):
        yield message.to_hash, message


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
