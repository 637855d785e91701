"""The counts beside a list, kept for half a minute in each process.

They may be that old; prices and stock on the cards are of the moment.
"""

import time
from collections.abc import Hashable

from shop.facets import Group
from shop.list_rows import Source, groups
from shop.listing import Query

FRESH_SECONDS = 30
MOST_KEPT = 500

_kept: dict[Hashable, tuple[float, list[Group]]] = {}


def kept_groups(source: Source, query: Query, *, department: int) -> list[Group]:
    """Return the groups of a list; counted anew where a price range divides them."""
    key = (department, source)
    if query.price_min is not None or query.price_max is not None:
        return groups(source, query)
    until, found = _kept.get(key, (0.0, []))
    if time.monotonic() >= until:
        found = groups(source, query)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        # An empty list is quickly counted, and its first product is shown at once.
        if found:
            _kept[key] = (time.monotonic() + FRESH_SECONDS, found)
    return found


def forget() -> None:
    """Count again next time."""
    _kept.clear()
