"""What the ledgers hold about people: hashes and codes, and what they are for.

The database refuses to delete from a ledger, so nothing here names a day: what is
said instead is why it stays.
"""

from privacy.models import (
    Attestation,
    Certificate,
    Choice,
    ClauseChange,
    DisclosureApproval,
    DisclosureEvent,
    LegalDisclosure,
    NoticeCount,
    PolicyVersion,
    ProbeResult,
    Receipt,
    RetentionRun,
    Transition,
    TransitionEvent,
    TransitionSighting,
    Wording,
)
from privacy.registry import OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import AsLongAs, Clock, Period, register

RESPECTED = AsLongAs("we must respect the answer")
PROOF = AsLongAs(
    "the shop exists, as proof of what left it: an order number and the names of"
    " fields, never what stood in them"
)
DEMANDED = AsLongAs("the shop exists, as proof of what the law demanded")

PROBES = register(
    Clock(
        name="probe-results",
        model=ProbeResult,
        period=Period(days=90),
        since="after the shop looked at itself",
        start="at",
        rows=ProbeResult.objects.all(),
    )
)

describe(
    Choice, title="What you chose", people="people who answered a question of ours"
)
hold(
    Choice,
    "subject",
    label="Keyed hash of your e-mail address, beside your answers about marketing",
    purpose="choices",
    source=YOU,
    under="policy_version",
    retention=RESPECTED,
    export=False,
    erase="keep: a refusal must outlive everything else (UK GDPR article 21)",
)
for field, label in (
    ("answer", "Your answers about marketing"),
    ("at", "When you gave them"),
    ("where", "Where you gave them"),
):
    hold(
        Choice,
        field,
        label=label,
        purpose="choices",
        source=YOU,
        under="policy_version",
        retention=RESPECTED,
        export=True,
        erase="keep: a refusal must outlive everything else (UK GDPR article 21)",
    )
not_personal(Choice, "id", "purpose", "wording_sha256", "policy_version", "about")
not_personal(Wording, "sha256", "text", "first_shown_at")

describe(Receipt, title="What we passed on", people="people who order")
for field, label in (
    ("field_names", "Which fields we passed on, without their contents"),
    ("recipient", "To whom we passed them"),
    ("at", "When we passed them"),
):
    hold(
        Receipt,
        field,
        label=label,
        purpose="legal",
        source=OUR_RECORD,
        under="policy_version",
        retention=PROOF,
        export=True,
        erase="keep: proof of what was disclosed (UK GDPR article 30)",
    )
not_personal(
    Receipt,
    *"id connector purpose reason about policy_version outcome".split(),
)

describe(
    LegalDisclosure,
    title="If the law demanded your details",
    people="people whose details the law demanded",
)
hold(
    LegalDisclosure,
    "subject",
    label="Keyed hash of your e-mail address, if the law demanded your details",
    purpose="legal",
    source=OUR_RECORD,
    # A demand gives us nothing new about anybody; the version is the one in force then.
    under="requested_at",
    retention=DEMANDED,
    export=False,
    erase="keep: proof of what the law demanded (UK GDPR article 30)",
)
not_personal(
    LegalDisclosure,
    *"id reference basis document about fields requested_by requested_at tell_on"
    " sealed_until sealed_why".split(),
)
for model in (
    Attestation,
    Certificate,
    ClauseChange,
    DisclosureApproval,
    DisclosureEvent,
    NoticeCount,
    PolicyVersion,
    ProbeResult,
    RetentionRun,
    Transition,
    TransitionEvent,
    TransitionSighting,
):
    not_personal(model, *(field.name for field in model._meta.local_fields))
