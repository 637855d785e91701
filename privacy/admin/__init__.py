"""Staff screens, by what they are about. Each registers itself."""

from privacy.admin import (
    attestations,
    choices,
    disclosures,
    erasures,
    ledgers,
    looks,
    policies,
    transitions,
)

__all__ = [
    "attestations",
    "choices",
    "disclosures",
    "erasures",
    "ledgers",
    "looks",
    "policies",
    "transitions",
]
