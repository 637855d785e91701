"""Loads the hand-written catalogue beside it. Never touches what is there already.

One TOML file a department. Prices are pence with VAT, dates are days before (or, for
`due`, after) the day of loading, so that was-prices and due dates are true on any day.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from shop import search, specs
from shop.models import (
    Brand,
    Category,
    Condition,
    PriceChange,
    Product,
    Stock,
    StockMovement,
    VatTreatment,
)

HERE = Path(__file__).parent
DEPARTMENTS = ("cameras", "lenses", "film", "bags-tripods", "accessories", "used")

# Any number will do, so long as nothing else in the shop locks it.
_LOCK = 7_310_421

# A was-price must have been asked for this long right before the present one, and for
# longer than the present one has been since (CTSI's guidance on price promotions).
_WAS_DAYS = 28
_PRICE_ROWS_SINCE = 400  # days: when a product has had one price all along
_MARGIN_WARRANTY = (10_000, 6, 12)  # pence, months below it, months from it

# What `like` and `of` take over, and what belongs to one row alone.
_COPIED = frozenset(
    (
        *("name", "brand", "part", "keys", "summary", "description", "specs", "box"),
        *("mount", "lithium", "electrical", "drawing", "label", "sub", "finish", "vat"),
    )
)
_OWN = frozenset(
    (
        *("sku", "slug", "price", "was", "earlier", "stock", "due", "discontinued"),
        *("staff_pick", "popularity", "added", "warranty", "grade", "shutter", "found"),
        *("like", "of"),
    )
)
_NEEDED = frozenset({"name", "brand", "part", "price", "drawing", "stock"})
_NEEDED_USED = frozenset({"found"})
_TOO_DEAR = 10_000_000
_USED_ONLY = frozenset({"of", "grade", "shutter", "found"})


class DemoError(ValueError):
    """Bad catalogue data; says in which file and at which SKU."""

    def __init__(self, file: str, sku: str, problem: str) -> None:
        super().__init__(f"{file}, {sku or 'no SKU'}: {problem}")


@dataclass
class Entry:
    """One product of the files, with what it takes from defaults and `like` filled."""

    file: str
    sku: str
    raw: dict[str, Any]
    product: Product = field(init=False)

    @property
    def path(self) -> str:
        return str(self.raw["part"])

    @property
    def slug(self) -> str:
        if "slug" in self.raw:
            return str(self.raw["slug"])
        used = f"-used-{self.sku}" if "grade" in self.raw else ""
        return slugify(f"{self.raw['name']}{used}")

    def bad(self, problem: object) -> DemoError:
        return DemoError(self.file, self.sku, str(problem))


@dataclass
class Catalogue:
    """The files, read: the category tree as {path: row} and the entries by SKU."""

    tree: dict[str, dict[str, str]]
    entries: dict[str, Entry]


def read(folder: Path = HERE) -> Catalogue:
    """All departments of the folder; raises DemoError naming file and SKU."""
    tree: dict[str, dict[str, str]] = {}
    entries: dict[str, Entry] = {}
    for department in DEPARTMENTS:
        file = f"{department}.toml"
        data = tomllib.loads((folder / file).read_text(encoding="utf-8"))
        tree[department] = {"name": data["name"], "blurb": data["blurb"]}
        defaults: dict[str, Any] = {}
        for slug, part in data.get("part", {}).items():
            path = f"{department}/{slug}"
            tree[path] = {"name": part["name"], "blurb": part["blurb"]}
            defaults[path] = part.get("defaults", {})
        for row in data.get("product", []):
            entry = _entry(file, department, row, defaults, entries)
            if entry.sku in entries:
                raise entry.bad("this SKU is there twice")
            entries[entry.sku] = entry
    for entry in entries.values():
        if entry.path not in tree:
            raise entry.bad(f"no category {entry.path!r}")
    return Catalogue(tree, entries)


def _entry(
    file: str,
    department: str,
    row: dict[str, Any],
    defaults: Mapping[str, dict[str, Any]],
    entries: Mapping[str, Entry],
) -> Entry:
    """The row over what it is like, over the defaults of its part."""
    sku = str(row.get("sku", ""))
    unknown = row.keys() - _COPIED - _OWN
    if not sku or unknown:
        raise DemoError(file, sku, f"unknown keys {sorted(unknown)}")
    if "grade" not in row and row.keys() & _USED_ONLY:
        raise DemoError(file, sku, "only used things have these, and a grade")
    parent = str(row.get("like", row.get("of", "")))
    if parent and parent not in entries:
        raise DemoError(file, sku, f"{parent} is not above it in the files")
    inherited = entries[parent].raw if parent else {}
    kept = {key: inherited[key] for key in _COPIED & inherited.keys()}
    part = row.get("part", kept.get("part", ""))
    path = part if "/" in part else f"{department}/{part}"
    raw = {**defaults.get(path, {}), **kept, **row, "part": path}
    raw["specs"] = {**kept.get("specs", {}), **row.get("specs", {})}
    if "grade" in row:  # what came with the new one need not have come with this
        raw["box"] = row.get("box", [])
    needed = _NEEDED | (_NEEDED_USED if "grade" in row else set())
    if not needed <= raw.keys():
        raise DemoError(file, sku, f"lacks {sorted(needed - raw.keys())}")
    if not 0 < raw["price"] < _TOO_DEAR:
        raise DemoError(file, sku, f"no such price as {raw['price']}")
    return Entry(file, sku, raw)


def load() -> int:
    """Puts in what is missing and gives its count; leaves all that exists alone."""
    catalogue = read()
    with transaction.atomic(), connection.cursor() as cursor:
        # Two processes may start at once; the second finds everything there.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        missing = _missing(catalogue.entries)
        if not missing:
            return 0
        today = timezone.localdate()
        categories = _categories(catalogue.tree)
        brands = _brands(str(entry.raw["brand"]) for entry in missing)
        for entry in missing:
            entry.product = _product(entry, today)
            entry.product.category = categories[entry.path]
            entry.product.brand = brands[str(entry.raw["brand"])]
        _insert([entry for entry in missing if "of" not in entry.raw])
        _insert_used([entry for entry in missing if "of" in entry.raw])
        _insert_prices(missing, today)
        _insert_stock(missing)
        search.index([entry.product for entry in missing])
    return len(missing)


def _missing(entries: Mapping[str, Entry]) -> list[Entry]:
    """By SKU and by slug: staff may have changed either of them since."""
    slugs = [entry.slug for entry in entries.values()]
    there = set(Product.objects.filter(sku__in=entries).values_list("sku", flat=True))
    named = set(Product.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    return [
        entry
        for entry in entries.values()
        if entry.sku not in there and entry.slug not in named
    ]


def _categories(tree: Mapping[str, Mapping[str, str]]) -> dict[str, Category]:
    """Every category of the tree by its path, made where it was missing."""
    found = {
        f"{row.parent.slug}/{row.slug}" if row.parent else row.slug: row
        for row in Category.objects.select_related("parent")
    }
    for depth in (0, 1):  # departments first: their parts point at them
        new = {}
        for position, (path, row) in enumerate(tree.items(), start=1):
            if path.count("/") == depth and path not in found:
                head, _, tail = path.rpartition("/")
                new[path] = Category(
                    slug=tail, parent=found.get(head), position=position, **row
                )
        Category.objects.bulk_create(new.values())
        found.update(new)
    return found


def _brands(names: Iterable[str]) -> dict[str, Brand]:
    wanted = sorted(set(names))
    found = {brand.name: brand for brand in Brand.objects.filter(name__in=wanted)}
    new = [Brand(name=name, slug=slugify(name)) for name in wanted if name not in found]
    Brand.objects.bulk_create(new)
    return found | {brand.name: brand for brand in new}


def _product(entry: Entry, today: date) -> Product:
    """The row as a product without its foreign keys; raises DemoError if it is bad."""
    raw = entry.raw
    try:
        facts = specs.clean(raw["specs"])
    except specs.SpecError as error:
        raise entry.bad(error) from error
    product = Product(
        sku=entry.sku,
        slug=entry.slug,
        name=raw["name"],
        summary=raw.get("summary", ""),
        description=raw.get("description", "").strip(),
        specs=facts,
        in_the_box=raw.get("box", []),
        mount=raw.get("mount", ""),
        price=raw["price"],
        vat=raw.get("vat", VatTreatment.STANDARD),
        discontinued=raw.get("discontinued", False),
        staff_pick=raw.get("staff_pick"),
        popularity=raw.get("popularity", 0),
        weight_g=facts.get("weight"),
        width_mm=facts.get("width", facts.get("diameter")),
        height_mm=facts.get("height", facts.get("length")),
        depth_mm=facts.get("depth"),
        lithium=raw.get("lithium", "none"),
        electrical=raw.get("electrical", False),
        drawing=raw["drawing"],
        drawing_label=raw.get("label", ""),
        drawing_sub=raw.get("sub", ""),
        finish=raw.get("finish", ""),
    )
    product.keys = raw.get("keys", specs.key_facts(product))
    if "warranty" in raw:
        product.warranty_months = raw["warranty"]
    if "due" in raw:
        product.due_on = today + timedelta(days=raw["due"])
    if "was" in raw:
        _as_cut(product, entry, today)
    if "grade" in raw:
        _as_used(product, raw)
    try:
        product.clean_fields(exclude=["brand", "category", "used_of"])
    except ValidationError as error:
        raise entry.bad(error) from error
    return product


def _as_cut(product: Product, entry: Entry, today: date) -> None:
    """A was-price with its dates, if it may be claimed: see the constants."""
    was = entry.raw["was"]
    earliest, latest = was["from"], was["until"]
    days = earliest - latest + 1
    if was["price"] <= product.price:
        raise entry.bad(f"was-price {was['price']} is not above {product.price}")
    if days < _WAS_DAYS or not 0 < latest <= days:
        raise entry.bad("was-price not asked for long enough, or too long ago")
    product.was_price = was["price"]
    product.was_from = today - timedelta(days=earliest)
    product.was_until = today - timedelta(days=latest)


def _as_used(product: Product, raw: Mapping[str, Any]) -> None:
    line, below, above = _MARGIN_WARRANTY
    product.condition = Condition.USED
    product.grade = raw["grade"]
    product.shutter_count = raw.get("shutter")
    product.found = raw["found"]
    product.warranty_months = raw.get(
        "warranty", below if product.price < line else above
    )
    product.vat = raw.get("vat", VatTreatment.MARGIN)


def _insert(entries: list[Entry]) -> None:
    products = [entry.product for entry in entries]
    Product.objects.bulk_create(products)
    # auto_now_add gave them all one moment, and "Newest" would be in no order.
    now = timezone.now()
    for entry in entries:
        days = entry.raw.get("added", _PRICE_ROWS_SINCE)
        entry.product.added_at = now - timedelta(days=days)
    Product.objects.bulk_update(products, ["added_at"])


def _insert_used(entries: list[Entry]) -> None:
    new_ones = Product.objects.in_bulk(
        {entry.raw["of"] for entry in entries}, field_name="sku"
    )
    for entry in entries:
        entry.product.used_of = new_ones.get(entry.raw["of"])
    _insert(entries)


def _insert_prices(entries: Iterable[Entry], today: date) -> None:
    rows = []
    for entry in entries:
        was, product = entry.raw.get("was"), entry.product
        history = [(days, price) for days, price in entry.raw.get("earlier", [])]
        if was:
            history += [(was["from"], was["price"]), (was["until"] - 1, product.price)]
        elif history:
            raise entry.bad("earlier prices need a was-price after them")
        else:
            history = [(entry.raw.get("added", _PRICE_ROWS_SINCE), product.price)]
        rows += [
            PriceChange(
                product=product, price=price, from_on=today - timedelta(days=days)
            )
            for days, price in history
        ]
    PriceChange.objects.bulk_create(rows)


def _insert_stock(entries: Iterable[Entry]) -> None:
    counts = [(entry.product, int(entry.raw["stock"])) for entry in entries]
    Stock.objects.bulk_create(
        Stock(product=product, on_hand=count) for product, count in counts
    )
    StockMovement.objects.bulk_create(
        StockMovement(
            product=product,
            quantity=count,
            reason=StockMovement.Reason.OPENING,
            by="demo",
        )
        for product, count in counts
        if count
    )
