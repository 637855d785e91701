"""Staff screens, by what they are about. Each registers itself."""

from newsletter.admin import announcements, bounces, messages, suppressions, surveys

__all__ = [
    "announcements",
    "bounces",
    "messages",
    "suppressions",
    "surveys",
]
