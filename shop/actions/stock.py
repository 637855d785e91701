"""Holding, selling and releasing stock. Callers own the transaction.

Rows are locked once, in primary-key order, so that two orders for the same things
cannot wait for each other (R2).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from shop.models import Hold, Order, Stock, StockMovement


def lock(products: Iterable[int]) -> dict[int, Stock]:
    """Lock and return the stock rows of these products, by product."""
    rows = Stock.objects.select_for_update().filter(pk__in=list(products))
    return {row.pk: row for row in rows.order_by("pk")}


def free_ended_holds(*, stock: Mapping[int, Stock], now: datetime) -> None:
    """Give back what holds that have ended still keep of the locked rows."""
    ended = Hold.objects.filter(product__in=list(stock), expires_at__lt=now)
    totals = list(
        ended.order_by().values_list("product").annotate(total=Sum("quantity"))
    )
    if not totals:
        return
    ended.delete()
    for product, total in totals:
        Stock.objects.filter(pk=product).update(held=F("held") - total)
        stock[product].held -= total


def hold(
    *, order: Order, wanted: Mapping[int, int], until: datetime, now: datetime
) -> dict[int, int]:
    """Hold stock for an order, all of it or none.

    In: product to quantity. Out: the products that are short, with what there is; an
    empty answer means that everything is held until `until`.
    """
    stock = lock(wanted)
    free_ended_holds(stock=stock, now=now)
    short = {
        product: stock[product].available if product in stock else 0
        for product, quantity in wanted.items()
        if product not in stock or stock[product].available < quantity
    }
    if short:
        return short
    for product, quantity in wanted.items():
        Stock.objects.filter(pk=product).update(held=F("held") + quantity)
    Hold.objects.bulk_create(
        Hold(order=order, product_id=product, quantity=quantity, expires_at=until)
        for product, quantity in wanted.items()
    )
    return {}


def release(*, order: Order) -> None:
    """End an order's holds; once they are gone this does nothing."""
    products = list(order.holds.values_list("product_id", flat=True))
    lock(products)
    for held in order.holds.all():
        deleted, _ = Hold.objects.filter(pk=held.pk).delete()
        if deleted:
            Stock.objects.filter(pk=held.product_id).update(
                held=F("held") - held.quantity
            )


def sell(*, order: Order, by: str) -> bool:
    """Book an order's goods out: from its holds, or anew where those have ended.

    Out: False, with nothing booked and its holds ended, when the goods are no longer
    there.
    """
    wanted = {
        line.product_id: line.quantity for line in order.lines.all() if line.product_id
    }
    if len(wanted) != len(order.lines.all()):
        release(order=order)
        return False
    return _book_out(order, wanted, StockMovement.Reason.SOLD, by)


def sell_more(*, order: Order, wanted: Mapping[int, int], by: str) -> bool:
    """Book out what is added to an order: product to quantity. Out as of sell()."""
    return _book_out(order, wanted, StockMovement.Reason.ADDED, by)


def _book_out(
    order: Order, wanted: Mapping[int, int], reason: StockMovement.Reason, by: str
) -> bool:
    now = timezone.now()
    stock = lock(wanted)
    mine = {held.product_id: held for held in order.holds.all()}
    Hold.objects.filter(pk__in=[held.pk for held in mine.values()]).delete()
    for product, held in mine.items():
        Stock.objects.filter(pk=product).update(held=F("held") - held.quantity)
        stock[product].held -= held.quantity
    free_ended_holds(stock=stock, now=now)
    if any(
        product not in stock or stock[product].available < quantity
        for product, quantity in wanted.items()
    ):
        return False
    for product, quantity in wanted.items():
        Stock.objects.filter(pk=product).update(on_hand=F("on_hand") - quantity)
    StockMovement.objects.bulk_create(
        StockMovement(
            product_id=product,
            quantity=-quantity,
            reason=reason,
            order_number=order.number,
            by=by,
        )
        for product, quantity in wanted.items()
    )
    return True


def put_back(*, order: Order, by: str) -> None:
    """Undo what is left of a sale whose goods never left the shop.

    Undone wholly, there is nothing left: repeating it does nothing.
    """
    moves = StockMovement.objects.filter(
        order_number=order.number, reason__in=["sold", "added", "released"]
    ).order_by()
    lock(moves.values_list("product_id", flat=True))
    for product, left in moves.values_list("product_id").annotate(Sum("quantity")):
        if left < 0:
            _book_back(product, -left, StockMovement.Reason.RELEASED, order, by)


def put_back_some(*, order: Order, wanted: Mapping[int, int], by: str) -> None:
    """Undo a part of a sale: product to quantity. The caller minds how much is left."""
    lock(wanted)
    for product, quantity in wanted.items():
        _book_back(product, quantity, StockMovement.Reason.RELEASED, order, by)


def take_back(
    *, order: Order, product: int, quantity: int, scrap: bool, by: str
) -> None:
    """Book in what a customer sent back: onto the shelf, or through it to the bin."""
    lock([product])
    _book_back(product, quantity, StockMovement.Reason.RETURNED, order, by)
    if scrap:
        _book_back(product, -quantity, StockMovement.Reason.SCRAPPED, order, by)


def write_off(*, order: Order, product: int, quantity: int, by: str) -> bool:
    """Book off the shelf what was lost of an order; False if it is not there."""
    rows = lock([product])
    if product not in rows or rows[product].available < quantity:
        return False
    _book_back(product, -quantity, StockMovement.Reason.LOST, order, by)
    return True


def _book_back(
    product: int, quantity: int, reason: StockMovement.Reason, order: Order, by: str
) -> None:
    StockMovement.objects.create(
        product_id=product,
        quantity=quantity,
        reason=reason,
        order_number=order.number,
        by=by,
    )
    Stock.objects.filter(pk=product).update(on_hand=F("on_hand") + quantity)


def sweep_ended_holds(*, limit: int = 500) -> int:
    """Give back the stock of holds that ended; out: how many products had some."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        ended = Hold.objects.filter(expires_at__lt=now).order_by()
        products = ended.values_list("product_id", flat=True).distinct()[:limit]
        rows = lock(list(products))
        free_ended_holds(stock=rows, now=now)
    return len(rows)
