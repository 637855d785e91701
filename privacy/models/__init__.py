"""The tables of privacy, by what they are about. Nearly all are append-only."""

from privacy.models.attestations import Attestation
from privacy.models.disclosures import (
    DisclosureApproval,
    DisclosureEvent,
    LegalDisclosure,
)
from privacy.models.ledgers import (
    Choice,
    LedgerEntry,
    LedgerError,
    Receipt,
    ReceiptQuerySet,
    Wording,
)
from privacy.models.notices import NoticeCount
from privacy.models.policies import ClauseChange, PolicyVersion
from privacy.models.probes import Certificate, ProbeResult
from privacy.models.retention import RetentionRun
from privacy.models.rights import Copy, Erasure, Look
from privacy.models.transitions import (
    Transition,
    TransitionEvent,
    TransitionSighting,
)

__all__ = [
    "Attestation",
    "Certificate",
    "Choice",
    "ClauseChange",
    "Copy",
    "DisclosureApproval",
    "DisclosureEvent",
    "Erasure",
    "LedgerEntry",
    "LedgerError",
    "LegalDisclosure",
    "Look",
    "NoticeCount",
    "PolicyVersion",
    "ProbeResult",
    "Receipt",
    "ReceiptQuerySet",
    "RetentionRun",
    "Transition",
    "TransitionEvent",
    "TransitionSighting",
    "Wording",
]
