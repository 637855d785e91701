"""Staff screens, by what they are about. Each registers itself."""

from privacy.admin import attestations, ledgers

__all__ = ["attestations", "ledgers"]
