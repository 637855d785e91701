"""What the outbox holds about people."""

from newsletter.models import Message
from privacy.registry import hold, not_personal
from privacy.retention import MAIL_DAYS

for field, label in (
    ("to", "E-mail address of a message we sent you"),
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
        source="our own record",
        retention=f"{MAIL_DAYS} days after it was sent",
        export=field != "headers",
        erase="blank",
    )

not_personal(
    Message,
    "id",
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
