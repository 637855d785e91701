"""Staff screens of the shop. What they write goes through shop.actions."""

from shop.admin import catalogue, orders, payments, stock

__all__ = ["catalogue", "orders", "payments", "stock"]
