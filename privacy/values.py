"""What stands in a column, as people read it and as programs do."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from jessops.lib.clock import in_london
from jessops.lib.money import pounds


def day(at: date) -> str:
    """Return a day, or a moment's day in London: "3 Mar 2026"."""
    return f"{in_london(at) if isinstance(at, datetime) else at:%-d %b %Y}"


def moment(at: datetime) -> str:
    """Return a moment on a UK clock: "3 Mar 2026, 14:05"."""
    return f"{in_london(at):%-d %b %Y, %H:%M}"


def said(row: Any, field: str) -> str:
    """Return what a column of a row says to people."""
    display = getattr(row, f"get_{field}_display", None)
    value = display() if display else getattr(row, field)
    if field.endswith("_pence") and isinstance(value, int):
        return pounds(value)
    return words(value)


def words(value: object) -> str:
    """Return a value in words; lists and mappings in one line."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {words(one)}" for key, one in value.items() if one)
    if isinstance(value, list | tuple):
        return ", ".join(words(one) for one in value)
    return "" if value is None else str(value)


def plain(value: object) -> object:
    """Return a value as JSON can hold it; moments and days in ISO 8601."""
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value)
