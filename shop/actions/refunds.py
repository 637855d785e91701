"""Giving money back: once, within what was taken, by the right people (R8, R17).

`ask` writes it down; above the limit of whoever asks it waits for a second person.
`send` asks the bank, holding no lock. A sweep sends what was missed.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from jessops.lib.clock import in_london
from shop import emails
from shop.actions import captures, documents, orders
from shop.clients import bank
from shop.models import (
    Capture,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    Refund,
    RefundLine,
    Return,
)

log = logging.getLogger(__name__)

# Consumer Contracts Regulations 2013, regulation 34: fourteen days.
DUE = timedelta(days=14)


class RefundError(Exception):
    """A refund that the shop refuses; the text is for staff."""


class TooMuch(RefundError):
    """More than what was taken and not given back yet."""


class SamePerson(RefundError):
    """Whoever asked for a refund cannot be the second person."""


@dataclass(frozen=True)
class Parts:
    """What an amount is made of, for the credit note; the rest is goodwill."""

    lines: Mapping[int, tuple[int, int]]  # order line -> (how many, pence)
    delivery_pence: int = 0

    @property
    def worth(self) -> int:
        return sum(pence for _, pence in self.lines.values()) + self.delivery_pence


def new_attempt() -> str:
    """Return a name for one rendered form."""
    return secrets.token_urlsafe(24)


def refundable(payment: Payment) -> int:
    """Return what was taken of a payment and is not given back, nor about to be."""
    given = payment.refunds.filter(state__in=Refund.COUNTS)
    total = given.aggregate(all=Sum("amount_pence"))["all"] or 0
    return captures.taken(payment) - int(total)


def ask(
    *,
    order: Order,
    pence: int,
    reason: Refund.Reason,
    by: str,
    limit: int | None,
    attempt: str,
    parts: Parts | None = None,
    back: Return | None = None,
    due_on: date | None = None,
) -> Refund:
    """Write a refund down, once for an `attempt`: one rendered form, one return.

    In: `limit`, what whoever asks may give back alone, in pence; None for what the law
    gives and the shop decides by itself. Raises TooMuch.
    """
    key = f"refund-{attempt}"
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        found = Refund.objects.filter(key=key).first()
        if found and found.order_id != order.pk:
            raise RefundError("This page was used for another order: open it anew.")
        if found:
            return found
        try:
            payment = captures.paid_by(order)
        except captures.NothingReserved:
            raise TooMuch("Nothing was taken for this order.") from None
        if not 0 < pence <= refundable(payment):
            raise TooMuch("That is more than was taken and not given back yet.")
        second = limit is not None and pence > limit
        refund = Refund.objects.create(
            order=order,
            payment=payment,
            back=back,
            amount_pence=pence,
            delivery_pence=parts.delivery_pence if parts else 0,
            reason=reason,
            state=Refund.State.WAITING if second else Refund.State.ASKED,
            key=key,
            asked_by=by,
            needs_second=second,
            due_on=due_on or in_london(timezone.now() + DUE).date(),
        )
        RefundLine.objects.bulk_create(
            RefundLine(refund=refund, line_id=line, quantity=many, pence=worth)
            for line, (many, worth) in (parts.lines if parts else {}).items()
        )
        orders.event(order, "refund-asked", by=by, detail=f"{refund.pk}: {pence}")
    return refund


def line_parts(lines: Mapping[OrderLine, int], delivery_pence: int = 0) -> Parts:
    """Return the parts of whole pieces of an order's lines."""
    return Parts(
        lines={line.pk: (many, many * line.unit_pence) for line, many in lines.items()},
        delivery_pence=delivery_pence,
    )


def cut(parts: Parts, pence: int) -> Parts:
    """Return the parts of a smaller sum: each line less in the same proportion."""
    delivery = min(parts.delivery_pence, pence)
    left, goods = pence - delivery, parts.worth - parts.delivery_pence
    lines: dict[int, tuple[int, int]] = {}
    for pk, (many, full) in parts.lines.items():
        share = full * left // goods if goods else 0
        lines[pk] = (many, share)
        left, goods = left - share, goods - full
    return Parts(lines=lines, delivery_pence=delivery)


def drop_waiting(*, payment: Payment, by: str) -> None:
    """Let go of what waits for a second person: all is given back at once anyway.

    Under the order's lock.
    """
    for refund in payment.refunds.filter(state=Refund.State.WAITING):
        refund.state = Refund.State.REFUSED
        refund.save(update_fields=["state"])
        orders.event(payment.order, "refund-refused", by=by, detail=str(refund.pk))


def approve(*, refund: Refund, by: str) -> Refund:
    """Agree to a refund as the second person. Raises SamePerson."""
    with transaction.atomic(durable=True):
        refund = _locked(refund)
        if refund.state != Refund.State.WAITING:
            return refund
        if refund.asked_by == by:
            raise SamePerson("Somebody else must agree to it.")
        refund.state, refund.approved_by = Refund.State.ASKED, by
        refund.approved_at = timezone.now()
        refund.save(update_fields=["state", "approved_by", "approved_at"])
        orders.event(refund.order, "refund-approved", by=by, detail=str(refund.pk))
    return refund


def refuse(*, refund: Refund, by: str) -> Refund:
    """Do not agree to a refund; whoever asked for it may take it back so."""
    with transaction.atomic(durable=True):
        refund = _locked(refund)
        if refund.state == Refund.State.WAITING:
            refund.state = Refund.State.REFUSED
            refund.save(update_fields=["state"])
            if refund.back:
                _open_again(refund.back)
            orders.event(refund.order, "refund-refused", by=by, detail=str(refund.pk))
    return refund


def send(*, refund: Refund) -> Refund:
    """Ask the bank to give it back; repeating is safe.

    Raises BankUnavailable or StillAtIt: the sweep comes again.
    """
    refund = Refund.objects.select_related("payment", "order").get(pk=refund.pk)
    if refund.state != Refund.State.ASKED or waits_for_parts(refund):
        return refund
    intent, about = str(refund.payment.intent), refund.order.about
    if refund.tried_at or refund.turn:
        # The answer may have been lost, and the bank knows our key for a day only.
        found = bank.find_refund(intent=intent, name=refund.key, about=about)
        if found and found.status not in ("failed", "canceled"):
            return _settle(refund, found)
    Refund.objects.filter(pk=refund.pk).update(tried_at=timezone.now())
    try:
        found = bank.refund(
            intent=intent,
            pence=refund.amount_pence,
            name=refund.key,
            key=refund.bank_key,
            about=about,
        )
    except bank.BankRefused as error:
        return _fail(refund, str(error))
    return _settle(refund, found)


def settle(*, refund: Refund) -> Refund:
    """Ask the bank how a refund on its way stands. Raises BankUnavailable."""
    if refund.state not in (Refund.State.SENT, Refund.State.DONE):
        return refund
    refund = Refund.objects.select_related("payment", "order").get(pk=refund.pk)
    found = bank.find_refund(
        intent=str(refund.payment.intent), name=refund.key, about=refund.order.about
    )
    return _settle(refund, found) if found else refund


def again(*, refund: Refund, by: str) -> Refund:
    """Let what the bank refused be asked anew; a person has looked. Raises TooMuch."""
    with transaction.atomic(durable=True):
        refund = _locked(refund)
        if refund.state != Refund.State.FAILED:
            return refund
        if refund.amount_pence > refundable(refund.payment):
            raise TooMuch("That is more than was taken and not given back yet.")
        Refund.objects.filter(pk=refund.pk).update(
            state=Refund.State.ASKED, turn=F("turn") + 1, problem=""
        )
        orders.event(refund.order, "refund-again", by=by, detail=str(refund.pk))
    refund.refresh_from_db()
    return refund


def due(*, limit: int = 200) -> list[Refund]:
    """Refunds whose task got lost, or that are on their way; the oldest look first.

    One of a payment that may still be taken in parts waits for the last part.
    """
    before = timezone.now() - timedelta(seconds=30)
    states = [Refund.State.ASKED, Refund.State.SENT]
    found = Refund.objects.filter(state__in=states, asked_at__lt=before)
    return list(found.order_by(F("tried_at").asc(nulls_first=True), "pk")[:limit])


def note_given(*, payment: Payment, refunded: int) -> bool:
    """Write down what was given back at the bank and not by us; True if any was.

    Under the order's lock. What we have asked for and not heard of counts as ours.
    """
    states = (Refund.State.ASKED, Refund.State.SENT, Refund.State.DONE)
    ours = payment.refunds.filter(state__in=states)
    extra = refunded - int(ours.aggregate(all=Sum("amount_pence"))["all"] or 0)
    if extra <= 0:
        return False
    _make_room(payment, extra)
    refund = Refund.objects.create(
        order=payment.order,
        payment=payment,
        amount_pence=extra,
        reason=Refund.Reason.BANK,
        state=Refund.State.DONE,
        key=f"refund-bank-{payment.reference}-{refunded}",
        asked_by="bank",
        due_on=in_london(timezone.now()).date(),
        done_at=timezone.now(),
    )
    documents.credit_note_for(refund)
    return True


def _make_room(payment: Payment, pence: int) -> None:
    """Let go of refunds that wait for somebody, where the bank was before them."""
    for refund in payment.refunds.filter(state=Refund.State.WAITING).order_by("-pk"):
        if refundable(payment) >= pence:
            return
        refund.state = Refund.State.REFUSED
        refund.save(update_fields=["state"])


def _open_again(back: Return) -> None:
    """A return whose refund was not agreed to is still to be paid for."""
    state = Return.State.RECEIVED if back.received_at else Return.State.ASKED
    Return.objects.filter(pk=back.pk, state=Return.State.SETTLED).update(
        state=state, closed_at=None
    )


def _locked(refund: Refund) -> Refund:
    Order.objects.select_for_update().get(pk=refund.order_id)
    rows = Refund.objects.select_for_update(of=("self",))
    return rows.select_related("order", "payment", "back").get(pk=refund.pk)


def _settle(refund: Refund, found: bank.GivenBack) -> Refund:
    with transaction.atomic(durable=True):
        refund = _locked(refund)
        if found.status in ("failed", "canceled"):
            if refund.state in (Refund.State.SENT, Refund.State.DONE):
                _failed(refund, found.problem or found.status)
        elif found.status == "succeeded":
            if refund.state in (Refund.State.ASKED, Refund.State.SENT):
                _done(refund, found)
        elif refund.state == Refund.State.ASKED:
            refund.state, refund.bank_id = Refund.State.SENT, found.id
            refund.save(update_fields=["state", "bank_id"])
    return refund


def _done(refund: Refund, found: bank.GivenBack) -> None:
    refund.state, refund.bank_id = Refund.State.DONE, found.id
    refund.done_at, refund.problem = timezone.now(), ""
    refund.save(update_fields=["state", "bank_id", "done_at", "problem"])
    orders.event(refund.order, "refunded", by="bank", detail=str(refund.pk))
    documents.credit_note_for(refund)
    emails.refunded(refund.order, refund)


def _fail(refund: Refund, problem: str) -> Refund:
    with transaction.atomic(durable=True):
        refund = _locked(refund)
        if refund.state == Refund.State.ASKED:
            _failed(refund, problem)
    return refund


def _failed(refund: Refund, problem: str) -> None:
    refund.state, refund.problem = Refund.State.FAILED, problem[:60]
    refund.save(update_fields=["state", "problem"])
    order = refund.order
    order.refresh_from_db(fields=["review"])
    order.review = order.with_review("refund")
    order.save(update_fields=["review"])
    orders.event(order, "refund-failed", by="bank", detail=str(refund.pk))
    log.error("money could not be given back", extra={"order": order.number})


def waits_for_parts(refund: Refund) -> bool:
    """Say whether its payment may still be taken in parts: the bank gives none back."""
    payment = refund.payment
    until = payment.capture_before
    if until and until <= timezone.now():
        return False  # the bank has let the rest go by itself
    return (
        payment.status == PaymentStatus.CAPTURED
        and payment.multicapture
        and not payment.captures.filter(state=Capture.State.DONE, final=True).exists()
    )
