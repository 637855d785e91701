"""Staff screens, by what they are about. Each registers itself."""

from privacy.admin import attestations, ledgers, policies

__all__ = ["attestations", "ledgers", "policies"]
