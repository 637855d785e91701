"""Staff screens of members, enquiries and requests: one module a noun."""

from members.admin import enquiries, members, requests

__all__ = ["enquiries", "members", "requests"]
