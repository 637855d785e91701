"""Staff screens, by what they are about. Each registers itself."""

from privacy.admin import (
    attestations,
    disclosures,
    erasures,
    ledgers,
    policies,
    transitions,
)

__all__ = [
    "attestations",
    "disclosures",
    "erasures",
    "ledgers",
    "policies",
    "transitions",
]
