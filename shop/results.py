"""A list's page: one query for the 24 cards, and one for the counts beside them."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Expression,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from jessops.lib.clock import in_london
from shop import delivery, drawings
from shop.cards import cards, shelf, values
from shop.counts import AVAILABLE, groups, kept_groups, price_filter
from shop.facets import Facets, chips, facets, page_links
from shop.listing import MATCH, PER_PAGE, SORTS, Query, money, plain_pounds
from shop.models import Category, Product, Stock
from shop.ready import Ready

# Further back, sorting everything is cheaper than so many of each category.
FRONT_PAGES = 4
# What is discontinued is listed until the last one is sold. A subquery and no join:
# PostgreSQL asks it for discontinued things alone.
LAST_ONES = Subquery(
    Stock.objects.filter(product=OuterRef("pk")).values(
        there=ExpressionWrapper(Q(on_hand__gt=F("held")), BooleanField())
    ),
    output_field=BooleanField(),
)
LISTED = Q(published=True) & (Q(discontinued=False) | Q(LAST_ONES))


def results(
    query: Query,
    products: QuerySet[Product],
    *,
    path: str,
    now: datetime,
    rank: Expression | None = None,
    categories: Sequence[int] = (),
    key: Hashable = None,
) -> dict[str, Any]:
    """Return what templates/shop/list.html shows of these products.

    In: the query as read, the products of the list before any filter, the list's own
    address, a UTC moment, for a search what puts its best match first, for a
    department the categories whose products these are, all of them, and what its
    counts may be kept under.
    """
    products = products.filter(LISTED)
    counted = kept_groups(products, query, key=key) if key else groups(products, query)
    found = facets(query, counted)
    query = found.query
    today = in_london(now).date()
    arrives = delivery.promise(now)
    shown: Sequence[Any] = []
    if found.total:
        first = (query.page - 1) * PER_PAGE
        if categories and query.page <= FRONT_PAGES and not query.chosen:
            shown = front(len(categories), query.sort, first).ask(*categories)
        else:
            chosen = ordered(narrowed(products, found), query.sort, rank)
            shown = list(values(page_of(chosen, first, query.sort, rank)))
    made = cards(shown, today=today, promise=arrives)
    return {
        "query": query,
        "found": found,
        "total": f"{found.total:,}",
        "cards": made,
        "shelf": shelf(made),
        "sheet": drawings.sheet((row.drawing, row.finish) for row in shown),
        "chips": chips(found, path),
        "clear_url": query.only().url(path),
        "path": path,
        "canonical": canonical(query, path),
        "pages": page_links(found, path),
        "previous": page_url(found, path, query.page - 1),
        "next": page_url(found, path, query.page + 1),
        "sorts": [
            (value, label, value == query.sort)
            for value, (label, _) in SORTS.items()
            if value != MATCH or query.q
        ],
        "kept": [pair for pair in query.pairs() if pair[0] not in ("sort", "page")],
        "price_min": "" if query.price_min is None else plain_pounds(query.price_min),
        "price_max": "" if query.price_max is None else plain_pounds(query.price_max),
        "delivery_price": money(delivery.STANDARD.pence),
        "delivery_free_from": money(delivery.FREE_FROM_PENCE),
    }


def narrowed(products: QuerySet[Product], found: Facets) -> QuerySet[Product]:
    """Return the products that pass the filters in use."""
    query = found.query
    products = products.filter(price_filter(query))
    if found.names["brands"]:
        products = products.filter(brand__slug__in=found.names["brands"])
    if found.names["sensors"]:
        products = products.filter(sensor__in=found.names["sensors"])
    if found.names["mounts"]:
        products = products.filter(mount__in=found.names["mounts"])
    if query.conditions:
        # New things have no grade, and no grade is called "new" or "used".
        products = products.filter(
            Q(condition__in=query.conditions) | Q(grade__in=query.conditions)
        )
    if query.in_stock:
        products = products.filter(AVAILABLE)
    return products


@lru_cache(maxsize=256)
def front(count: int, sort: str, first: int) -> Ready:
    """Return the query for the cards of a front page of `count` categories.

    Each category's own first ones come from its index; sorting the whole department
    for the first page would read every row of it.
    """
    last = first + PER_PAGE

    def build(*categories: int) -> QuerySet[Product, Any]:
        if count == 1:
            own = Product.objects.filter(LISTED, category=categories[0])
            return values(ordered(own, sort, None)[first:last])
        own = Product.objects.filter(LISTED, category=OuterRef("pk"))
        best = Func(
            ArraySubquery(ordered(own, sort, None).values("pk")[:last]),
            function="unnest",
            output_field=BigIntegerField(),
        )
        firsts = Category.objects.filter(pk__in=categories).order_by()
        chosen = Product.objects.filter(pk__in=firsts.values_list(best))
        return values(ordered(chosen, sort, None)[first:last])

    return Ready(build)


def page_of(
    products: QuerySet[Product], first: int, sort: str, rank: Expression | None
) -> QuerySet[Product]:
    """Return one page: found by what indexes hold, then read for these 24 alone."""
    if rank is not None:
        return products[first : first + PER_PAGE]
    ids = products.values("pk")[first : first + PER_PAGE]
    return ordered(Product.objects.filter(pk__in=ids), sort, None)


def ordered(
    products: QuerySet[Product], sort: str, rank: Expression | None
) -> QuerySet[Product]:
    if sort == MATCH and rank is not None:
        return products.order_by(rank.desc(), "-popularity", "pk")
    return products.order_by(*SORTS[sort][1])


def canonical(query: Query, path: str) -> str:
    """Return the address search engines are to keep: no filters, no order."""
    return Query(
        q=query.q,
        default_sort=query.default_sort,
        sort=query.default_sort,
        page=query.page if not query.chosen else 1,
    ).url(path)


def page_url(found: Facets, path: str, page: int) -> str:
    """Return the address of a page of the list, or nothing where there is none."""
    if not 1 <= page <= found.pages:
        return ""
    return replace(found.query, page=page).url(path)
