"""The named cast of the tests: products with stock, and a guest with a trolley."""

import itertools
from typing import Any

from django.test import Client
from django.utils import timezone

from shop.models import (
    Brand,
    Category,
    Order,
    Payment,
    PaymentStatus,
    Product,
    Status,
    Stock,
    StockMovement,
)
from shop.trolley import COOKIE, Trolley, encode

_numbers = itertools.count(1)

# Everything the order form asks, as PRIYA fills it in.
PRIYA = {
    "title": "",
    "full_name": "Priya Raman",
    "email": "priya@example.co.uk",
    "telephone": "01628 496000",
    "postcode": "SL7 1EY",
    "line1": "12 Mill Lane",
    "line2": "",
    "town": "Marlow",
    "county": "",
    "billing_same": "1",
    "delivery": "standard",
    "contact_by": "email",
}


def category(slug: str = "cameras", parent: Category | None = None) -> Category:
    found, _ = Category.objects.get_or_create(
        slug=slug, parent=parent, defaults={"name": slug.replace("-", " ").title()}
    )
    return found


def product(*, stock: int = 10, sku: str = "", **fields: Any) -> Product:
    """A product with a page, a price of £100 unless given, and an opening count."""
    number = next(_numbers)
    sku = sku or f"T{number:05d}"
    brand, _ = Brand.objects.get_or_create(slug="ilford", name="Ilford")
    values: dict[str, Any] = {
        "name": f"Camera {number}",
        "slug": f"camera-{number}-{sku.lower().replace('.', '-')}",
        "brand": brand,
        "price": 10_000,
        "drawing": "cam-slr",
        **fields,
    }
    values.setdefault("category", None)
    values["category"] = values["category"] or category()
    made = Product.objects.create(sku=sku, **values)
    Stock.objects.create(product=made, on_hand=stock)
    if stock:
        StockMovement.objects.create(
            product=made, quantity=stock, reason=StockMovement.Reason.OPENING
        )
    return made


def fill(client: Client, lines: dict[str, int]) -> None:
    """Give a test client a trolley."""
    client.cookies[COOKIE] = encode(Trolley(lines))


def draft_token(client: Client, lines: dict[str, int], **changes: str) -> str:
    """Fill in the order form as PRIYA, and return the order's token."""
    fill(client, lines)
    response = client.post("/checkout/", {**PRIYA, **changes})
    assert response.status_code == 303, response.content.decode()
    return response["Location"].split("/")[2]


def move_order(token: str, status: str, **fields: Any) -> None:
    """Bring a draft into a state by the moves that the database allows."""
    rows = Order.objects.filter(token=token)
    if status != Status.PENDING:
        rows.update(status=Status.PENDING, placed_at=fields.get("placed_at"))
    rows.update(status=status, **fields)


def reserve(order: Order) -> Payment:
    """Let an order stand on a payment, as if the bank had said yes."""
    return Payment.objects.create(
        order=order,
        reference=f"reserved-{order.pk}",
        status=PaymentStatus.AUTHORISED,
        amount_pence=order.total_pence,
        expires_at=timezone.now(),
        authorised_at=timezone.now(),
    )
