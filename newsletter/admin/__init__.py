"""Staff screens, by what they are about. Each registers itself."""

from newsletter.admin import messages

__all__ = [
    "messages",
]
