"""Staff screens of the shop. What they write goes through shop.actions."""

from shop.admin import (
    catalogue,
    dispatch,
    orders,
    payments,
    refunds,
    stock,
    vouchers,
)

__all__ = [
    "catalogue",
    "dispatch",
    "orders",
    "payments",
    "refunds",
    "stock",
    "vouchers",
]
