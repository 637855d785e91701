"""Loads the hand-written catalogue beside it. Never touches what is there already."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from shop import search, specs
from shop.demo import files
from shop.demo.files import Entry
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

# Any number will do, so long as nothing else in the shop locks it.
_LOCK = 7_310_421

# A was-price must have been asked for this long right before the present one, and for
# longer than the present one has been since (CTSI's guidance on price promotions).
_WAS_DAYS = 28
_PRICE_ROWS_SINCE = 400  # days: when a product has had one price all along
_MARGIN_WARRANTY = (10_000, 6, 12)  # pence, months below it, months from it


def load() -> int:
    """Puts in what is missing and gives its count; leaves all that exists alone.

    Raises files.DemoError, and then nothing is put in.
    """
    catalogue = files.read()
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
