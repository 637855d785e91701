"""A product as a card of a list.

A list shows 24 of them, so a card is made cheaply, of one query's plain values: no
model instances, no template, and everything that comes from data is escaped.
"""

from collections.abc import Iterable
from datetime import date
from html import escape
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jessops.lib.clock import short_date
from shop import drawings
from shop.listing import money
from shop.models import Condition, Grade, Product
from shop.templatetags.shop_look import nowrap_units

LOW_STOCK = 3
FIELDS = (
    *("slug", "sku", "name", "keys", "price", "was_price", "condition", "grade"),
    *("due_on", "discontinued", "drawing", "drawing_label", "drawing_sub", "finish"),
    *("brand__name", "stock__on_hand", "stock__held"),
)
GRADES = dict(Grade.choices)
USED_FLAGS = {
    grade: format_html('<span class="flag">Used: {}</span>', label)
    for grade, label in Grade.choices
}
PRICE_CUT = SafeString('<span class="flag flag--sale">Price cut</span>')
NO_FLAG = SafeString("")
CARD = (
    '<li class="card"><div class="plate vf">{flag}{art}</div>'
    '<h3><a href="{url}">{name}</a></h3><p class="keys">{keys}</p>'
    '<div class="card__foot"><p class="price"><b>{price}</b><small>inc. VAT</small>'
    '{was}</p><p class="stock{state}"><span><b>{first}</b>{then}</span></p></div></li>'
)


class Goods(Protocol):
    """What `stock_words` reads of a product."""

    due_on: date | None
    discontinued: bool


def values(products: QuerySet[Product]) -> QuerySet[Product, Any]:
    """Return what cards show of these products, as named tuples."""
    return products.values_list(*FIELDS, named=True)


def cards(rows: Iterable[Any], *, today: date, promise: date) -> list[dict[str, Any]]:
    """Return rows of `values` as cards: what each is of, and its item of a list.

    `promise` is the day standard delivery arrives for an order made now.
    """
    arrives = short_date(promise)
    return [
        {"sku": row.sku, "name": row.name, "html": card(row, today, arrives)}
        for row in rows
    ]


def shelf(made: Iterable[dict[str, Any]]) -> SafeString:
    """Return cards as the items of one list."""
    return SafeString("".join(one["html"] for one in made))


def card(row: Any, today: date, arrives: str) -> SafeString:
    """Return one card, written out here: a template takes ten times as long."""
    available = (row.stock__on_hand or 0) - (row.stock__held or 0)
    state, first, then = stock_words(
        row, available, brand=row.brand__name, today=today, arrives=arrives
    )
    return SafeString(
        CARD.format(
            flag=flag(row),
            art=drawings.use(
                row.drawing, row.drawing_label, row.drawing_sub, row.finish
            ),
            url=f"/product/{escape(row.slug)}/",
            name=nowrap_units(row.name),
            keys=escape(row.keys),
            price=money(row.price),
            was=was(row.was_price, row.price) if row.was_price else "",
            state=state,
            first=first,
            then=escape(then),
        )
    )


def was(before: int, now: int) -> SafeString:
    """Return what a card says of a price cut; its dates are on the product's page."""
    return format_html(
        '<span class="was">Was {} <span class="save">Save {}</span></span>',
        money(before),
        money(before - now),
    )


def flag(row: Any) -> SafeString:
    """Return the card's flag: a used thing's grade, or a price cut, or nothing."""
    if row.condition == Condition.USED:
        return USED_FLAGS[row.grade]
    return PRICE_CUT if row.was_price else NO_FLAG


def stock_words(
    goods: Goods, available: int, *, brand: str, today: date, arrives: str
) -> tuple[str, str, str]:
    """Return the stock line's class, its bold words and the rest of it."""
    if available > LOW_STOCK:
        return "", "In stock", f", with you {arrives}"
    if available > 0:
        words = "1 in stock" if available == 1 else f"{available} left"
        return " stock--low", words, f", with you {arrives}"
    if goods.discontinued:
        return " stock--out", "Discontinued.", " No more will come"
    if goods.due_on and goods.due_on >= today:
        day = f"{goods.due_on.day} {goods.due_on:%B}"
        return " stock--out", f"Due {day}.", " Not to be ordered before"
    return " stock--out", "Out of stock.", f" No date from {brand} yet"
