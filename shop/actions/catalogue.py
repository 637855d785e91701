"""Products, prices and stock: every change passes here, and leaves its reason."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from jessops.lib import clock
from shop import search
from shop.models import PriceChange, Product, Stock, StockMovement

# How long a price must have stood before it may be called the price that "was".
WAS_PRICE_STOOD_FOR = timedelta(days=28)
PRICE_FIELDS = frozenset({"price", "was_price", "was_from", "was_until"})
INDEXED_FIELDS = frozenset(
    {"name", "sku", "keys", "summary", "mount", "brand", "category"}
)


class CatalogueError(Exception):
    """A change that the shop refuses; the text is for staff."""


class WasPriceUntrue(CatalogueError):
    """The price to be shown as "was" did not stand, or is not the higher one."""


class NotEnoughOnShelf(CatalogueError):
    """The count would fall below nothing, or below what is held for open payments."""


def add_product(*, product: Product, stock: int, by: str) -> Product:
    """Put a new, valid product on sale with its first price and opening stock."""
    with transaction.atomic():
        product.save(force_insert=True)
        PriceChange.objects.create(
            product=product, price=product.price, from_on=_today()
        )
        Stock.objects.create(product=product)
        if stock:
            move_stock(
                product=product,
                quantity=stock,
                reason=StockMovement.Reason.OPENING,
                by=by,
            )
        search.index([product])
    return product


def change_product(*, product: Product, fields: Mapping[str, Any]) -> list[str]:
    """Write those fields that differ; return their names. Prices: set_price."""
    if fields.keys() & PRICE_FIELDS:
        raise ValueError("prices change through set_price")
    changed = [
        name for name, value in fields.items() if getattr(product, name) != value
    ]
    for name in changed:
        setattr(product, name, fields[name])
    if changed:
        with transaction.atomic():
            product.save(update_fields=changed)
            if INDEXED_FIELDS.intersection(changed):
                search.index([product])
    return changed


def set_price(
    *,
    product: Product,
    price: int,
    show_was: bool = False,
    today: date | None = None,
) -> Product:
    """Give a product a new price in pence with VAT, and write it into its history.

    With `show_was` the price until yesterday is shown as "was", with its dates: that
    price must be higher and have stood for 28 days (Price Marking Order 2004, DMCCA
    2024 s.227). A product that rises, or whose cut is not shown, loses its "was".
    Raises WasPriceUntrue, ValueError for a price that is none.
    """
    if not 1 <= price <= 9_999_999:
        raise ValueError("a price is 1p to £99,999.99")
    today = today or _today()
    with transaction.atomic():
        current = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
        if current.price == price and not show_was:
            product.price = price
            return product
        previous = check_price(
            product=current, price=price, show_was=show_was, today=today
        )
        current.was_price = previous.price if previous else None
        current.was_from = previous.from_on if previous else None
        current.was_until = today - timedelta(days=1) if previous else None
        current.price = price
        fields = ["price", "was_price", "was_from", "was_until"]
        current.save(update_fields=fields)
        PriceChange.objects.update_or_create(
            product=current, from_on=today, defaults={"price": price}
        )
    for field in fields:
        setattr(product, field, getattr(current, field))
    return product


def check_price(
    *, product: Product, price: int, show_was: bool, today: date | None = None
) -> PriceChange | None:
    """Return the price that may be shown as "was", if one is wanted.

    Raises WasPriceUntrue when it did not stand for 28 days, or was not higher.
    """
    if not show_was:
        return None
    today = today or _today()
    previous = (
        PriceChange.objects.filter(product=product, from_on__lt=today)
        .order_by("-from_on")
        .first()
    )
    if previous is None or today - previous.from_on < WAS_PRICE_STOOD_FOR:
        raise WasPriceUntrue("the old price has not stood for 28 days")
    if previous.price <= price:
        raise WasPriceUntrue("the old price is not higher than the new one")
    return previous


def move_stock(
    *,
    product: Product,
    quantity: int,
    reason: StockMovement.Reason,
    by: str,
    order_number: str = "",
) -> Stock:
    """Add `quantity` (negative takes away) to the shelf, and say why in the ledger.

    Raises NotEnoughOnShelf rather than touch what is held for an open payment.
    """
    if quantity == 0:
        raise ValueError("a movement moves something")
    with transaction.atomic():
        stock = locked_stock(product)
        return _book(stock, quantity, reason, by=by, order_number=order_number)


def receive_stock(*, product: Product, quantity: int, by: str) -> Stock:
    """Book `quantity` pieces in from a supplier."""
    if quantity < 1:
        raise ValueError("a delivery brings at least one")
    return move_stock(
        product=product,
        quantity=quantity,
        reason=StockMovement.Reason.RECEIVED,
        by=by,
    )


def count_stock(*, product: Product, counted: int, by: str) -> Stock:
    """Set the shelf to what was counted there; the ledger gets the difference.

    Raises NotEnoughOnShelf when fewer were counted than open payments hold.
    """
    if counted < 0:
        raise ValueError("nobody counts fewer than none")
    with transaction.atomic():
        stock = locked_stock(product)
        difference = counted - stock.on_hand
        if difference == 0:
            return stock
        return _book(stock, difference, StockMovement.Reason.COUNTED, by=by)


def locked_stock(product: Product) -> Stock:
    """Return the product's stock row, locked; it is made on its first use."""
    stock = Stock.objects.select_for_update().filter(product=product).first()
    if stock is None:
        # Two first movements at once: one makes the row, both lock it.
        Stock.objects.bulk_create([Stock(product=product)], ignore_conflicts=True)
        stock = Stock.objects.select_for_update().get(product=product)
    return stock


def _today() -> date:
    return clock.in_london(timezone.now()).date()


def _book(
    stock: Stock,
    quantity: int,
    reason: StockMovement.Reason,
    *,
    by: str,
    order_number: str = "",
) -> Stock:
    if stock.on_hand + quantity < stock.held:
        raise NotEnoughOnShelf(
            f"{stock.on_hand} on the shelf, {stock.held} of them held for payments"
        )
    stock.on_hand += quantity
    stock.save(update_fields=["on_hand"])
    StockMovement.objects.create(
        product_id=stock.product_id,
        quantity=quantity,
        reason=reason,
        order_number=order_number,
        by=by,
    )
    return stock
