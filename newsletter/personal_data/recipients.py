"""What is held of who gets a campaign: that it was for them, by the keyed hash."""

from newsletter.models import Recipient, Sending
from privacy.registry import OUR_RECORD, describe, hold, not_personal
from privacy.retention import Clock, Period, register

RECIPIENTS = register(
    Clock(
        name="letters-of-campaigns",
        model=Recipient,
        period=Period(days=90),
        since="after a letter was put on its way to you",
        start="at",
        rows=Recipient.objects.all(),
    )
)

describe(Recipient, title="Our letters to you", people="people we write to")
for field, label in (
    ("subject", "Keyed hash of the address that a letter was for"),
    ("state", "Whether a letter went on its way to you"),
    ("reason", "Why a letter did not go to you"),
    ("at", "When a letter went on its way to you"),
):
    hold(
        Recipient,
        field,
        label=label,
        purpose="choices",
        source=OUR_RECORD,
        under="policy_version",
        retention=RECIPIENTS,
        export=field != "subject",
        erase="delete",
    )
not_personal(Recipient, "id", "campaign", "policy_version")
not_personal(Sending, "campaign", "cursor", "listed_at", "left_out")
not_personal(Sending, "audience", "counted_at", "stopped")
