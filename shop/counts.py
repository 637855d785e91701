"""How many products of a list are alike in all that its filters look at.

A department's counts are kept for half a minute in each process: they may be that
old, while prices and stock on the cards are of the moment.
"""

import time
from collections.abc import Hashable
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
)

from shop.facets import Group
from shop.listing import Query
from shop.models import Product

FRESH_SECONDS = 30
MOST_KEPT = 500
AVAILABLE = Q(stock__on_hand__gt=F("stock__held"))

_kept: dict[Hashable, tuple[float, list[Group]]] = {}


def kept_groups(
    products: QuerySet[Product], query: Query, *, key: Hashable
) -> list[Group]:
    """Return the groups of a list that is always asked for under the same key."""
    if query.price_min is not None or query.price_max is not None:
        return groups(products, query)
    until, found = _kept.get(key, (0.0, []))
    if time.monotonic() >= until:
        found = groups(products, query)
        # An empty list is quickly counted, and its first product is shown at once.
        if found and len(_kept) < MOST_KEPT:
            _kept[key] = (time.monotonic() + FRESH_SECONDS, found)
    return found


def forget() -> None:
    """Count again next time."""
    _kept.clear()


def groups(products: QuerySet[Product], query: Query) -> list[Group]:
    """Count the products by all that filters look at, in one query."""
    fits: Any = ExpressionWrapper(price_filter(query), BooleanField())
    if query.price_min is None and query.price_max is None:
        fits = Value(True)
    rows = (
        products.order_by()
        .values_list(
            "brand__name",
            "brand__slug",
            "mount",
            "sensor",
            "condition",
            "grade",
            ExpressionWrapper(AVAILABLE, BooleanField()),
            fits,
        )
        .annotate(count=Count("*"))
    )
    return [
        Group(brand, slug, mount, sensor, condition, grade, bool(there), fit, n)
        for brand, slug, mount, sensor, condition, grade, there, fit, n in rows
    ]


def price_filter(query: Query) -> Q:
    wanted = Q()
    if query.price_min is not None:
        wanted &= Q(price__gte=query.price_min)
    if query.price_max is not None:
        wanted &= Q(price__lte=query.price_max)
    return wanted
