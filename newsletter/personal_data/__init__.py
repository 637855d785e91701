"""What this app holds about people: one module a noun."""

from newsletter.personal_data import (
    announcements,
    bounces,
    campaigns,
    contests,
    messages,
    recipients,
    subscriptions,
    suppressions,
)

__all__ = [
    "announcements",
    "bounces",
    "campaigns",
    "contests",
    "messages",
    "recipients",
    "subscriptions",
    "suppressions",
]
