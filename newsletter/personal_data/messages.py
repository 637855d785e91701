"""What the outbox holds about people, and when it forgets it."""

from django.utils import timezone

from newsletter.models import BLANK, InboundMail, Message
from privacy.registry import OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import Clock, Period, register

MAIL_LIFE = Period(days=30)
INBOUND_LIFE = Period(days=90)  # longer than any mail server tries again

MAIL = register(
    Clock(
        name="mail",
        model=Message,
        period=MAIL_LIFE,
        since="after it was sent or given up",
        start="settled_at",
        rows=Message.objects.filter(forgotten_at=None),
        # The bare row stays, so that the same fact is never reported twice.
        blank={**BLANK, "forgotten_at": timezone.now},
    )
)

describe(Message, title="Messages we sent you", people="people we write to")
for field, label in (
    ("to", "E-mail address of a message we sent you"),
    ("to_hash", "Keyed hash of that address"),
    ("subject", "Subject of the message"),
    ("text", "Text of the message"),
    ("html", "The message as a page"),
    ("headers", "Reply and opt-out addresses of the message"),
):
    hold(
        Message,
        field,
        label=label,
        purpose="order",
        source=YOU if field == "to" else OUR_RECORD,
        under="policy_version",
        retention=MAIL,
        export=field not in ("headers", "to_hash"),
        erase="blank",
    )

not_personal(
    Message,
    "id",
    "key_id",
    "key",
    "message_class",
    "about",
    "policy_version",
    "message_id",
    "state",
    "attempts",
    "last_error",
    "created_at",
    "due_at",
    "give_up_at",
    "locked_until",
    "settled_at",
    "forgotten_at",
)

register(
    Clock(
        name="mail-to-us",
        model=InboundMail,
        period=INBOUND_LIFE,
        since="after a message to us was taken",
        start="taken_at",
        rows=InboundMail.objects.all(),
    )
)
# A keyed hash of the message's own number, and what became of it.
not_personal(InboundMail, "id", "name_hash", "outcome", "taken_at")
