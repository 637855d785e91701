"""What a list's page shows: counts, filters in use, and the 24 cards."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from jessops.lib.clock import in_london
from shop import delivery, drawings
from shop.cards import cards, shelf
from shop.facets import Facets, Group, chips, facets, page_links
from shop.list_rows import Source, page
from shop.listing import MATCH, SORTS, Query, money, plain_pounds


def results(
    query: Query,
    source: Source,
    groups: list[Group],
    *,
    path: str,
    now: datetime,
) -> dict[str, Any]:
    """Return what templates/shop/list.html shows of these products.

    In: the query as read, the products of the list and their counts before any
    filter, the list's own address, and a UTC moment.
    """
    found = facets(query, groups)
    query = found.query
    today = in_london(now).date()
    arrives = delivery.promise(now)
    shown = page(source, found) if found.total else []
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
