"""What is held about members and staff: one module a noun."""

from members.personal_data import accounts, addresses, enquiries, requests

__all__ = ["accounts", "addresses", "enquiries", "requests"]
