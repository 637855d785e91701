"""Where towns are: a list by hand, so that "near Marlow" needs no map company."""

import csv
from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

from clubs.geo import Position
from clubs.models import ACCENTS, DROPPED, PLAIN
from clubs.postcodes import DATA, middle

_FOLD = str.maketrans(ACCENTS, PLAIN, DROPPED)


class Place(NamedTuple):
    name: str
    county: str
    outcode: str

    @property
    def position(self) -> Position:
        found = middle(self.outcode)
        assert found  # noqa: S101  a test holds the two files together
        return found


def fold(text: str) -> str:
    """Return a text as the column Club.words has it."""
    return " ".join(text.lower().translate(_FOLD).split())


@lru_cache(maxsize=1)
def all_places() -> tuple[Place, ...]:
    with (DATA / "places.csv").open(encoding="utf-8") as file:
        return tuple(Place(*row) for row in csv.reader(file))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for place in all_places():
        found[fold(place.name)].append(place)
        found[fold(f"{place.name} {place.county}")].append(place)
    return found


@lru_cache(maxsize=1)
def counties() -> dict[str, str]:
    """Return the counties' names by their plain spelling."""
    return {fold(place.county): place.county for place in all_places()}


def named(text: str) -> list[Place]:
    """Return the towns of that name: "Bangor" gives two, "Bangor, Gwynedd" one."""
    return _by_name().get(fold(text.replace(",", " ")), [])
