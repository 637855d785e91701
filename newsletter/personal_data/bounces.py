"""What is held of letters that came back: that they did, of a mailbox, as a hash."""

from newsletter.models import Bounce
from privacy.registry import OUR_RECORD, describe, hold, not_personal
from privacy.retention import Clock, Period, register

BOUNCES = register(
    Clock(
        name="bounces",
        model=Bounce,
        period=Period(days=365),
        since="after a letter to you came back, or you complained about one",
        start="at",
        rows=Bounce.objects.all(),
    )
)

describe(
    Bounce,
    title="Letters that came back, and complaints about them",
    people="people we write to",
)
for field, label in (
    ("subject", "Keyed hash of the address that a letter came back from"),
    ("kind", "Whether a letter came back, or was marked as spam"),
    ("status", "The code that a mail server gave for it"),
    ("source", "Who told us that it came back"),
    ("at", "When it came back"),
):
    hold(
        Bounce,
        field,
        label=label,
        purpose="choices",
        source=OUR_RECORD,
        under="policy_version",
        retention=BOUNCES,
        export=field != "subject",
        erase="delete",
    )
not_personal(Bounce, "id", "letter", "about", "policy_version")
