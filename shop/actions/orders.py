"""From a filled-in form to an order that waits for its payment."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from jessops.lib.hashing import email_hash
from privacy import choices, policies
from shop import collection, delivery
from shop.actions import stock, vouchers
from shop.contents import Contents
from shop.delivery import Quote
from shop.models import (
    AddressCheck,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    Status,
)
from shop.pricing import line_vat
from shop.wording import OPT_OUT

GOOD_FOR = timedelta(hours=2)
# Longer than the 30 minutes that the payment host asks for at least, by enough that a
# repeat after a lost answer still asks for the same session.
SESSION_LIFE = timedelta(minutes=45)
# A hold outlives its session, so that a payment in its last second finds its goods.
HOLD_GRACE = timedelta(minutes=10)
TWIN_WITHIN = timedelta(hours=1)


class OrderError(Exception):
    """Base of why an order cannot go on."""


class SoldOut(OrderError):
    """Some goods are short; `short` is (name, how many there are)."""

    def __init__(self, short: list[tuple[str, int]]) -> None:
        super().__init__("sold out")
        self.short = short


class OutOfDate(OrderError):
    """The prices and the delivery day were shown too long ago."""


class Changed(OrderError):
    """The order is no longer what its review page showed: changed in another tab."""


class AlreadyOrdered(OrderError):
    """The same things were ordered with the same details a short while ago."""

    def __init__(self, at: datetime) -> None:
        super().__init__("already ordered")
        self.at = at


class NotOpen(OrderError):
    """The order is placed, paid or cancelled: this can no longer be done to it."""

    def __init__(self, order: Order) -> None:
        super().__init__("not open")
        self.order = order


class PaymentUnsettled(OrderError):
    """The last payment page has ended, and the bank must first say how."""


@dataclass(frozen=True, kw_only=True)
class Details:
    """What the customer typed, checked for form."""

    title: str
    full_name: str
    email: str
    telephone: str
    line1: str
    line2: str
    town: str
    county: str
    postcode: str
    billing_line1: str
    billing_line2: str
    billing_town: str
    billing_county: str
    billing_postcode: str
    contact_by: str
    no_marketing: bool
    carrier_may_ring: bool = False


DETAIL_FIELDS = tuple(field.name for field in fields(Details))


def draft(
    *,
    details: Details,
    contents: Contents,
    quote: Quote,
    attempt: str | None = None,
    order: Order | None = None,
) -> Order:
    """Write down what will be bought, frozen, for the review page. Holds nothing yet.

    The same `attempt` (one rendered form), or an `order` given to change, is the same
    order again. Raises NotOpen when that one is placed and its payment still open, or
    paid. The address counts as unchecked until note_address() says otherwise.
    """
    now = timezone.now()
    sums = contents.sums(quote.pence)
    values: dict[str, object] = {
        **{name: getattr(details, name) for name in DETAIL_FIELDS},
        "email_hash": email_hash(details.email),
        "fingerprint": fingerprint(details=details, contents=contents, quote=quote),
        "policy_version": policies.current_version(),
        "address_check": AddressCheck.UNAVAILABLE,
        "review": "address",
        "again": False,
        "delivery": quote.code,
        "delivery_name": quote.option.name,
        "delivery_pence": sums.delivery,
        "delivery_vat_pence": sums.delivery_vat,
        "delivery_on": quote.on,
        "goods_pence": sums.goods,
        "voucher": contents.voucher,
        "off_pence": sums.off,
        "vat_pence": sums.vat,
        "total_pence": sums.total,
        "good_until": delivery.good_until(now, GOOD_FOR),
    }
    with transaction.atomic(durable=True):
        found = _existing(attempt, order)
        if found is None:
            # None still: the same form, sent twice at once, was first; the last wins.
            drafted = _create(values, attempt) or _redraft(
                _existing(attempt, None), values
            )
        else:
            drafted = _redraft(found, values)
        OrderLine.objects.bulk_create(_lines(drafted, contents))
    return drafted


def _redraft(order: Order | None, values: dict[str, object]) -> Order:
    """Write new answers over an order that is not placed."""
    if order is None:
        raise OrderError("no free order number")
    if order.status == Status.PENDING or not order.can_be_paid:
        raise NotOpen(order)
    for name, value in values.items():
        setattr(order, name, value)
    order.save(update_fields=list(values))
    order.lines.all().delete()
    return order


def note_address(*, order: Order, check: AddressCheck) -> None:
    """Keep the result of the address check, a code and no more (P93).

    Nobody has to look at where nothing is sent: what is collected goes on.
    """
    clear = check in (AddressCheck.MATCH, AddressCheck.NEAR) or collection.of(order)
    Order.objects.unpaid().filter(pk=order.pk, fingerprint=order.fingerprint).update(
        address_check=check, review="" if clear else "address"
    )


def place(*, order: Order, sure: bool, again: bool = False, seen: str = "") -> Payment:
    """Make the order wait for payment, with its stock held, in one durable step.

    Placing twice gives the same payment. The customer means it even if the same was
    bought a moment ago when `sure`, as their trolley still holds it, or when they said
    so: `again` is remembered, and such an order is never given back as a twin.
    `seen` is Order.seen of the page whose button was pressed; what was seen is what is
    paid (R5). Raises Changed, SoldOut, OutOfDate, AlreadyOrdered, NotOpen,
    PaymentUnsettled, vouchers.Refused. The session itself is opened afterwards, by
    payments.open_session: no lock waits for the bank. A ticked "no marketing" counts
    from here on (P68).
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not order.can_be_paid:
            raise NotOpen(order)
        if seen and seen != order.seen:
            raise Changed
        if again and not order.again:
            order.again = True
            order.save(update_fields=["again"])
        # Asked of an open payment page, too: the other window may have paid since.
        other = None if sure or order.again else twin(order, now)
        if other:
            raise AlreadyOrdered(other.placed_at or now)
        live = order.payments.filter(status__in=Payment.LIVE).first()
        if live and live.expires_at > now:
            return live
        if live:
            raise PaymentUnsettled
        if order.good_until < now:
            raise OutOfDate
        until = now + SESSION_LIFE
        _hold(order, until + HOLD_GRACE, now)
        vouchers.spend(order=order)
        payment = Payment.objects.create(
            order=order,
            reference=secrets.token_urlsafe(18),
            amount_pence=order.total_pence,
            expires_at=until,
        )
        order.status = Status.PENDING
        order.placed_at = order.placed_at or now
        order.closed_at, order.closed_why = None, ""
        order.save(update_fields=["status", "placed_at", "closed_at", "closed_why"])
        event(order, "placed", by="customer")
        if order.no_marketing:
            choices.record_opt_out_box(
                email=order.email,
                ticked=True,
                where="checkout",
                wording=OPT_OUT,
                about=order.about,
            )
    return payment


def event(order: Order, code: str, *, by: str, detail: str = "") -> None:
    """Add a line to the order's history: codes only."""
    OrderEvent.objects.create(
        order_number=order.number, code=code, detail=detail, by=by
    )


def _existing(attempt: str | None, order: Order | None) -> Order | None:
    rows = Order.objects.select_for_update()
    if order is not None:
        return rows.get(pk=order.pk)
    return rows.filter(attempt=attempt).first() if attempt else None


def _create(values: dict[str, object], attempt: str | None) -> Order | None:
    """Create a draft; None when the same form, sent at the same time, was first."""
    for _ in range(5):
        try:
            with transaction.atomic():
                return Order.objects.create(
                    number=_number(),
                    token=secrets.token_urlsafe(24),
                    attempt=attempt,
                    **values,
                )
        except IntegrityError:
            if attempt and Order.objects.filter(attempt=attempt).exists():
                return None
    return None


def _number() -> str:
    """A number to read out on the telephone, which does not tell how many there are."""
    digits = f"{secrets.randbelow(10**8):08d}"
    return f"J{timezone.now():%y}-{digits[:4]}-{digits[4:]}"


def _lines(order: Order, contents: Contents) -> list[OrderLine]:
    return [
        OrderLine(
            order=order,
            product=line.product,
            position=position,
            sku=line.product.sku,
            name=line.product.name,
            condition=line.product.condition,
            quantity=line.quantity,
            unit_pence=line.product.price - off,
            off_pence=off,
            line_pence=line.pence - off * line.quantity,
            vat=line.product.vat,
            vat_pence=line_vat(line.product.vat, line.pence - off * line.quantity),
            warranty_months=line.product.warranty_months,
            drawing=line.product.drawing,
            drawing_label=line.product.drawing_label,
            drawing_sub=line.product.drawing_sub,
            finish=line.product.finish,
        )
        for position, (line, off) in enumerate(
            zip(contents.lines, contents.off_each(), strict=True)
        )
    ]


def _hold(order: Order, until: datetime, now: datetime) -> None:
    lines = list(order.lines.all())
    names = {line.product_id: line.name for line in lines}
    gone = [(line.name, 0) for line in lines if line.product_id is None]
    if gone:
        raise SoldOut(gone)
    stock.release(order=order)
    wanted = {line.product_id: line.quantity for line in lines if line.product_id}
    short = stock.hold(order=order, wanted=wanted, until=until, now=now)
    if short:
        raise SoldOut([(names[product], left) for product, left in short.items()])


def twin(order: Order, now: datetime) -> Order | None:
    """The same things bought with the same details in another tab a moment ago (R7)."""
    recent = _twins(order).filter(placed_at__gt=now - TWIN_WITHIN)
    return recent.order_by("-placed_at").first()


def twin_paid_beside(payment: Payment) -> Order | None:
    """The twin that was paid while this payment's page stood open, if there is one.

    However long ago: what counts is that the two stood at the bank together. The
    order's own placed_at would not tell, as an order may be placed, lapse, and be
    placed again on purpose. Ask under take_turns(), or two may each miss the other.
    """
    beside = _twins(payment.order).filter(authorised_at__gt=payment.created_at)
    return beside.order_by("authorised_at").first()


def take_turns(order: Order) -> None:
    """Wait, to the end of the transaction, for whoever is settling a twin of it.

    Twins are different rows and know nothing of each other, so that no row's lock
    would make exactly one of two the first. Taken after the order's own row and before
    stock, by all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"twins {order.fingerprint}"],
        )


def _twins(order: Order) -> models.QuerySet[Order]:
    same = Order.objects.filter(fingerprint=order.fingerprint, status=Status.AUTHORISED)
    return same.exclude(pk=order.pk)


def fingerprint(*, details: Details, contents: Contents, quote: Quote) -> str:
    """Return the keyed hash of all that was typed and chosen."""
    parts = [str(getattr(details, name)) for name in DETAIL_FIELDS]
    parts += [f"{line.product.sku}:{line.quantity}" for line in contents.lines]
    if contents.voucher:
        parts.append(f"code:{contents.voucher.pk}")
    text = "\n".join([*parts, quote.code])
    key = settings.DATA_HASH_KEY.encode()
    return hmac.new(key, b"order:" + text.encode(), hashlib.sha256).hexdigest()
