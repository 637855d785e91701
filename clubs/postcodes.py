"""Postcodes, full and outward, and where an outward code's middle is."""

import csv
import re
from functools import lru_cache
from pathlib import Path

from clubs.geo import Position, from_grid

DATA = Path(__file__).parent / "data"
# Formats of BS 7666, anchored; spaces and case are put right before.
FULL = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][ABD-HJLNP-UW-Z]{2})\Z")
OUTWARD = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?\Z")
_ANYWHERE = re.compile(
    r"(?<![A-Z0-9])([A-Z]{1,2}[0-9][A-Z0-9]?)[\s.-]*([0-9][ABD-HJLNP-UW-Z]{2})(?![A-Z0-9])"
)
_SPACES = re.compile(r"[\s.-]+")
LONGEST = 20


def squeeze(text: str) -> str:
    return _SPACES.sub("", text[:LONGEST]).upper()


def split(text: str) -> tuple[str, str]:
    """Return outward and inward code of a full postcode in any spelling, or blanks."""
    match = FULL.match(squeeze(text)) if len(text) <= LONGEST else None
    return (match[1], match[2]) if match else ("", "")


def within(text: str) -> str:
    """Return the full postcode that stands anywhere in a text, or a blank."""
    found = _ANYWHERE.search(text.upper())
    return f"{found[1]} {found[2]}" if found else ""


def outward(text: str) -> str:
    """Return the outward code that a text is, in capitals, or a blank.

    It need not exist: ask `middle`.
    """
    short = squeeze(text) if len(text) <= LONGEST else ""
    return short if OUTWARD.match(short) else ""


@lru_cache(maxsize=1)
def middles() -> dict[str, Position]:
    """Return every outward code with its middle; read and converted once a process."""
    found: dict[str, Position] = {}
    with (DATA / "outcodes.csv").open() as file:
        for code, easting, northing, _ in csv.reader(file):
            found[code] = from_grid(float(easting), float(northing))
    with (DATA / "outcodes_more.csv").open() as file:
        for code, latitude, longitude in csv.reader(file):
            found[code] = Position(float(latitude), float(longitude))
    return found


def middle(code: str) -> Position | None:
    return middles().get(code)
