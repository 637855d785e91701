"""What the ledgers hold about people: hashes and codes, and what they are for."""

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
from privacy.registry import hold, not_personal

hold(
    Choice,
    "subject",
    label="Keyed hash of your e-mail address, beside your answers about marketing",
    purpose="choices",
    source="you",
    retention="for as long as we must respect the answer",
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
        source="you",
        retention="for as long as we must respect the answer",
        export=True,
        erase="keep: a refusal must outlive everything else (UK GDPR article 21)",
    )
not_personal(Choice, "id", "purpose", "wording_sha256", "policy_version", "about")
not_personal(Wording, "sha256", "text", "first_shown_at")

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
        source="our own record",
        retention="six years after the order",
        export=True,
        erase="keep: proof of what was disclosed (UK GDPR article 30)",
    )
not_personal(
    Receipt,
    *"id connector purpose reason about policy_version outcome".split(),
)

hold(
    LegalDisclosure,
    "subject",
    label="Keyed hash of your e-mail address, if the law demanded your details",
    purpose="legal",
    source="our own record",
    retention="six years after the disclosure",
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
