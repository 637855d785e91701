"""Orders as rows about people: for a sale of the business, or a demand of the law."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

from django.db.models import Model, Q
from django.utils import timezone

from jessops.lib.clock import LONDON, in_london, long_date
from privacy.erasure import Waiting, finish_first
from privacy.handover import People, Table, register
from shop.actions import corrections  # noqa: F401  follows members' corrections
from shop.models import (
    Amendment,
    AmendmentLine,
    Capture,
    Consignment,
    ContactBy,
    Document,
    LinkRequest,
    Note,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    Refund,
    Return,
    ReturnLine,
    Status,
    TrackingStep,
)

# Whoever waits for us is not kept waiting for ever: a month, as with every request.
LONGEST_WAIT = timedelta(days=30)


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


def _of_orders(model: type[Model], way: str) -> Table:
    """Return a table whose rows belong to an order, `way` up, and share its fate."""

    def of(people: People) -> Iterator[tuple[str, Any]]:
        rows = model._default_manager.filter(**{f"{way}__email_hash__in": people})
        for row in rows.select_related(way).order_by("pk"):
            yield order_of(row).email_hash, row

    def order_of(row: Any) -> Order:
        for step in way.split("__"):
            row = getattr(row, step)
        return cast(Order, row)

    return Table(
        model,
        of=of,
        about=lambda row: order_of(row).about,
        moves=lambda row: _bought(order_of(row)),
        stays=lambda row: _taxed(order_of(row)),
    )


def _notes(people: People) -> Iterator[tuple[str, Note]]:
    notes = Note.objects.filter(email_hash__in=people).select_related("order")
    for note in notes.order_by("pk"):
        yield note.email_hash, note


def _links(people: People) -> Iterator[tuple[str, LinkRequest]]:
    for request in LinkRequest.objects.filter(email_hash__in=people).order_by("pk"):
        yield request.email_hash, request


def _taxed(order: Order) -> bool:
    """Does tax law ask for its record? Where money moved, or may have moved."""
    moved = (PaymentStatus.CAPTURED, PaymentStatus.REFUSED)
    paid = any(payment.status in moved for payment in order.payments.all())
    return paid or order.status == Status.AUTHORISED


def under_way(subject: str) -> Iterator[Waiting]:
    """Yield what must end before somebody is erased: payments, parcels, money back."""
    yield from _after_the_sale(subject)
    now = timezone.now()
    busy = Q(payments__status__in=(*Payment.LIVE, PaymentStatus.VOIDING))
    coming = Q(status=Status.AUTHORISED, delivery_on__gte=in_london(now).date())
    orders = Order.objects.filter(busy | coming, email_hash=subject)
    for order in orders.distinct().order_by("pk"):
        if order.status == Status.AUTHORISED:
            day = order.delivery_on + timedelta(days=1)
            until = datetime.combine(day, time.min, LONDON).astimezone(UTC)
            words = f"Order {order.number} arrives on {long_date(order.delivery_on)}."
        else:
            until = now + timedelta(hours=1)
            words = f"The payment of order {order.number} is not settled yet."
        yield Waiting(order.about, words, until)


def _after_the_sale(subject: str) -> Iterator[Waiting]:
    """Yield parcels that are late, returns and refunds: a month of each, no longer."""
    now = timezone.now()
    over = (*Consignment.GONE, Consignment.State.DELIVERED)
    late = Consignment.objects.exclude(state__in=over).filter(
        order__delivery_on__lt=in_london(now).date()
    )
    open_ = Return.objects.filter(state__in=[Return.State.ASKED, Return.State.RECEIVED])
    states = (Refund.State.WAITING, Refund.State.ASKED, Refund.State.SENT)
    owing = Refund.objects.filter(state__in=states)
    for words, rows, since in (
        ("A parcel of order {} has not arrived yet.", late, "created_at"),
        ("A return of order {} is not settled yet.", open_, "asked_at"),
        ("Money of order {} is not given back yet.", owing, "asked_at"),
    ):
        recent = {"order__email_hash": subject, f"{since}__gt": now - LONGEST_WAIT}
        for row in rows.filter(**recent).select_related("order").order_by("pk"):
            order = row.order
            until = min(now + timedelta(days=1), getattr(row, since) + LONGEST_WAIT)
            yield Waiting(order.about, words.format(order.number), until)


finish_first(under_way)

register(
    Table(
        Order,
        of=_orders,
        about=lambda order: order.about,
        moves=_bought,
        stays=_taxed,
        blanks={
            "contact_by": ContactBy.EMAIL,
            "no_marketing": False,
            "carrier_may_ring": False,
            # the old link leads nowhere from then on
            "token": lambda order: secrets.token_urlsafe(24),
        },
        follows=("email_hash", "email"),
    )
)
register(
    Table(
        OrderLine,
        of=_lines,
        about=lambda line: line.order.about,
        moves=lambda line: _bought(line.order),
        stays=lambda line: _taxed(line.order),
    )
)
register(
    # The payment host knows what it must; a new owner has its own.
    Table(
        Payment,
        of=_payments,
        about=lambda payment: payment.order.about,
        moves=None,
        stays=lambda payment: _taxed(payment.order),
        blanks={"url": ""},
    )
)
for _model, _way in (
    (Consignment, "order"),
    (TrackingStep, "consignment__order"),
    (Return, "order"),
    (ReturnLine, "back__order"),
    (Refund, "order"),
    (Capture, "payment__order"),
    (Amendment, "order"),
    (AmendmentLine, "amendment__order"),
    (Document, "order"),
):
    register(_of_orders(_model, _way))
register(
    Table(
        Note,
        of=_notes,
        about=lambda note: note.order.about,
        moves=lambda note: _bought(note.order),
        stays=lambda note: False,
        follows=("email_hash",),
    )
)
register(
    Table(
        LinkRequest,
        of=_links,
        about=lambda request: f"order:{request.number}",
        moves=None,
    )
)
