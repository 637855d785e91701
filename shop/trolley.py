"""The trolley: one cookie of plain text, and nothing on the server (P26 to P35, C2).

Its text is `1|SKU:QUANTITY|...`, SKUs in order. There is no name, number, time or
signature in it, so equal trolleys are equal to the byte, whoever filled them. There
is no price in it either: prices come from the catalogue each time.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

VERSION = "1"
COOKIE = "trolley"
MOST_LINES = 60
MOST_OF_ONE = 99
LONGEST = 2400
SKU = re.compile(r"[A-Z0-9][A-Z0-9.-]{1,31}\Z")
LINE = re.compile(r"([A-Z0-9][A-Z0-9.-]{1,31}):([1-9][0-9]?)\Z")


@dataclass(frozen=True)
class Trolley:
    """Lines as SKU to quantity; `damaged` when the cookie held something else too."""

    lines: Mapping[str, int] = field(default_factory=dict)
    damaged: bool = False

    def __bool__(self) -> bool:
        return bool(self.lines)

    @property
    def count(self) -> int:
        return sum(self.lines.values())

    def with_added(self, sku: str, quantity: int) -> "Trolley":
        """Return the trolley with more of one thing; a full one stays as it is."""
        if sku not in self.lines and len(self.lines) >= MOST_LINES:
            return self
        return self.with_line(sku, self.lines.get(sku, 0) + quantity)

    def with_line(self, sku: str, quantity: int) -> "Trolley":
        """Return the trolley with exactly so many of one thing; 0 takes it out."""
        lines = {key: value for key, value in self.lines.items() if key != sku}
        if quantity > 0 and SKU.match(sku):
            lines[sku] = min(quantity, MOST_OF_ONE)
        return Trolley(lines)

    def without(self, bought: Iterable[tuple[str, int]]) -> "Trolley":
        """Return what is left when these were bought: later additions stay (R5)."""
        left = self
        for sku, quantity in bought:
            left = left.with_line(sku, left.lines.get(sku, 0) - quantity)
        return left


EMPTY = Trolley()


def encode(trolley: Trolley) -> str:
    """Return the one text that stands for these lines."""
    lines = sorted(trolley.lines.items())
    return "|".join([VERSION, *(f"{sku}:{quantity}" for sku, quantity in lines)])


def decode(text: str | None) -> Trolley:
    """Return the trolley in a cookie's text; anything odd is left out, never an error.

    Whatever is sent, encode(decode(text)) is canonical and decode of that is equal.
    """
    if not text:
        return EMPTY
    if len(text) > LONGEST:
        return Trolley({}, damaged=True)
    version, *parts = text.split("|")
    if version != VERSION:
        return Trolley({}, damaged=True)
    lines: dict[str, int] = {}
    damaged = False
    for part in parts:
        match = LINE.match(part)
        if not match or match[1] in lines or len(lines) >= MOST_LINES:
            damaged = True
            continue
        lines[match[1]] = int(match[2])
    return Trolley(lines, damaged)
