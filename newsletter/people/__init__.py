"""Whom this app holds: one module a noun."""

from newsletter.people import contests

__all__ = ["contests"]
