"""Shapes of what members and their enquiries type: one module a noun."""

from members.forms import enquiries

__all__ = ["enquiries"]
