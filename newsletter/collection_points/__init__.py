"""Where this app asks, field by field: one module a noun (P6, P12, P67)."""

from newsletter.collection_points import (
    announcements,
    campaigns,
    contests,
    leaving,
    subscriptions,
    suppressions,
)

__all__ = [
    "announcements",
    "campaigns",
    "contests",
    "leaving",
    "subscriptions",
    "suppressions",
]
