"""Staff screens, by what they are about. Each registers itself."""

from newsletter.admin import (
    announcements,
    bounces,
    campaigns,
    messages,
    suppressions,
    surveys,
)

__all__ = [
    "announcements",
    "bounces",
    "campaigns",
    "messages",
    "suppressions",
    "surveys",
]
