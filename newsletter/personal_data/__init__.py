"""What this app holds about people: one module a noun."""

from newsletter.personal_data import messages

__all__ = ["messages"]
