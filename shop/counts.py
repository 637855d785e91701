"""The counts beside a list, kept for a minute in each process.

They may be that old; prices and stock on the cards are of the moment.
"""

import time
from collections.abc import Callable, Hashable

from shop.facets import Group
from shop.list_rows import Prices, Source, divided, prices
from shop.listing import Query

FRESH_SECONDS = 60
MOST_KEPT = 500

_kept: dict[Hashable, tuple[float, list[Prices]]] = {}
_numbers: dict[Hashable, tuple[float, int]] = {}


def kept_groups(source: Source, query: Query, *, department: int) -> list[Group]:
    """Return the groups of a department's list, divided by the query's prices."""
    key = (department, source)
    until, found = _kept.get(key, (0.0, []))
    if time.monotonic() >= until:
        found = prices(source)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        # An empty list is quickly counted, and its first product is shown at once.
        if found:
            _kept[key] = (time.monotonic() + FRESH_SECONDS, found)
    if query.price_min is None and query.price_max is None:
        return [group for group, _ in found]
    return divided(found, query)


def kept_number(key: Hashable, count: Callable[[], int]) -> int:
    """Return what `count` said of this within the last minute."""
    until, number = _numbers.get(key, (0.0, 0))
    if time.monotonic() >= until:
        number = count()
        if len(_numbers) >= MOST_KEPT:
            _numbers.clear()
        _numbers[key] = (time.monotonic() + FRESH_SECONDS, number)
    return number


def forget() -> None:
    """Count again next time."""
    _kept.clear()
    _numbers.clear()
