"""Ordering once more: what of an order is still to be had, and what is not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shop.models import OrderLine, Product
from shop.trolley import MOST_LINES, MOST_OF_ONE, Trolley


@dataclass
class Offer:
    """The trolley with what there is, and sentences about what there is not."""

    trolley: Trolley
    there: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def offer(lines: Iterable[OrderLine], trolley: Trolley) -> Offer:
    """Put an order's lines into a trolley, at today's stock; one query.

    A line that is in the trolley already is filled up to the order's number, never
    added to: asked twice, the answer is the same.
    """
    lines = list(lines)
    wanted = [line.sku for line in lines]
    products: dict[str, Any] = {  # with `available`
        product.sku: product
        for product in Product.objects.on_sale()
        .filter(sku__in=wanted)
        .for_cards()
        .with_available()
    }
    result = Offer(trolley)
    for line in lines:
        product = products.get(line.sku)
        if product is None:
            result.missing.append(f"{line.name} is no longer sold.")
            continue
        available = min(max(product.available, 0), MOST_OF_ONE)
        number = min(line.quantity, available)
        if not number:
            gone = "discontinued and sold out" if product.discontinued else "sold out"
            result.missing.append(f"{product.name} is {gone}.")
            continue
        if line.sku not in result.trolley.lines and (
            len(result.trolley.lines) >= MOST_LINES
        ):
            result.missing.append(f"{product.name}: your trolley is full.")
            continue
        there = max(number, result.trolley.lines.get(line.sku, 0))
        result.trolley = result.trolley.with_line(line.sku, there)
        result.there.append(f"{number} \u00d7 {product.name}")
        if number < line.quantity:
            result.missing.append(
                f"{product.name}: {number} of {line.quantity}, no more are in stock."
            )
    return result
