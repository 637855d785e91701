"""The queries of a list: its counts, and the cards of one page.

A list is a function of a few values (categories, words) and filters of a few more.
For each number of each there is one query, turned into SQL once a process.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    Expression,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from shop.cards import values
from shop.facets import Facets, Group
from shop.listing import MATCH, PER_PAGE, SORTS, Query
from shop.models import Category, Product, Stock
from shop.ready import Ready, Value

# Further back, sorting everything is cheaper than so many of each category.
FRONT_PAGES = 4
AVAILABLE = Q(stock__on_hand__gt=F("stock__held"))
# What is discontinued is listed until the last one is sold. A subquery and no join:
# PostgreSQL asks it for discontinued things alone.
LAST_ONES = Subquery(
    Stock.objects.filter(product=OuterRef("pk")).values(
        there=ExpressionWrapper(Q(on_hand__gt=F("held")), BooleanField())
    ),
    output_field=BooleanField(),
)
LISTED = Q(published=True) & (Q(discontinued=False) | Q(LAST_ONES))


@dataclass(frozen=True)
class Source:
    """A list before any filter: a function of its values, the same for all such lists.

    Another function, of values of its own, puts a search's best match first.
    """

    products: Callable[..., QuerySet[Product]]
    values: tuple[Value, ...]
    rank: Callable[..., Expression] | None = None
    rank_values: tuple[Value, ...] = ()


def of_categories(*categories: int) -> QuerySet[Product]:
    return Product.objects.filter(category__in=categories)


def of_condition(condition: str) -> QuerySet[Product]:
    return Product.objects.filter(condition=condition)


class Shape(NamedTuple):
    """How many values of each kind follow those of the list itself."""

    own: int
    rank: int = 0
    brands: int = 0
    sensors: int = 0
    mounts: int = 0
    conditions: int = 0
    price_min: int = 0
    price_max: int = 0
    in_stock: bool = False

    def parts(self, given: tuple[Value, ...]) -> Iterator[tuple[Any, ...]]:
        """Yield the values of each kind."""
        start = 0
        for count in self[:8]:
            yield given[start : start + count]
            start += count


# A group, and what each of its products costs, cheapest first.
Prices = tuple[Group, "array[int]"]


# --- counts -----------------------------------------------------------------------


def groups(source: Source, query: Query) -> list[Group]:
    """Count a list's products by all that filters look at, in one query."""
    if query.price_min is not None or query.price_max is not None:
        return divided(prices(source), query)
    ready = _groups(source.products, len(source.values), priced=False)
    return [_group(row) for row in ready.ask(*source.values)]


def _group(row: Any) -> Group:
    return Group._make((*row[:6], bool(row.there), True, row.count))


def prices(source: Source) -> list[Prices]:
    """Return the groups of a list with their products' prices in order."""
    ready = _groups(source.products, len(source.values), priced=True)
    return [
        (_group(row), array("I", sorted(row.prices)))
        for row in ready.ask(*source.values)
    ]


def divided(groups: Iterable[Prices], query: Query) -> list[Group]:
    """Return groups cut in two: what is within the query's prices, and what is not."""
    result = []
    for group, pence in groups:
        low = bisect_left(pence, query.price_min or 0)
        high = len(pence)
        if query.price_max is not None:
            high = bisect_right(pence, query.price_max)
        within = max(0, high - low)
        for fits, count in ((True, within), (False, len(pence) - within)):
            if count:
                result.append(group._replace(price_fits=fits, total=count))
    return result


@lru_cache(maxsize=128)
def _groups(
    products: Callable[..., QuerySet[Product]], own: int, *, priced: bool
) -> Ready:
    def build(*given: Value) -> QuerySet[Product, Any]:
        counted: dict[str, Any] = {
            "there": ExpressionWrapper(AVAILABLE, BooleanField()),
            "count": Count("*"),
        }
        if priced:
            counted["prices"] = ArrayAgg("price")
        return (
            products(*given)
            .filter(LISTED)
            .order_by()
            .values_list(
                *("brand__name", "brand__slug", "mount", "sensor"),
                *("condition", "grade"),
            )
            .annotate(**counted)
        )

    return Ready(build)


def _price(pence: int | None) -> tuple[int, ...]:
    return () if pence is None else (pence,)


def _price_filter(low: tuple[Any, ...], high: tuple[Any, ...]) -> Q:
    wanted = Q()
    for pence in low:
        wanted &= Q(price__gte=pence)
    for pence in high:
        wanted &= Q(price__lte=pence)
    return wanted


# --- cards ------------------------------------------------------------------------


def page(source: Source, found: Facets) -> list[Any]:
    """Return what the cards of the query's page show, as `cards.values` has it."""
    query = found.query
    first = (query.page - 1) * PER_PAGE
    own = source.values
    if (
        source.products is of_categories
        and query.page <= FRONT_PAGES
        and not query.chosen
    ):
        return _front(len(own), query.sort, first).ask(*own)
    names = found.names
    low, high = _price(query.price_min), _price(query.price_max)
    # Another order needs none of what the rank is made of.
    ranked = source.rank if query.sort == MATCH else None
    of_rank = source.rank_values if ranked else ()
    shape = Shape(
        len(own),
        len(of_rank),
        len(names["brands"]),
        len(names["sensors"]),
        len(names["mounts"]),
        len(query.conditions),
        len(low),
        len(high),
        query.in_stock,
    )
    ready = _page(source.products, ranked, shape, query.sort, first)
    return ready.ask(
        *own,
        *of_rank,
        *names["brands"],
        *names["sensors"],
        *names["mounts"],
        *query.conditions,
        *low,
        *high,
    )


@lru_cache(maxsize=1024)
def _page(
    products: Callable[..., QuerySet[Product]],
    rank: Callable[..., Expression] | None,
    shape: Shape,
    sort: str,
    first: int,
) -> Ready:
    """Return the query of one page: found by narrow columns, then read for its 24."""

    def build(*given: Value) -> QuerySet[Product, Any]:
        own, of_rank, brands, sensors, mounts, conditions, low, high = shape.parts(
            given
        )
        chosen = products(*own).filter(LISTED, _price_filter(low, high))
        if brands:
            chosen = chosen.filter(brand__slug__in=brands)
        if sensors:
            chosen = chosen.filter(sensor__in=sensors)
        if mounts:
            chosen = chosen.filter(mount__in=mounts)
        if conditions:
            # New things have no grade, and no grade is called "new" or "used".
            chosen = chosen.filter(
                Q(condition__in=conditions) | Q(grade__in=conditions)
            )
        if shape.in_stock:
            chosen = chosen.filter(AVAILABLE)
        best = rank(*of_rank) if rank else None
        ids = _ordered(chosen, sort, best).values("pk")[first : first + PER_PAGE]
        return values(_ordered(Product.objects.filter(pk__in=ids), sort, best))

    return Ready(build)


@lru_cache(maxsize=256)
def _front(count: int, sort: str, first: int) -> Ready:
    """Return the query of a front page of `count` categories without filters.

    Each category's own first ones come from its index; sorting the whole department
    for the first page would read every row of it.
    """
    last = first + PER_PAGE

    def build(*categories: int) -> QuerySet[Product, Any]:
        if count == 1:
            alone = Product.objects.filter(LISTED, category=categories[0])
            return values(_ordered(alone, sort, None)[first:last])
        own = Product.objects.filter(LISTED, category=OuterRef("pk"))
        best = Func(
            ArraySubquery(_ordered(own, sort, None).values("pk")[:last]),
            function="unnest",
            output_field=BigIntegerField(),
        )
        firsts = Category.objects.filter(pk__in=categories).order_by()
        chosen = Product.objects.filter(pk__in=firsts.values_list(best))
        return values(_ordered(chosen, sort, None)[first:last])

    return Ready(build)


def _ordered(
    products: QuerySet[Product], sort: str, rank: Expression | None
) -> QuerySet[Product]:
    if rank is not None:
        return products.order_by(rank.desc(), "-popularity", "pk")
    return products.order_by(*SORTS[sort][1])
