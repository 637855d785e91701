"""Whom this app holds: one module a noun."""

from newsletter.people import contests, subscriptions

__all__ = ["contests", "subscriptions"]
