"""Taking authorised money when goods leave: once a parcel, whatever is repeated.

`ask` writes down what is to be taken, in the transaction that hands the parcel over;
`take` asks the bank for it afterwards, holding no lock. A sweep takes what was missed.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from shop.actions import documents, orders, reviewing
from shop.clients import bank
from shop.models import (
    Capture,
    Consignment,
    ConsignmentLine,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    Status,
)

# In the name of a refund of what was paid for and cancelled afterwards.
REST = "rest"
log = logging.getLogger(__name__)

PAID = (PaymentStatus.AUTHORISED, PaymentStatus.CAPTURED)
# The bank knows our names for a day; an unclear answer older than this needs a person.
KEY_LIFE = timedelta(hours=20)


class CaptureError(Exception):
    """Money that cannot be taken; the text is for staff."""


class NothingReserved(CaptureError):
    """The order has no authorised payment: its parcel must not leave."""


def ask(*, consignment: Consignment, by: str) -> Capture | None:
    """Write down what this parcel costs, to be taken; the caller's transaction.

    The first parcel bears the delivery; the last takes what is left to pay. None when
    all is taken already. Raises NothingReserved.
    """
    order = Order.objects.select_for_update().get(pk=consignment.order_id)
    payment = paid_by(order)
    found = Capture.objects.filter(consignment=consignment).first()
    if found:
        return found
    done = complete(order, with_=consignment)
    pence = _price(order, payment, consignment, last=done)
    if pence and _let_go(payment):
        raise NothingReserved("The bank has let the money of this order go.")
    if done:
        order.sent_at = timezone.now()
        order.save(update_fields=["sent_at"])
    if not pence:
        return None
    final = done or not payment.multicapture
    if final and not done:
        # This card is charged once: the rest of the order has no money behind it.
        order.review = order.with_review("unpaid-rest")
        order.save(update_fields=["review"])
        reviewing.tell(order=order, code="unpaid-rest")
    return Capture.objects.create(
        payment=payment,
        consignment=consignment,
        amount_pence=pence,
        final=final,
        key=f"capture-{consignment.number}",
        by=by,
    )


def ask_early(*, order: Order, by: str) -> Capture:
    """Take all that is left before dispatch, because the authorisation runs out.

    Only with the customer's word: who pressed it is in the history. Raises
    NothingReserved, CaptureError.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order.pk)
        payment = paid_by(order)
        found = Capture.objects.filter(key=f"capture-{order.number}").first()
        if found:
            return found
        pence = owed(order) - asked(payment)
        if pence <= 0:
            raise CaptureError("All of it is taken already.")
        orders.event(order, "captured-early", by=by)
        return Capture.objects.create(
            payment=payment,
            amount_pence=pence,
            key=f"capture-{order.number}",
            by=by,
        )


def paid_by(order: Order) -> Payment:
    """Lock and return the payment that the order stands on, or raise NothingReserved.

    Lock the order first.
    """
    payment = order.payments.select_for_update().filter(status__in=PAID).first()
    if payment is None:
        raise NothingReserved("No money is reserved for this order.")
    return payment


def reserved(order: Order) -> bool:
    """Say whether a parcel of the order may leave: its money is there, or taken."""
    payment = order.payments.filter(status__in=PAID).first()
    if payment is None:
        return False
    return not _let_go(payment) or asked(payment) >= owed(order)


def _let_go(payment: Payment) -> bool:
    """Say whether the bank keeps nothing more for us of what it reserved."""
    return bool(payment.capture_before and payment.capture_before <= timezone.now())


def may_split(order: Order) -> bool:
    """Say whether the order's card lets us take the money in parts."""
    return order.payments.filter(status__in=PAID, multicapture=True).exists()


def owed(order: Order) -> int:
    """Return what the order costs without what will not be sent after all."""
    return max(0, order.total_pence - _off(order))


def kept(order: Order, payment: Payment) -> int:
    """Return what was taken, or is about to be, less what was cancelled of it since."""
    given = payment.refunds.filter(
        key__startswith=f"refund-{REST}-{order.number}-", state__in=Refund.COUNTS
    )
    return asked(payment) - int(given.aggregate(all=Sum("amount_pence"))["all"] or 0)


def asked(payment: Payment) -> int:
    """Return what was taken of a payment, or is about to be."""
    states = (Capture.State.ASKED, Capture.State.DONE)
    return _sum(payment, *states)


def taken(payment: Payment) -> int:
    return _sum(payment, Capture.State.DONE)


def complete(order: Order, *, with_: Consignment | None = None) -> bool:
    """Say whether all of the order has left, or leaves with this parcel."""
    gone = ConsignmentLine.objects.filter(
        consignment__order=order, consignment__state__in=Consignment.LEFT
    )
    if with_:
        gone = gone | ConsignmentLine.objects.filter(consignment=with_)
    # What was lost or came back is to be sent again, or cancelled.
    sent: dict[int, int] = {}
    for line, quantity in gone.values_list("line", "quantity"):
        sent[line] = sent.get(line, 0) + quantity
    return all(
        sent.get(line.pk, 0) >= line.quantity - line.cancelled
        for line in order.lines.all()
    )


def take(*, capture: Capture) -> Capture:
    """Ask the bank for the money; repeating is safe.

    Raises BankUnavailable or StillAtIt: the sweep comes again.
    """
    capture = Capture.objects.select_related("payment__order").get(pk=capture.pk)
    if capture.state != Capture.State.ASKED:
        return capture
    payment, now = capture.payment, timezone.now()
    if capture.tried_at and _came_through(capture):
        return _done(capture)
    late = capture.tried_at and capture.tried_at < now - KEY_LIFE
    if late and _received(payment) != taken(payment):
        return _fail(capture, "unclear")
    if not capture.tried_at:
        Capture.objects.filter(pk=capture.pk, tried_at=None).update(tried_at=now)
    try:
        bank.capture(
            intent=str(payment.intent),
            pence=capture.amount_pence,
            final=capture.final,
            key=capture.bank_key,
            about=payment.order.about,
        )
    except bank.BankRefused as error:
        if _came_through(capture):
            return _done(capture)
        return _fail(capture, str(error))
    return _done(capture)


def again(*, capture: Capture, by: str) -> Capture:
    """Let what the bank refused be asked anew; a person has looked.

    Raises CaptureError where it has been taken in another way since.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=capture.payment.order_id)
        payment = Payment.objects.select_for_update().get(pk=capture.payment_id)
        capture.refresh_from_db()
        if capture.state != Capture.State.FAILED:
            return capture
        after = asked(payment) + capture.amount_pence
        if after > payment.amount_pence or order.status != Status.AUTHORISED:
            raise CaptureError("It was taken in another way, or its order is closed.")
        moved = Capture.objects.filter(
            pk=capture.pk, state=Capture.State.FAILED
        ).update(
            state=Capture.State.ASKED, turn=F("turn") + 1, problem="", tried_at=None
        )
        if moved:
            orders.event(order, "capture-again", by=by)
    capture.refresh_from_db()
    return capture


def due(*, limit: int = 200) -> list[Capture]:
    """Captures whose task got lost or whose bank was away; the oldest look first."""
    before = timezone.now() - timedelta(seconds=30)
    waiting = Capture.objects.filter(
        state=Capture.State.ASKED, asked_at__lt=before
    ).order_by(F("tried_at").asc(nulls_first=True), "pk")
    return list(waiting[:limit])


def let_rest_go(*, payment: Payment) -> None:
    """Give back to the card what will not be taken any more of a payment in parts."""
    last = payment.captures.filter(state=Capture.State.DONE).last()
    if last is None or last.final:
        return
    bank.capture(
        intent=str(payment.intent),
        pence=0,
        final=True,
        key=f"rest-{payment.reference}",
        about=payment.order.about,
    )
    Capture.objects.filter(pk=last.pk).update(final=True)


def rests(*, limit: int = 100) -> list[Payment]:
    """Payments in parts whose order has left whole, and which still hold a rest."""
    found = Payment.objects.filter(
        status=PaymentStatus.CAPTURED,
        multicapture=True,
        capture_before__gt=timezone.now(),
    ).exclude(captures__final=True)
    ended = Q(order__sent_at__isnull=False) | Q(order__status=Status.CANCELLED)
    found = found.filter(ended)
    found = found.exclude(captures__state=Capture.State.ASKED)
    return list(found.select_related("order").order_by("pk")[:limit])


def note_taken(*, payment: Payment, received: int, at: datetime) -> None:
    """Write down what was taken at the bank and not by us; under the order's lock."""
    extra = received - asked(payment)
    if extra > 0:
        capture = Capture.objects.create(
            payment=payment,
            amount_pence=extra,
            state=Capture.State.DONE,
            key=f"bank-{payment.reference}-{received}",
            by="bank",
            done_at=at,
        )
        documents.invoice_for(capture)


def _price(
    order: Order, payment: Payment, consignment: Consignment, *, last: bool
) -> int:
    left = payment.amount_pence - asked(payment)
    if last:
        return max(0, min(left, owed(order) - kept(order, payment)))
    pence = sum(
        line.quantity * line.line.unit_pence
        for line in consignment.lines.select_related("line")
    )
    if not payment.captures.exists():
        pence += order.delivery_pence
    return min(left, pence)


def _off(order: Order) -> int:
    return sum(line.cancelled * line.unit_pence for line in order.lines.all())


def _sum(payment: Payment, *states: Capture.State) -> int:
    found = payment.captures.filter(state__in=states)
    return int(found.aggregate(all=Sum("amount_pence"))["all"] or 0)


def _received(payment: Payment) -> int:
    session = bank.retrieve_session(
        session=str(payment.session), about=payment.order.about
    )
    return session.received


def _came_through(capture: Capture) -> bool:
    """Has the bank taken it, though its answer was lost?

    Believed only where nothing else that is under way could have been taken instead.
    """
    payment = capture.payment
    others = payment.captures.filter(state=Capture.State.ASKED).exclude(pk=capture.pk)
    before = taken(payment) + sum(other.amount_pence for other in others)
    return _received(payment) >= before + capture.amount_pence


def _done(capture: Capture) -> Capture:
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=capture.payment.order_id)
        payment = Payment.objects.select_for_update().get(pk=capture.payment_id)
        moved = Capture.objects.filter(pk=capture.pk, state=Capture.State.ASKED).update(
            state=Capture.State.DONE, done_at=timezone.now(), problem=""
        )
        if moved:
            if payment.status == PaymentStatus.AUTHORISED:
                payment.status = PaymentStatus.CAPTURED
                payment.save(update_fields=["status"])
            orders.event(order, "captured", by=capture.by, detail=capture.key)
            capture.refresh_from_db()
            documents.invoice_for(capture)
    capture.refresh_from_db()
    return capture


def _fail(capture: Capture, problem: str) -> Capture:
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=capture.payment.order_id)
        moved = Capture.objects.filter(pk=capture.pk, state=Capture.State.ASKED).update(
            state=Capture.State.FAILED, problem=problem[:60]
        )
        if moved:
            order.review = order.with_review("capture")
            order.save(update_fields=["review"])
            reviewing.tell(order=order, code="capture")
            orders.event(order, "capture-failed", by="bank", detail=problem[:60])
            log.error("money could not be taken", extra={"order": order.number})
    capture.refresh_from_db()
    return capture
