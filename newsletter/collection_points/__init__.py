"""Where this app asks, field by field: one module a noun (P6, P12, P67)."""

from newsletter.collection_points import (
    announcements,
    contests,
    leaving,
    subscriptions,
    suppressions,
)

__all__ = ["announcements", "contests", "leaving", "subscriptions", "suppressions"]
