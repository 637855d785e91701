"""Reading a file of postcodes: lines in, rows for COPY out, bad lines named. Pure.

Columns are found by the header's names, or without one taken in ONS order: postcode,
latitude, longitude. Lines that say the postcode has no position (the ONS writes
99.999999) are counted, not bad.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from clubs.postcodes import FULL

NAMES = {
    "postcode": ("postcode", "pcds", "pcd8", "pcd7", "pcd2", "pcd"),
    "latitude": ("lat", "latitude"),
    "longitude": ("long", "lon", "lng", "longitude"),
}
# What the ONS writes for "no grid reference".
NOWHERE = 99.0
LATITUDES, LONGITUDES = (48.0, 62.0), (-10.0, 3.0)
SHOWN = 60  # characters of a bad line


class BadHeader(ValueError):
    """The first line is neither a postcode's nor names the three columns."""


class BadLine(ValueError):
    """Why a line is no postcode with a position."""


@dataclass
class Reading:
    """What was read so far."""

    good: int = 0
    nowhere: int = 0
    bad: int = 0
    complaints: list[str] = field(default_factory=list)


def read(lines: Iterable[str], said: Reading, most_named: int) -> Iterator[str]:
    """Yield "SL71EY<tab>51.57<tab>-0.77" for each good line; `said` collects the rest.

    At most `most_named` bad lines are named, with number and reason; all are counted.
    Raises BadHeader.
    """
    reader = csv.reader(lines)
    order: tuple[int, int, int] | None = None
    for row in reader:
        if not row:
            continue
        if order is None:
            order = _order(row)
            if order is None:
                order = _header(row)
                continue
        try:
            out = _row(row, order)
        except BadLine as reason:
            said.bad += 1
            if said.bad <= most_named:
                said.complaints.append(f"line {reader.line_num}: {reason}")
            continue
        if out:
            said.good += 1
            yield out
        else:
            said.nowhere += 1


def _order(row: list[str]) -> tuple[int, int, int] | None:
    """Return ONS order if the first line holds a postcode already."""
    return (0, 1, 2) if FULL.match(_plain(row[0])) else None


def _header(row: list[str]) -> tuple[int, int, int]:
    names = [name.strip().lower().lstrip("\ufeff") for name in row]
    found = []
    for column, known in NAMES.items():
        place = next((names.index(name) for name in known if name in names), None)
        if place is None:
            raise BadHeader(f"the first line has no column for the {column}")
        found.append(place)
    return found[0], found[1], found[2]


def _row(row: list[str], order: tuple[int, int, int]) -> str:
    """Return a row for COPY, or a blank for a postcode that lies nowhere."""
    try:
        text, lat, lon = (row[place] for place in order)
    except IndexError:
        raise BadLine(f"has {len(row)} columns only") from None
    postcode = _plain(text)
    if not FULL.match(postcode):
        raise BadLine(f"{text[:SHOWN]!r} is no postcode")
    try:
        latitude, longitude = float(lat), float(lon)
    except ValueError:
        raise BadLine(f"{lat[:SHOWN]!r}, {lon[:SHOWN]!r} is no position") from None
    if latitude >= NOWHERE:
        return ""
    if not (
        LATITUDES[0] < latitude < LATITUDES[1]
        and LONGITUDES[0] < longitude < LONGITUDES[1]
    ):
        raise BadLine(f"{lat[:SHOWN]}, {lon[:SHOWN]} is not in these islands")
    return f"{postcode}\t{latitude!r}\t{longitude!r}\n"


def _plain(text: str) -> str:
    return text.replace(" ", "").upper()
