"""Products and members in any number, the same for the same seed, for measurements.

Each synthetic product is a hand-written one with a number: true specifications,
brands and mounts, so that lists, filters and searches do real work. Rows go in by COPY
with their search index ready, ten thousand to a transaction.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.models import Member
from shop import search
from shop.models import PriceChange, Product, Stock, StockMovement

BATCH = 10_000
BY = "demo"
SKU = "DEMO-{:07d}"
COPIED = (
    *("brand_id", "category_id", "keys", "summary", "description", "mount"),
    *("condition", "grade", "found", "warranty_months", "vat", "due_on"),
    *("discontinued", "weight_g", "width_mm", "height_mm", "depth_mm", "lithium"),
    *("electrical", "drawing", "drawing_label", "drawing_sub", "finish"),
)
COLUMNS = (
    *("id", "sku", "slug", "name", "price", "popularity", "added_at", "shutter_count"),
    *("published", "specs", "in_the_box", "search"),
    *COPIED,
)
FIRST_NAMES = ("Ada", "Bert", "Cora", "Dev", "Edie", "Farid", "Gwen", "Hugo", "Iris")
LAST_NAMES = ("Ash", "Birch", "Cedar", "Elm", "Hazel", "Larch", "Maple", "Rowan", "Yew")


@dataclass(frozen=True)
class Pattern:
    """A hand-written product, ready to be repeated."""

    copied: tuple[Any, ...]
    name: str
    price: int
    shutter_count: int | None
    specs: str
    in_the_box: str
    vector: Callable[[str], str]


def add_products(total: int, *, seed: int, said: Callable[[int], None]) -> int:
    """Add synthetic products until there are `total` in all; return how many.

    `said` is told the count so far after each batch.
    """
    missing = total - Product.objects.count()
    if missing <= 0:
        return 0
    patterns = list(read_patterns())
    if not patterns:
        raise ValueError("there is no product to take as a pattern")
    first = Product.objects.filter(sku__startswith="DEMO-").count() + 1
    _without_time_limit()
    for start in range(first, first + missing, BATCH):
        numbers = range(start, min(start + BATCH, first + missing))
        with transaction.atomic():
            _copy_batch(numbers, patterns, seed)
        said(numbers[-1] - first + 1)
    with connection.cursor() as cursor:
        # The planner knows nothing of what COPY brought until it is told.
        for model in (Product, Stock, PriceChange):
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
    return missing


def add_members(total: int, *, said: Callable[[int], None]) -> int:
    """Add members, none of whom can sign in, until there are `total`."""
    missing = total - Member.objects.count()
    first = Member.objects.filter(email__startswith="demo-member-").count() + 1
    _without_time_limit()
    for start in range(first, first + missing, BATCH):
        numbers = range(start, min(start + BATCH, first + missing))
        Member.objects.bulk_create(
            Member(
                email=f"demo-member-{i:07d}@jessops.example",
                email_hash=email_hash(f"demo-member-{i:07d}@jessops.example"),
                full_name=f"{FIRST_NAMES[i % 9]} {LAST_NAMES[i // 9 % 9]}",
                password="!",  # noqa: S106  no password at all
            )
            for i in numbers
        )
        said(numbers[-1] - first + 1)
    return max(missing, 0)


def read_patterns() -> Iterator[Pattern]:
    hand_written = (
        Product.objects.exclude(sku__startswith="DEMO-")
        .filter(published=True, discontinued=False)
        .select_related("brand", "category__parent")
        .order_by("pk")
    )
    for product in hand_written.defer("search"):
        parent = product.category.parent
        part = f"{product.category.name} {parent.name if parent else ''}"
        yield Pattern(
            copied=tuple(getattr(product, name) for name in COPIED),
            name=product.name,
            price=product.price,
            shutter_count=product.shutter_count,
            specs=json.dumps(product.specs),
            in_the_box=json.dumps(product.in_the_box),
            vector=_vector(product, part),
        )


def _vector(product: Product, part: str) -> Callable[[str], str]:
    """Return SKU to index, with all but the SKU worked out already."""
    ready = search.vector(
        names=f"{product.brand.name} {product.name}",
        keys=f"{product.keys} {product.mount} {part}",
        summary=product.summary,
    )
    return lambda sku: f"{ready} {search.vector(names=sku, keys='', summary='')}"


def _copy_batch(numbers: range, patterns: list[Pattern], seed: int) -> None:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('shop_product', 'id'))"
            " FROM generate_series(1, %s)",
            [len(numbers)],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    products, stock, movements, prices = [], [], [], []
    for pk, number in zip(ids, numbers, strict=True):
        made = _product(pk, number, patterns, seed, now)
        chance = random.Random(f"{seed}:stock:{number}")  # noqa: S311  repeatable
        on_hand = chance.choice((0, 0, 1, 2, 3, 5, 8, 13, 21, 34))
        if made.used:
            on_hand = chance.choice((0, 1, 1))
        products.append(made.row)
        stock.append((pk, on_hand, 0, ""))
        prices.append((pk, made.price, made.since))
        if on_hand:
            opening = StockMovement.Reason.OPENING.value
            movements.append((pk, on_hand, opening, "", BY, now))
    _copy(Product, COLUMNS, products)
    _copy(Stock, ("product_id", "on_hand", "held", "location"), stock)
    _copy(
        StockMovement,
        ("product_id", "quantity", "reason", "order_number", "by", "at"),
        movements,
    )
    _copy(PriceChange, ("product_id", "price", "from_on"), prices)


def _numbered(name: str, number: int) -> str:
    """Return "X-T5 body no. 7, silver": the finish stays last, as pages expect."""
    head, comma, tail = name[:124].partition(",")
    return f"{head} no. {number}{comma}{tail}"


@dataclass(frozen=True)
class Made:
    row: tuple[Any, ...]
    price: int
    since: date
    used: bool


def _product(
    pk: int, number: int, patterns: list[Pattern], seed: int, now: datetime
) -> Made:
    chance = random.Random(f"{seed}:{number}")  # noqa: S311  repeatable
    pattern = patterns[(number - 1) % len(patterns)]
    sku = SKU.format(number)
    price = round(pattern.price * chance.uniform(0.7, 1.3) / 100) * 100 or 100
    price = min(price, 9_999_900)
    added = now - timedelta(days=chance.randrange(30, 2000), seconds=number % 86400)
    shutter = chance.randrange(500, 90_000) if pattern.shutter_count else None
    row = (
        pk,
        sku,
        f"demo-{number:07d}",
        _numbered(pattern.name, number),
        price,
        chance.randrange(0, 200),
        added,
        shutter,
        True,
        pattern.specs,
        pattern.in_the_box,
        pattern.vector(sku),
        *pattern.copied,
    )
    used = pattern.copied[COPIED.index("condition")] == "used"
    return Made(row, price, added.date(), used)


def _copy(model: Any, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        sql = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
        with cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)


def _without_time_limit() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
