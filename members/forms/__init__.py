"""Shapes of what members and their enquiries type: one module a noun."""

from members.forms import (
    addresses,
    choices,
    correcting,
    enquiries,
    leaving,
    requests,
    second_factor,
    sign_in,
)

__all__ = [
    "addresses",
    "choices",
    "correcting",
    "enquiries",
    "leaving",
    "requests",
    "second_factor",
    "sign_in",
]
