"""What is held about members and staff: one module a noun."""

from members.personal_data import accounts, addresses, changes, enquiries, requests

__all__ = ["accounts", "addresses", "changes", "enquiries", "requests"]
