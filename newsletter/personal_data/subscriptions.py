"""What is held of who signs up to the newsletter by its form."""

from newsletter.models import Subscription
from privacy.registry import OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import AsLongAs, Clock, Period, register

WANTED = AsLongAs("you want the newsletter")
# A mail may wait a while for its reader; an address that somebody else typed goes soon.
PENDING_LIFE = Period(days=14)

PENDING = register(
    Clock(
        name="newsletter-unconfirmed",
        model=Subscription,
        period=PENDING_LIFE,
        since="after the sign-up, if it is not confirmed",
        start="asked_at",
        rows=Subscription.objects.pending(),
    )
)

describe(
    Subscription,
    title="Your newsletter",
    people="people who sign up to the newsletter",
)
for field, label, source, export in (
    ("name", "Name you gave with the newsletter", YOU, True),
    ("email", "E-mail address that the newsletter goes to", YOU, True),
    ("asked_at", "When the newsletter was asked for", OUR_RECORD, True),
    ("confirmed_at", "When that was confirmed from the mailbox", OUR_RECORD, True),
    ("subject", "Keyed hash of the newsletter's address", OUR_RECORD, False),
):
    hold(
        Subscription,
        field,
        label=label,
        purpose="newsletter",
        source=source,
        under="policy_version",
        retention=(PENDING, WANTED),
        export=export,
        erase="delete",
    )
not_personal(Subscription, "id", "key_id", "policy_version")
