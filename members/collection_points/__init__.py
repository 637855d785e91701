"""What the member's area asks: one module a noun (P6, P67)."""

from members.collection_points import enquiries

__all__ = ["enquiries"]
