"""Staff screens of the shop. What they write goes through shop.actions."""

from shop.admin import (
    catalogue,
    dispatch,
    documents,
    orders,
    payments,
    refunds,
    stock,
    vouchers,
)

__all__ = [
    "catalogue",
    "dispatch",
    "documents",
    "orders",
    "payments",
    "refunds",
    "stock",
    "vouchers",
]
