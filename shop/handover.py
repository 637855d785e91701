"""Orders as rows about people: for a sale of the business, or a demand of the law."""

from collections.abc import Iterator

from privacy.handover import People, Table, register
from shop.models import Order, OrderLine, Payment, Status


def _orders(people: People) -> Iterator[tuple[str, Order]]:
    for order in Order.objects.filter(email_hash__in=people).order_by("pk"):
        yield order.email_hash, order


def _lines(people: People) -> Iterator[tuple[str, OrderLine]]:
    lines = OrderLine.objects.filter(order__email_hash__in=people)
    for line in lines.select_related("order").order_by("order_id", "position"):
        yield line.order.email_hash, line


def _payments(people: People) -> Iterator[tuple[str, Payment]]:
    payments = Payment.objects.filter(order__email_hash__in=people)
    for payment in payments.select_related("order").order_by("order_id", "pk"):
        yield payment.order.email_hash, payment


def _bought(order: Order) -> bool:
    """An order is business once it is paid for; before, it is only somebody's plan."""
    return order.status == Status.AUTHORISED


register(
    Table(
        Order,
        of=_orders,
        about=lambda order: order.about,
        moves=_bought,
    )
)
register(
    Table(
        OrderLine,
        of=_lines,
        about=lambda line: line.order.about,
        moves=lambda line: _bought(line.order),
    )
)
register(
    # The payment host knows what it must; a new owner has its own.
    Table(
        Payment,
        of=_payments,
        about=lambda payment: payment.order.about,
        moves=None,
    )
)
