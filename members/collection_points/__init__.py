"""What the member's area asks: one module a noun (P6, P67)."""

from members.collection_points import (
    accounts,
    addresses,
    choices,
    correcting,
    enquiries,
    leaving,
    requests,
    second_factor,
)

__all__ = [
    "accounts",
    "addresses",
    "choices",
    "correcting",
    "enquiries",
    "leaving",
    "requests",
    "second_factor",
]
