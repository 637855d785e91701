"""Whose a row of this app is: one module a noun."""

from newsletter.handover import (
    bounces,
    contests,
    messages,
    recipients,
    subscriptions,
    suppressions,
)

__all__ = [
    "bounces",
    "contests",
    "messages",
    "recipients",
    "subscriptions",
    "suppressions",
]
