"""What the member's area asks: one module a noun (P6, P67)."""

from members.collection_points import addresses, choices, correcting, enquiries, leaving

__all__ = ["addresses", "choices", "correcting", "enquiries", "leaving"]
