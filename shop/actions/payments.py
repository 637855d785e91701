"""One idempotent way from what the bank says to what the shop does (R10 to R14).

Webhook, return page and reconciler all call settle(): it asks the bank, believes only
what it retrieved, and may be repeated by anybody at any time.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from privacy import choices
from shop import emails
from shop.actions import (
    amending,
    captures,
    orders,
    parcels,
    refunds,
    reviewing,
    stock,
    vouchers,
)
from shop.clients import bank
from shop.models import (
    BankEvent,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    Status,
)
from shop.wording import OPT_OUT

log = logging.getLogger(__name__)

PAID = (PaymentStatus.AUTHORISED, PaymentStatus.CAPTURED)
ENDED = (PaymentStatus.VOID, PaymentStatus.REFUSED)
GOOD_INTENT = {
    "requires_capture": PaymentStatus.AUTHORISED,
    "succeeded": PaymentStatus.CAPTURED,
}
# No answer to a creation within this time: the session's address never reached anyone.
CREATION_LIFE = timedelta(minutes=12)
EVENT_TRIES = 20


def open_session(*, payment: Payment) -> Payment:
    """Open the hosted page of a placed order's payment; repeating is safe.

    Raises BankUnavailable (the hold stays: try again) or BankRefused.
    """
    if payment.url or payment.status != PaymentStatus.CREATING:
        return payment
    session = bank.create_session(payment=payment, order=payment.order)
    Payment.objects.filter(pk=payment.pk, status=PaymentStatus.CREATING).update(
        session=session.id,
        url=session.url,
        status=PaymentStatus.OPEN,
        checked_at=timezone.now(),
    )
    payment.refresh_from_db()
    return payment


def settle(*, payment: Payment, by: str) -> Payment:
    """Bring a payment and its order to what the bank says now.

    In: who asks ("webhook", "return", "reconciler"). Out: the payment as it stands.
    Raises BankUnavailable when the bank cannot be asked.
    """
    if payment.status == PaymentStatus.VOIDING:
        _give_back(payment)
    elif payment.status not in ENDED:
        if payment.session is None:
            if payment.created_at < timezone.now() - CREATION_LIFE:
                _drop_unopened(payment)
        else:
            session = bank.retrieve_session(
                session=payment.session, about=payment.order.about
            )
            _apply(payment, session, by)
        payment.refresh_from_db()
        if payment.status == PaymentStatus.VOIDING:
            _give_back(payment)
    payment.refresh_from_db()
    return payment


def abandon(*, order: Order) -> None:
    """Close an order's open payment page, so that the order can be changed.

    Raises orders.NotOpen when it was paid in the meantime; BankUnavailable.
    """
    payment = order.payments.filter(status__in=Payment.LIVE).first()
    if payment is None:
        return
    if payment.session is None and not _drop_unopened(payment):
        payment.refresh_from_db()  # its page was opened this very moment
    if payment.session:
        try:
            bank.expire_session(session=payment.session, about=order.about)
        except bank.BankRefused:
            log.info("session was not open any more", extra={"order": order.number})
        settle(payment=payment, by="customer")
    order.refresh_from_db()
    if order.status != Status.LAPSED:
        raise orders.NotOpen(order)


def _lock(payment: Payment) -> tuple[Order, Payment]:
    order = Order.objects.select_for_update().get(pk=payment.order_id)
    return order, Payment.objects.select_for_update().get(pk=payment.pk)


def _apply(payment: Payment, session: bank.Session, by: str) -> None:
    """Move payment and order, under lock, if what was retrieved says so."""
    with transaction.atomic(durable=True):
        order, payment = _lock(payment)
        payment.checked_at = timezone.now()
        payment.problem = session.problem[:60]
        payment.intent = payment.intent or session.intent or None
        payment.save(update_fields=["checked_at", "problem", "intent"])
        if payment.status in PAID:
            _after_payment(order, payment, session)
        elif session.status == "expired" and payment.status in Payment.LIVE:
            _lapse(order, payment, why="expired")
        elif session.status == "complete" and payment.status not in ENDED:
            # Also when we had given it up already: money came, so it is looked at.
            mismatch = _mismatch(payment, session)
            if mismatch == "cancelled":
                if payment.status in Payment.LIVE:
                    _taken_back(order, payment)
            elif mismatch:
                _refuse(order, payment, mismatch)
            else:
                _authorise(order, payment, session, by)


def _mismatch(payment: Payment, session: bank.Session) -> str:
    """Return what does not fit, or an empty string (R14).

    payment_status is not asked: with manual capture it says "unpaid" or "paid" as the
    host pleases. The PaymentIntent says what was authorised.
    """
    if session.reference != payment.reference:
        return "reference"
    if session.live != settings.STRIPE_LIVE:
        return "mode"
    if {session.currency, session.intent_currency} != {payment.currency}:
        return "currency"
    if {session.amount, session.intent_amount} != {payment.amount_pence}:
        return "amount"
    if session.intent_status == "canceled":
        return "cancelled"
    return "" if session.intent_status in GOOD_INTENT else "status"


def _authorise(order: Order, payment: Payment, session: bank.Session, by: str) -> None:
    now = timezone.now()
    if payment.amendment_id:
        _amend(order, payment, session, by)
        return
    orders.take_turns(order)
    kept = None if order.again else orders.twin_paid_beside(payment)
    if kept and order.status in (Status.PENDING, Status.LAPSED):
        _give_back_twin(order, payment, kept)
        return
    if order.status not in (Status.PENDING, Status.LAPSED) or not stock.sell(
        order=order, by=by
    ):
        # Paid after its hold ended and its goods went: give the money back (R3).
        _move(payment, PaymentStatus.VOIDING)
        if order.status in (Status.PENDING, Status.LAPSED):
            close(order, Status.CANCELLED, "sold-out")
            emails.sold_out(order)
        return
    _stand(payment, session)
    order.status = Status.AUTHORISED
    order.authorised_at = now
    order.closed_at, order.closed_why = None, ""
    if not vouchers.kept(order=order):
        # Paid after we had given it up, and somebody else spent the code meanwhile.
        order.review = order.with_review("voucher")
    if session.checks:
        order.review = order.with_review("bank-address")
    if orders.twin(order, now):
        # The same twice within the hour: nothing is taken before a person has asked.
        order.review = order.with_review("twin")
    order.save(
        update_fields=["status", "authorised_at", "closed_at", "closed_why", "review"]
    )
    orders.event(order, "authorised", by=by, detail=payment.reference)
    if not order.no_marketing:
        # Soft opt-in needs a sale (PECR regulation 22): not before this moment.
        choices.record_opt_out_box(
            email=order.email,
            ticked=False,
            where="checkout",
            wording=OPT_OUT,
            about=order.about,
        )
    reviewing.confirm(order=order)


def _stand(payment: Payment, session: bank.Session) -> None:
    """Let an order stand on a payment, as the bank told of it."""
    now = timezone.now()
    _move(
        payment,
        GOOD_INTENT[session.intent_status],
        authorised_at=now,
        capture_before=session.capture_before,
        multicapture=session.multicapture,
    )
    captures.note_taken(payment=payment, received=session.received, at=now)


def _amend(order: Order, payment: Payment, session: bank.Session, by: str) -> None:
    """Let the payment of the new total take the place of the one before, or end it."""
    before = order.payments.filter(status=PaymentStatus.AUTHORISED).first()
    if before is None or not amending.apply(order=order, payment=payment, by=by):
        _move(payment, PaymentStatus.VOIDING)
        orders.event(order, "amendment-too-late", by=by, detail=payment.reference)
        return
    _move(before, PaymentStatus.VOIDING)
    _stand(payment, session)
    orders.event(order, "authorised", by=by, detail=payment.reference)


def _give_back_twin(order: Order, payment: Payment, kept: Order) -> None:
    """Two windows stood at the bank with the same order: one is enough (R7)."""
    _move(payment, PaymentStatus.VOIDING)
    stock.release(order=order)
    orders.event(order, "twin", by="shop", detail=kept.number)
    close(order, Status.CANCELLED, "twin")
    emails.twin(order, kept)


def _after_payment(order: Order, payment: Payment, session: bank.Session) -> None:
    """Follow what the bank did to an authorised payment: given back, or captured."""
    if session.intent_status == "canceled" and payment.status == (
        PaymentStatus.AUTHORISED
    ):
        _move(payment, PaymentStatus.VOID)
        if order.status == Status.AUTHORISED and parcels.gone(order).exists():
            # Its goods have left without their money: a person looks.
            order.review = order.with_review("capture")
            order.save(update_fields=["review"])
            reviewing.tell(order=order, code="capture")
        elif order.status == Status.AUTHORISED:
            parcels.stop(order)
            stock.put_back(order=order, by="bank")
            close(order, Status.CANCELLED, "bank")
            emails.payment_cancelled(order)
    elif session.intent_status == "succeeded":
        _move(payment, PaymentStatus.CAPTURED)
        captures.note_taken(
            payment=payment, received=session.received, at=timezone.now()
        )
        if refunds.note_given(payment=payment, refunded=session.refunded):
            # Given back at the bank and not by us: a person must know (R12).
            order.review = order.with_review("refund")
            order.save(update_fields=["review"])


def _lapse(order: Order, payment: Payment, why: str) -> None:
    _move(payment, PaymentStatus.EXPIRED)
    if order.status == Status.PENDING:
        stock.release(order=order)
        close(order, Status.LAPSED, why)


def _taken_back(order: Order, payment: Payment) -> None:
    """The bank took the authorisation back before we had heard of it.

    The same end as when we had: whichever event comes first (R12).
    """
    _move(payment, PaymentStatus.VOID)
    if order.status == Status.PENDING:
        stock.release(order=order)
        close(order, Status.CANCELLED, "bank")
        emails.payment_cancelled(order)


def _refuse(order: Order, payment: Payment, mismatch: str) -> None:
    """Never fulfil what does not match; a person looks (R14)."""
    _move(payment, PaymentStatus.REFUSED, mismatch=mismatch)
    if order.status == Status.PENDING:
        stock.release(order=order)
        close(order, Status.LAPSED, "mismatch")
    order.review = order.with_review("payment")
    order.save(update_fields=["review"])
    reviewing.tell(order=order, code="payment")
    log.error(
        "payment does not match", extra={"order": order.number, "reason": mismatch}
    )


def close(order: Order, status: Status, why: str, by: str = "shop") -> None:
    """End an order; under its lock."""
    order.status, order.closed_at, order.closed_why = status, timezone.now(), why
    order.save(update_fields=["status", "closed_at", "closed_why"])
    vouchers.give_back(order=order)
    amending.drop(order=order, by=by)
    orders.event(order, str(status), by=by, detail=why)


def _move(payment: Payment, status: PaymentStatus, **values: object) -> None:
    payment.status = status
    for name, value in values.items():
        setattr(payment, name, value)
    payment.save(update_fields=["status", *values])


def _drop_unopened(payment: Payment) -> bool:
    """Give up a payment whose page was never opened; False if it was after all."""
    with transaction.atomic(durable=True):
        order, payment = _lock(payment)
        if payment.status != PaymentStatus.CREATING:
            return False
        _lapse(order, payment, why="bank")
        return True


def _give_back(payment: Payment) -> None:
    """Cancel the authorisation of an order that cannot be kept; repeating is safe."""
    if payment.intent:
        bank.cancel_intent(intent=payment.intent, about=payment.order.about)
    Payment.objects.filter(pk=payment.pk, status=PaymentStatus.VOIDING).update(
        status=PaymentStatus.VOID
    )


# --- webhook events -----------------------------------------------------------------


def take_event(
    *, event_id: str, type: str, object_id: str, session: str, intent: str
) -> BankEvent:
    """Write an event down, once for ever; a repeat returns the first one's row."""
    row, _ = BankEvent.objects.get_or_create(
        event_id=event_id[:120],
        defaults={
            "type": type[:80],
            "object_id": object_id[:120],
            "session": session[:120],
            "intent": intent[:120],
        },
    )
    return row


def process_event(*, event: BankEvent) -> None:
    """Settle what an event is about. Unknown objects end it quietly.

    Raises BankUnavailable; the sweep tries again.
    """
    if event.done_at:
        return
    BankEvent.objects.filter(pk=event.pk).update(attempts=F("attempts") + 1)
    match = Q(session=event.session) if event.session else Q(intent=event.intent)
    known = event.session or event.intent
    payment = (
        Payment.objects.select_related("order").filter(match).first() if known else None
    )
    if payment:
        settle(payment=payment, by="webhook")
        for refund in Refund.objects.filter(bank_id=event.object_id or None):
            refunds.settle(refund=refund)
    BankEvent.objects.filter(pk=event.pk).update(
        done_at=timezone.now(), outcome="settled" if payment else "unknown"
    )


# --- what runs by itself --------------------------------------------------------------


def due_for_settling(*, limit: int = 200) -> list[Payment]:
    """Payments that nobody has told us about for a while, oldest look first (R13)."""
    now = timezone.now()
    stale = Q(checked_at=None) | Q(checked_at__lt=now - timedelta(seconds=90))
    waiting = Q(status__in=[*Payment.LIVE, PaymentStatus.VOIDING]) & stale
    # The bank may take an authorisation back and its webhook be lost.
    standing = Q(
        status=PaymentStatus.AUTHORISED, checked_at__lt=now - timedelta(hours=1)
    )
    return list(
        Payment.objects.select_related("order")
        .filter(waiting | standing, created_at__lt=now - timedelta(seconds=90))
        .order_by(F("checked_at").asc(nulls_first=True))[:limit]
    )


def note_attempt(*, payment: Payment) -> None:
    """Put a payment that could not be settled behind the others of its turn."""
    Payment.objects.filter(pk=payment.pk).update(checked_at=timezone.now())


def due_events(*, limit: int = 200) -> list[BankEvent]:
    """Events whose task got lost or failed, not yet given up."""
    before = timezone.now() - timedelta(seconds=20)
    return list(
        BankEvent.objects.filter(
            done_at=None, received_at__lt=before, attempts__lt=EVENT_TRIES
        )[:limit]
    )
