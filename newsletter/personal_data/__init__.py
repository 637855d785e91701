"""What this app holds about people: one module a noun."""

from newsletter.personal_data import (
    announcements,
    bounces,
    contests,
    messages,
    subscriptions,
    suppressions,
)

__all__ = [
    "announcements",
    "bounces",
    "contests",
    "messages",
    "subscriptions",
    "suppressions",
]
