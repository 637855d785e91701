"""Staff screens, by what they are about. Each registers itself."""

from privacy.admin import attestations, disclosures, ledgers, policies, transitions

__all__ = ["attestations", "disclosures", "ledgers", "policies", "transitions"]
