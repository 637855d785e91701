"""The queries of a product's page: the product itself, and three for what goes with it.

Each is turned into SQL once a process (shop/ready.py).
"""

from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from shop.list_rows import AVAILABLE, LISTED
from shop.models import Brand, Category, Condition, Product
from shop.ready import Ready

MOST_USED_ONES = 12
MOST_FINISHES = 6
EXAMPLES = 3
NOT_SHOWN = {"search", "sensor"}
OWN = [
    field.attname
    for field in Product._meta.concrete_fields
    if field.name not in NOT_SHOWN
]


def product(slug: str) -> Product | None:
    """Return a published product with `available`, brand, category, and the new one.

    Only the names and addresses of the last three are there.
    """
    row = PRODUCT.first(slug)
    if row is None:
        return None
    found = Product.from_db(connection.alias, OWN, row[: len(OWN)])
    found.available = row.available  # type: ignore[attr-defined]
    found.brand = Brand(pk=found.brand_id, name=row.brand__name)
    above = None
    if row.category__parent is not None:
        above = Category(
            pk=row.category__parent,
            slug=row.category__parent__slug,
            name=row.category__parent__name,
        )
    found.category = Category(
        pk=found.category_id,
        slug=row.category__slug,
        name=row.category__name,
        parent=above,
    )
    return found


def _product(slug: str) -> QuerySet[Product, Any]:
    return (
        Product.objects.on_sale()
        .with_available()
        .filter(slug=slug)
        .order_by()
        .values_list(
            *OWN,
            "available",
            "brand__name",
            *("category__slug", "category__name", "category__parent"),
            *("category__parent__slug", "category__parent__name"),
        )
    )


def _new_one(pk: int) -> QuerySet[Product, Any]:
    return (
        Product.objects.on_sale()
        .filter(pk=pk)
        .order_by()
        .values_list("slug", "name", "price")
    )


def _used_ones(pk: int) -> QuerySet[Product, Any]:
    return (
        Product.objects.filter(AVAILABLE, published=True, used_of=pk)
        .order_by("price", "pk")
        .values_list("slug", "grade", "finish", "shutter_count", "found", "price")[
            :MOST_USED_ONES
        ]
    )


def _that_fit(mount: str, department: str) -> QuerySet[Product]:
    return Product.objects.filter(
        LISTED,
        mount=mount,
        category__parent__slug=department,
        condition=Condition.NEW,
    )


def _fitting(mount: str, department: str) -> QuerySet[Product, Any]:
    best = _that_fit(mount, department).order_by("-popularity", "pk")
    return best.values_list(
        *("slug", "name", "drawing", "drawing_label", "drawing_sub", "finish")
    )[:EXAMPLES]


def _fitting_count(mount: str, department: str) -> QuerySet[Product, Any]:
    # Grouped by what all have in common: one row, or none.
    alike = _that_fit(mount, department).order_by().values("mount")
    return alike.annotate(total=Count("*")).values_list("total")


def _finishes(
    category: int, brand: int, first: str, last: str
) -> QuerySet[Product, Any]:
    return (
        Product.objects.filter(
            LISTED,
            category=category,
            brand=brand,
            condition=Condition.NEW,
            name__gte=first,
            name__lt=last,
        )
        .order_by("name", "pk")
        .values_list("pk", "slug", "name", "price", "stock__on_hand", "stock__held")[
            :MOST_FINISHES
        ]
    )


PRODUCT = Ready(_product)
NEW_ONE = Ready(_new_one)
USED_ONES = Ready(_used_ones)
FITTING = Ready(_fitting)
FITTING_COUNT = Ready(_fitting_count)
FINISHES = Ready(_finishes)
