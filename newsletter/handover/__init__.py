"""Whose a row of this app is: one module a noun."""

from newsletter.handover import messages

__all__ = ["messages"]
