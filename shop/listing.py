"""What a list shows: query parameters in, filters, order and page out. Pure.

Anything may stand in a query string. What cannot be used is left out, and a plain
sentence says so; nothing raises.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlencode

from django.db.models.functions import Lower

from shop.models import Condition, Grade
from shop.specs import FORMATS

PER_PAGE = 24
HIGHEST_PRICE = 9_999_999
LONGEST_VALUE = 60
MOST_VALUES = 20
MATCH = "match"
SORTS: dict[str, tuple[str, tuple[Any, ...]]] = {
    MATCH: ("Best match", ()),
    "popular": ("Most bought", ("-popularity", "pk")),
    "price": ("Price, low to high", ("price", "pk")),
    "-price": ("Price, high to low", ("-price", "-pk")),
    "newest": ("Newest", ("-added_at", "pk")),
    # The database orders by code point, so that "alpha" would stand after "Zeiss".
    "name": ("Name", (Lower("name"), "pk")),
}
# Best first, as buyers look for them.
USED_GRADES = tuple(reversed(Grade.values))
CONDITIONS = {
    Condition.NEW.value: "New",
    Condition.USED.value: "Used, any grade",
    **{value: f"Used: {Grade(value).label}" for value in USED_GRADES},
}
# The query's field for each facet: its name in addresses, and its title.
FACETS = {
    "brands": ("brand", "Brand"),
    "sensors": ("sensor", "Sensor size"),
    "mounts": ("mount", "Lens mount"),
    "conditions": ("condition", "Condition"),
}
# Choices that have an order of their own; all others stand by name.
ORDER = (*FORMATS, *CONDITIONS)
PRICE = re.compile(r"£? ?(\d{1,3}(?:,\d{3}){1,2}|\d{1,7})(?:\.(\d{1,2}))?", re.ASCII)


class Params(Protocol):
    """The part of QueryDict that is used."""

    def get(self, key: str, /) -> str | None: ...
    def getlist(self, key: str, /) -> Sequence[str]: ...


@dataclass(frozen=True)
class Query:
    """One list as asked for. Prices are pence; brands and mounts are slugs."""

    brands: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False
    sort: str = "popular"
    page: int = 1
    q: str = ""
    default_sort: str = "popular"
    complaints: tuple[str, ...] = field(default=(), compare=False)

    @property
    def chosen(self) -> int:
        """How many filters are in use; a price range counts as one."""
        price = self.price_min is not None or self.price_max is not None
        ticks = sum(len(self.values(name)) for name in FACETS)
        return ticks + price + self.in_stock

    def values(self, name: str) -> tuple[str, ...]:
        """Return what is chosen of one facet."""
        return getattr(self, name)  # type: ignore[no-any-return]

    def having(self, name: str, values: tuple[str, ...]) -> "Query":
        """Return the query with one facet's choices replaced."""
        return replace(self, **{name: values})  # type: ignore[arg-type]

    def pairs(self) -> list[tuple[str, str]]:
        """Return the query string's parts in one fixed order, defaults left out."""
        parts: list[tuple[str, str]] = [("q", self.q)] if self.q else []
        for name, (param, _) in FACETS.items():
            parts += [(param, value) for value in self.values(name)]
        if self.price_min is not None:
            parts.append(("price_min", plain_pounds(self.price_min)))
        if self.price_max is not None:
            parts.append(("price_max", plain_pounds(self.price_max)))
        if self.in_stock:
            parts.append(("in_stock", "1"))
        if self.sort != self.default_sort:
            parts.append(("sort", self.sort))
        if self.page != 1:
            parts.append(("page", str(self.page)))
        return parts

    def url(self, path: str) -> str:
        parts = self.pairs()
        return f"{path}?{urlencode(parts)}" if parts else path

    def only(self) -> "Query":
        """The same list without any filter, on its first page."""
        return Query(q=self.q, sort=self.sort, default_sort=self.default_sort)


def read(params: Params, *, q: str = "") -> Query:
    """Return the query that `params` ask for, with a sentence for each thing left out.

    With `q` (a search) the list can also be sorted by match, and is unless asked else.
    """
    complaints: list[str] = []
    default = MATCH if q else "popular"
    sort = params.get("sort") or default
    if sort not in SORTS or (sort == MATCH and not q):
        complaints.append("We cannot sort by that, so the list has its usual order.")
        sort = default
    price_min = _price(params.get("price_min"), "lowest", complaints)
    price_max = _price(params.get("price_max"), "highest", complaints)
    if price_min is not None and price_max is not None and price_min > price_max:
        price_min, price_max = price_max, price_min
        complaints.append("The prices stood the wrong way round, so we turned them.")
    return Query(
        brands=_values(params.getlist("brand")),
        sensors=_values(params.getlist("sensor")),
        mounts=_values(params.getlist("mount")),
        conditions=_conditions(params.getlist("condition"), complaints),
        price_min=price_min,
        price_max=price_max,
        in_stock=params.get("in_stock") in ("1", "on", "true"),
        sort=sort,
        page=_page(params.get("page"), complaints),
        q=q,
        default_sort=default,
        complaints=tuple(complaints),
    )


@lru_cache(maxsize=1024)
def slug(text: str) -> str:
    """Return "Fujifilm X" as "fujifilm-x": how a mount stands in an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def plain_pounds(pence: int) -> str:
    """Return pence as a box shows them: 400 or 14.50."""
    return f"{pence // 100}" if pence % 100 == 0 else f"{pence // 100}.{pence % 100:02}"


def money(pence: int) -> str:
    """Return pence as £1,449, or £7.95 where there are pence."""
    pounds = f"£{pence // 100:,}"
    return pounds if pence % 100 == 0 else f"{pounds}.{pence % 100:02}"


def _price(value: str | None, which: str, complaints: list[str]) -> int | None:
    if value is None or not value[:LONGEST_VALUE].strip():
        return None
    match = PRICE.fullmatch(value.strip()) if len(value) <= LONGEST_VALUE else None
    if match is None:
        complaints.append(
            f"The {which} price is not an amount like 400, so we left it out."
        )
        return None
    pence = int(match[1].replace(",", "")) * 100 + int((match[2] or "0").ljust(2, "0"))
    return min(pence, HIGHEST_PRICE)


def _values(values: Iterable[str]) -> tuple[str, ...]:
    seen = (slug(value[:LONGEST_VALUE]) for value in list(values)[:MOST_VALUES])
    return tuple(dict.fromkeys(value for value in seen if value))


def _conditions(values: Iterable[str], complaints: list[str]) -> tuple[str, ...]:
    asked = _values(values)
    known = tuple(value for value in CONDITIONS if value in asked)
    if len(known) < len(asked):
        complaints.append("We do not grade like that, so we left that condition out.")
    return known


def _page(value: str | None, complaints: list[str]) -> int:
    if value is None or value == "":
        return 1
    if len(value) <= 6 and value.isascii() and value.isdigit() and int(value) >= 1:
        return int(value)
    complaints.append("That is not a page number, so this is the first page.")
    return 1
