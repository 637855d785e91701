"""A list's page: two queries, one for the counts and one for the 24 cards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

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
    Value,
)
from django.db.models.fields.json import KeyTextTransform

from jessops.lib.clock import in_london
from shop import delivery, drawings
from shop.cards import cards, values
from shop.facets import Facets, Group, chips, facets, page_links
from shop.listing import MATCH, PER_PAGE, SORTS, Query, money, plain_pounds
from shop.models import Category, Product

AVAILABLE = Q(stock__on_hand__gt=F("stock__held"))
# Further back, sorting everything is cheaper than so many of each category.
FRONT_PAGES = 4
# What is discontinued is listed until the last one is sold.
LISTED = Q(published=True) & (Q(discontinued=False) | AVAILABLE)


def results(
    query: Query,
    products: QuerySet[Product],
    *,
    path: str,
    now: datetime,
    rank: Expression | None = None,
    categories: Sequence[int] = (),
) -> dict[str, Any]:
    """Return what templates/shop/list.html shows of these products.

    In: the query as read, the products of the list before any filter, the list's own
    address, a UTC moment, for a search what puts its best match first, and for a
    department the categories whose products these are, all of them.
    """
    products = products.filter(LISTED)
    found = facets(query, groups(products, query))
    query = found.query
    today = in_london(now).date()
    arrives = delivery.promise(now)
    shown: Sequence[Any] = []
    if found.total:
        first = (query.page - 1) * PER_PAGE
        chosen = narrowed(products, found)
        if len(categories) > 1 and query.page <= FRONT_PAGES and not query.chosen:
            chosen = front(chosen, categories, query.sort, first + PER_PAGE)
        shown = list(
            values(ordered(chosen, query.sort, rank))[first : first + PER_PAGE]
        )
    return {
        "query": query,
        "found": found,
        "total": f"{found.total:,}",
        "cards": cards(shown, today=today, promise=arrives),
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
            KeyTextTransform("sensor", "specs"),
            "condition",
            "grade",
            ExpressionWrapper(AVAILABLE, BooleanField()),
            fits,
        )
        .annotate(count=Count("pk"))
    )
    return [
        Group(brand, slug, mount, sensor or "", condition, grade, bool(there), fit, n)
        for brand, slug, mount, sensor, condition, grade, there, fit, n in rows
    ]


def price_filter(query: Query) -> Q:
    wanted = Q()
    if query.price_min is not None:
        wanted &= Q(price__gte=query.price_min)
    if query.price_max is not None:
        wanted &= Q(price__lte=query.price_max)
    return wanted


def narrowed(products: QuerySet[Product], found: Facets) -> QuerySet[Product]:
    """Return the products that pass the filters in use."""
    query = found.query
    products = products.filter(price_filter(query))
    if found.names["brands"]:
        products = products.filter(brand__slug__in=found.names["brands"])
    if found.names["sensors"]:
        products = products.filter(specs__sensor__in=found.names["sensors"])
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


def front(
    products: QuerySet[Product], categories: Sequence[int], sort: str, count: int
) -> QuerySet[Product]:
    """Return those products that can be among the first `count` of several categories.

    Each category's own first ones come from its index; sorting the whole department
    for the first page would read every row of it.
    """
    own = ordered(products.filter(category=OuterRef("pk")), sort, None)
    best = Func(
        ArraySubquery(own.values("pk")[:count]),
        function="unnest",
        output_field=BigIntegerField(),
    )
    firsts = Category.objects.filter(pk__in=categories).order_by()
    return Product.objects.filter(pk__in=firsts.values_list(best))


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
