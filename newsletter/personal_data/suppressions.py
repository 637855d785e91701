"""What is held so that nothing goes to an address that bounced or complained."""

from newsletter.models import Suppression
from privacy.registry import OUR_RECORD, describe, hold, not_personal
from privacy.retention import AsLongAs

RESPECTED = AsLongAs(
    "the shop exists, so that nothing goes to that address unasked, until you confirm a"
    " sign-up or ask us to write again"
)

describe(
    Suppression,
    title="Why we send you no letters",
    people="people whose mailbox sent our letters back, or who complained",
)
for field, label in (
    ("subject", "Keyed hash of the address that gets no letters"),
    ("reason", "Why we send you no letters"),
    ("since", "Since when we send you no letters"),
    ("note", "The code that says which letter it was"),
):
    hold(
        Suppression,
        field,
        label=label,
        purpose="choices",
        source=OUR_RECORD,
        under="policy_version",
        retention=RESPECTED,
        export=field != "subject",
        erase="keep: a refusal must outlive everything else (UK GDPR article 21)",
    )
not_personal(Suppression, "id", "policy_version")
