"""Staff screens, by what they are about. Each registers itself."""

from privacy.admin import ledgers

__all__ = ["ledgers"]
