"""What a search of clubs asks for: what was typed in, a question out. Pure.

Anything may be typed. What cannot be used is left out; nothing raises.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Protocol
from urllib.parse import urlencode

from clubs import places, postcodes
from clubs.geo import Position
from clubs.meetings import DAYS

PER_PAGE = 12
LONGEST = 80
MOST_WORDS = 6
HIGHEST_PAGE = 10_000
# Miles; "any" is without a limit.
REACHES = (5, 10, 15, 30, 60)
USUAL_REACH = 15
ANYWHERE = "any"
_PARTIAL = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]?\Z")


class Params(Protocol):
    """The part of QueryDict that is used."""

    def get(self, key: str, /) -> str | None: ...


@dataclass(frozen=True)
class Query:
    """One search. `near` is what may be shown: a place, a county or an outward code.

    A full postcode is never in here; its position is looked up and handed on alone.
    """

    near: str = ""
    q: str = ""
    reach: int | None = USUAL_REACH  # miles
    night: int | None = None  # 0 is Monday
    beginners: bool = False
    page: int = 1

    def url(self, path: str = "/clubs/") -> str:
        pairs = self.pairs()
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def pairs(self) -> list[tuple[str, str]]:
        """Return it as a query string's pairs, without what goes without saying."""
        found = [("near", self.near), ("q", self.q)]
        if self.reach != USUAL_REACH:
            found.append(("within", str(self.reach or ANYWHERE)))
        if self.night is not None:
            found.append(("night", str(self.night)))
        if self.beginners:
            found.append(("beginners", "1"))
        if self.page > 1:
            found.append(("page", str(self.page)))
        return [(name, value) for name, value in found if value]

    @property
    def words(self) -> tuple[str, ...]:
        """The words of q as the column Club.words spells them."""
        return tuple(places.fold(self.q.replace(",", " ")).split()[:MOST_WORDS])

    def at(self, page: int) -> "Query":
        return replace(self, page=page)


@dataclass(frozen=True)
class Where:
    """From where it is measured, or in which county; with what to say about it."""

    label: str = ""
    position: Position | None = None
    county: str = ""
    typed: str = ""  # what was typed, when something like it was taken instead
    others: tuple[str, ...] = ()  # other towns of the name
    unknown: bool = False


def tidy(text: str | None) -> str:
    """Return one line of printable text, cut to a sensible length."""
    plain = "".join(c if c.isprintable() else " " for c in (text or "")[: 4 * LONGEST])
    return " ".join(plain.split())[:LONGEST].strip()


def read(params: Params) -> Query:
    """Return the search that these parameters ask for."""
    reach: int | None = _number(params.get("within"), REACHES) or USUAL_REACH
    if params.get("within") == ANYWHERE:
        reach = None
    page = tidy(params.get("page"))
    near, q = tidy(params.get("near")), tidy(params.get("q"))
    # Wherever a full postcode was typed, and beside whatever: it goes no further.
    postcode = postcodes.within(near) or postcodes.within(q)
    if postcode:
        near, q = postcode, "" if postcodes.within(q) else q
    whole = page.isascii() and page.isdigit() and len(page) <= 5
    return Query(
        near=near,
        q=q,
        reach=reach,
        night=_number(params.get("night"), range(len(DAYS))),
        beginners=params.get("beginners") == "1",
        page=min(max(int(page), 1), HIGHEST_PAGE) if whole else 1,
    )


def _number(text: str | None, allowed: range | tuple[int, ...]) -> int | None:
    known: Mapping[str, int] = {str(number): number for number in allowed}
    return known.get(text or "")


def where(near: str) -> Where:
    """Return the place that these words mean: outward code, county or town."""
    if not near:
        return Where()
    code = _code(near)
    if code:
        return Where(label=code, position=postcodes.middle(code))
    county = places.counties().get(places.fold(near))
    towns = places.named(near)
    if county and not (towns and towns[0].county == county):
        return Where(label=county, county=county)
    if towns:
        return _town(towns)
    folded = places.fold(near.replace(",", " "))
    names = {places.fold(place.name): place.name for place in places.all_places()}
    alike = get_close_matches(folded, names, n=1, cutoff=0.75)
    if alike:
        return replace(_town(places.named(alike[0])), typed=near)
    return Where(label=near, unknown=True)


def _town(towns: list[places.Place]) -> Where:
    first, *rest = towns
    return Where(
        label=f"{first.name}, {first.county}" if rest else first.name,
        position=first.position,
        others=tuple(f"{town.name}, {town.county}" for town in rest),
    )


def _code(near: str) -> str:
    """Return the outward code that this is, or that a half-typed postcode begins."""
    short = postcodes.squeeze(near) if len(near) <= postcodes.LONGEST else ""
    if postcodes.outward(near) and postcodes.middle(short):
        return short
    partial = _PARTIAL.match(short)
    return partial[1] if partial and postcodes.middle(partial[1]) else ""
