"""Staff screens of members, enquiries and requests: one module a noun."""

from members.admin import members

__all__ = ["members"]
