"""Whom this app holds: one module a noun."""
