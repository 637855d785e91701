"""What the ledgers hold about people: hashes and codes, and what they are for.

The database refuses to delete from a ledger, so nothing here names a day: what is
said instead is why it stays.
"""

from privacy.models import (
    Attestation,
    Certificate,
    Choice,
    ClauseChange,
    Copy,
    DisclosureApproval,
    DisclosureEvent,
    Erasure,
    LegalDisclosure,
    Look,
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
LOOKED = AsLongAs("the shop exists, as proof of who looked")
ERASED = AsLongAs(
    "the shop exists, so that an old backup, brought back, is made to forget again"
)
COPY_LIFE = Period(hours=1)

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

COPIES = register(
    Clock(
        name="copies",
        model=Copy,
        period=COPY_LIFE,
        since="after the time to take it was over; the copy itself when it is taken",
        start="good_until",
        rows=Copy.objects.all(),
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
for field, label in (
    ("basis", "On what basis the law demanded your details"),
    ("fields", "Which of your details it demanded"),
    ("requested_at", "When it demanded them"),
):
    hold(
        LegalDisclosure,
        field,
        label=label,
        purpose="legal",
        source=OUR_RECORD,
        under="requested_at",
        retention=DEMANDED,
        export=True,
        erase="keep: proof of what the law demanded (UK GDPR article 30)",
    )
not_personal(
    LegalDisclosure,
    *"id reference document about requested_by tell_on sealed_until sealed_why".split(),
)

describe(Look, title="Who at the shop looked", people="people whose details we hold")
for field, label, export in (
    ("role", "What the person who looked does here", True),
    ("why", "Why they looked", True),
    ("ground", "What led them there", True),
    ("fields", "Which of your details the page showed", True),
    ("about", "What they looked at", True),
    ("at", "When they looked", True),
    ("subject", "Keyed hash of your e-mail address, beside who looked", False),
    ("staff", "The number of the staff account that looked", False),
):
    hold(
        Look,
        field,
        label=label,
        purpose="security",
        source=OUR_RECORD,
        under="at",
        retention=LOOKED,
        export=export,
        erase="keep: proof of who looked (UK GDPR article 5(2))",
    )
not_personal(Look, "id", "digest")

describe(Copy, title="Copies you asked for", people="people who ask for a copy")
for field, label, source, export in (
    ("asked_at", "When you asked for a copy", YOU, True),
    ("made_at", "When the copy was made", OUR_RECORD, True),
    ("good_until", "Until when it can be taken", OUR_RECORD, True),
    ("taken_at", "When you took it", OUR_RECORD, True),
    ("subject", "Keyed hash of your e-mail address, beside a copy", YOU, False),
    ("token_hash", "Keyed hash of the link to a copy", OUR_RECORD, False),
    ("content", "The copy itself, until you take it", OUR_RECORD, False),
):
    hold(
        Copy,
        field,
        label=label,
        purpose="rights",
        source=source,
        under="policy_version",
        retention=COPIES,
        export=export,
        erase="delete",
    )
not_personal(Copy, "id", "key_id", "by_mail", "policy_version")

describe(Erasure, title="Erasures you asked for", people="people who ask to be erased")
for field, label, source, export in (
    ("asked_at", "When you asked to be erased", YOU, True),
    ("door", "Where you asked", YOU, True),
    ("state", "How the erasure stands", OUR_RECORD, True),
    ("due_at", "When it is done", OUR_RECORD, True),
    ("settled_at", "When it was done or withdrawn", OUR_RECORD, True),
    ("subject", "Keyed hash of your e-mail address, beside an erasure", YOU, False),
):
    hold(
        Erasure,
        field,
        label=label,
        purpose="rights",
        source=source,
        under="policy_version",
        retention=ERASED,
        export=export,
        erase="keep: proof that we erased, and what makes a backup forget again"
        " (UK GDPR article 5(2))",
    )
not_personal(Erasure, "id", "reference", "policy_version", "rows", "found")
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
