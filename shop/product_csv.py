"""One line of a product file as a product's fields, or as reasons why it is none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.text import slugify

from shop import specs
from shop.models import Brand, Category, Product

REQUIRED = ("sku", "name", "brand", "category", "price")
PLAIN = (
    *("slug", "name", "keys", "summary", "description", "mount", "condition"),
    *("grade", "found", "vat", "lithium", "finish"),
    *("drawing", "drawing_label", "drawing_sub"),
)
WHOLE = ("shutter_count", "warranty_months", "weight_g", "popularity", "staff_pick")
MEASURES = ("width_mm", "height_mm", "depth_mm")
YES_NO = ("published", "discontinued", "electrical")
COLUMNS = (
    *REQUIRED,
    *(name for name in PLAIN if name not in REQUIRED),
    *WHOLE,
    *MEASURES,
    *YES_NO,
    *("stock", "due_on", "in_the_box", "specs"),
)
TRUE = ("1", "yes", "y", "true")
FALSE = ("0", "no", "n", "false")
LARGEST = 2_147_483_647
# What is drawn for a new product when the file does not say.
DRAWINGS = {
    "cameras": "cam-slr",
    "lenses": "lens-prime",
    "film": "film-35",
    "bags-tripods": "bag-shoulder",
    "accessories": "filter",
    "used": "cam-slr",
}


class BadLine(ValueError):
    """Why a line cannot be a product; several reasons are joined by semicolons."""


@dataclass
class Line:
    """What one line asks for. Only columns that the file has are in `fields`."""

    sku: str
    price: int
    stock: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Catalogue:
    """What lines refer to, fetched once. Brands that are new are made when needed."""

    categories: dict[str, Category]
    brands: dict[str, Brand]

    @classmethod
    def fetch(cls) -> "Catalogue":
        rows = Category.objects.select_related("parent")
        return cls(
            categories={
                f"{row.parent.slug}/{row.slug}" if row.parent else row.slug: row
                for row in rows
            },
            brands={row.name.lower(): row for row in Brand.objects.all()},
        )

    def brand(self, name: str) -> Brand:
        """Return the brand of that name, made if there is none."""
        found = self.brands.get(name.lower())
        if found is None:
            found = Brand.objects.create(name=name, slug=slugify(name) or "other")
            self.brands[name.lower()] = found
        return found


def read(row: Mapping[str, str], catalogue: Catalogue) -> Line:
    """Return what the line asks for. Raises BadLine with every reason at once."""
    values = {name: (value or "").strip() for name, value in row.items()}
    wrong = [f"{name} is missing" for name in REQUIRED if not values.get(name)]
    if wrong:
        raise BadLine("; ".join(wrong))
    line = Line(sku=values["sku"].upper(), price=0)
    category = catalogue.categories.get(values["category"].lower())
    if category is None:
        wrong.append(f"there is no category {values['category'][:60]!r}")
    else:
        line.fields["category"] = category
    for name, read_one in READERS.items():
        if name not in values:
            continue
        try:
            value = read_one(values[name])
        except (ValueError, InvalidOperation) as error:
            wrong.append(f"{name}: {error}")
            continue
        if name == "price":
            line.price = value
        elif name == "stock":
            line.stock = value
        elif name != "slug" or value:
            line.fields[name] = value
    if wrong:
        raise BadLine("; ".join(wrong))
    return line


def new_product(line: Line) -> Product:
    """Return the line as a product that is not saved yet."""
    fields = {name: value for name, value in line.fields.items() if value is not None}
    category: Category = fields["category"]
    department = (category.parent or category).slug
    fields.setdefault("slug", slugify(f"{fields['name'][:80]}-{line.sku}"))
    if not fields.get("drawing"):
        fields["drawing"] = DRAWINGS.get(department, "filter")
    for name in ("condition", "vat", "lithium"):
        if not fields.get(name):
            fields.pop(name, None)
    product = Product(sku=line.sku, price=line.price, **fields)
    if not product.keys:
        product.keys = specs.key_facts(product)
    return product


def _pence(text: str) -> int:
    try:
        pence = Decimal(text.removeprefix("£").replace(",", "")) * 100
    except InvalidOperation:
        raise ValueError(f"{text[:20]!r} is not an amount like 1449.00") from None
    if not pence.is_finite() or pence != int(pence) or not 1 <= pence <= 9_999_999:
        raise ValueError(f"{text[:20]!r} is not an amount from 0.01 to 99999.99")
    return int(pence)


def _whole(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:12]) > LARGEST:
        raise ValueError(f"{text[:20]!r} is not a whole number")
    return int(text)


def _measure(text: str) -> float | None:
    if not text:
        return None
    value = Decimal(text) if text.replace(".", "", 1).isdigit() else Decimal(-1)
    if not 0 < value < 100_000:
        raise ValueError(f"{text[:20]!r} is not a length in mm")
    return float(value)


def _yes_no(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(f"{text[:20]!r} is neither yes nor no")


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _things(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _specs(text: str) -> dict[str, specs.Value]:
    raw = json.loads(text or "{}")
    if not isinstance(raw, dict):
        raise ValueError("is not a JSON object")
    return specs.clean(raw)


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a NUL character")
    return text


READERS: dict[str, Any] = {
    "price": _pence,
    "stock": _whole,
    "due_on": _day,
    "in_the_box": _things,
    "specs": _specs,
    **dict.fromkeys(PLAIN, _text),
    **dict.fromkeys(WHOLE, _whole),
    **dict.fromkeys(MEASURES, _measure),
    **dict.fromkeys(YES_NO, _yes_no),
}
