"""What is particular to a department's list: the choices often made there."""

from dataclasses import replace

from shop.facets import Facets
from shop.listing import Query, money

# Pence: the round price that splits a department's goods well.
ROUND_PRICES = {
    "cameras": 100_000,
    "lenses": 50_000,
    "film": 1_500,
    "bags-tripods": 10_000,
    "accessories": 5_000,
    "used": 50_000,
}


def quick_choices(
    department: str, found: Facets, path: str
) -> list[tuple[str, str, bool]]:
    """Return "Often chosen" as labels, addresses and whether chosen now.

    Each replaces all filters; one that would find nothing, or all, is not offered.
    """
    here = found.query
    blank = here.only()
    offers: list[tuple[str, Query]] = []
    price = ROUND_PRICES.get(department)
    if price:
        offers.append((f"Under {money(price)}", replace(blank, price_max=price)))
    if found.in_stock > 0:
        offers.append(("In stock", replace(blank, in_stock=True)))
    conditions = {
        choice.value
        for facet in found.facets
        if facet.name == "conditions"
        for choice in facet.choices
    }
    if {"new", "used"} <= conditions:
        offers.append(("Used", replace(blank, conditions=("used",))))
    for facet in found.facets:
        if facet.name in ("sensors", "brands"):
            top = sorted(facet.choices, key=lambda choice: -choice.count)[:2]
            offers += [
                (choice.label, blank.having(facet.name, (choice.value,)))
                for choice in top
                if choice.count
            ]
    return [
        (label, query.url(path), replace(here, page=1) == query)
        for label, query in offers[:5]
    ]
