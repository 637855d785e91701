"""What is held while an address changes, and by which hash one was known before."""

from members.models import EmailChange, FormerAddress
from privacy.registry import YOU, describe, hold, not_personal
from privacy.retention import AsLongAs, Clock, Period, register

CHANGES = register(
    Clock(
        name="email-changes",
        model=EmailChange,
        period=Period(hours=24),
        since="after a new address was given and never proved",
        start="asked_at",
        rows=EmailChange.objects.all(),
    )
)

describe(EmailChange, title="A new e-mail address", people="members who change theirs")
for field, label in (
    ("new_email", "New e-mail address, not proved yet"),
    ("new_email_hash", "Keyed hash of the new e-mail address"),
    ("code_hash", "Keyed hash of the code we sent there"),
):
    hold(
        EmailChange,
        field,
        label=label,
        purpose="account",
        source=YOU,
        under="policy_version",
        retention=CHANGES,
        export=field == "new_email",
        erase="delete",
    )
not_personal(
    EmailChange, *"id member name key_id attempts policy_version asked_at".split()
)

describe(
    FormerAddress, title="Your earlier addresses", people="members who changed theirs"
)
for field, label in (
    ("subject", "Keyed hash of an e-mail address you had before"),
    ("at", "When you changed it"),
):
    hold(
        FormerAddress,
        field,
        label=label,
        purpose="account",
        source=YOU,
        under="at",
        retention=AsLongAs("the account exists"),
        export=field == "at",
        erase="delete",
    )
not_personal(FormerAddress, "id", "member")
