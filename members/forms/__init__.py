"""Shapes of what members and their enquiries type: one module a noun."""

from members.forms import addresses, choices, enquiries

__all__ = ["addresses", "choices", "enquiries"]
