"""Celery entries: a primary key in, the row read again, everything safe to repeat."""

import logging
from collections.abc import Callable
from functools import partial

from celery import shared_task
from django.db import DatabaseError

from shop.actions import (
    amending,
    captures,
    links,
    payments,
    refunds,
    renewing,
    stock,
    tracking,
)
from shop.clients.bank import BankError
from shop.clients.carriers import CarrierError
from shop.models import BankEvent, Capture, Payment, Refund

log = logging.getLogger(__name__)


@shared_task
def process_bank_event(pk: int) -> None:
    """Settle what one webhook event is about; the sweep repeats what fails."""
    event = BankEvent.objects.filter(pk=pk, done_at=None).first()
    if event is None:
        return
    try:
        payments.process_event(event=event)
    except (BankError, DatabaseError) as error:
        log.warning("bank event waits", extra={"reason": type(error).__name__})


@shared_task
def sweep_bank_events() -> None:
    for event in payments.due_events():
        process_bank_event(event.pk)


@shared_task
def lapse_orders() -> None:
    """Free the stock of ended holds; the orders follow when the bank has been asked."""
    stock.sweep_ended_holds()
    amending.lapse()


@shared_task
def reconcile_payments() -> None:
    """Ask the bank about every payment it has not told us about (R13)."""
    for payment in payments.due_for_settling():
        try:
            payments.settle(payment=payment, by="reconciler")
        except (BankError, DatabaseError) as error:
            # One payment in trouble must not stand in the way of the rest.
            payments.note_attempt(payment=payment)
            log.warning("payment waits", extra={"reason": type(error).__name__})


@shared_task
def settle_payment(pk: int) -> None:
    """Tell the bank of an order that was cancelled; reconcile_payments comes after."""
    payment = Payment.objects.select_related("order").filter(pk=pk).first()
    if payment:
        settle = partial(payments.settle, payment=payment, by="customer")
        _try(settle, "payment waits")


@shared_task
def take_capture(pk: int) -> None:
    """Take the money of a parcel that has left; the sweep repeats what fails."""
    capture = Capture.objects.filter(pk=pk).first()
    if capture:
        _try(partial(captures.take, capture=capture), "capture waits")


@shared_task
def send_refund(pk: int) -> None:
    """Give money back; the sweep repeats what fails."""
    refund = Refund.objects.filter(pk=pk).first()
    if refund:
        _try(partial(refunds.send, refund=refund), "refund waits")


@shared_task
def move_money() -> None:
    """Take, give back and let go of what a lost task or a bank in trouble left."""
    for capture in captures.due():
        take_capture(capture.pk)
    for payment in captures.rests():
        _try(partial(captures.let_rest_go, payment=payment), "rest waits")
    for refund in refunds.due():
        send_refund(refund.pk)
        _try(partial(refunds.settle, refund=refund), "refund waits")


@shared_task
def warn_of_expiry() -> None:
    """Tell customers whose authorisation ends before their parcel could leave."""
    renewing.warn()
    renewing.flag_lapsed()


def _try(act: Callable[[], object], words: str) -> None:
    """Do it; one in trouble must not stand in the way of the rest."""
    try:
        act()
    except (BankError, DatabaseError) as error:
        log.warning(words, extra={"reason": type(error).__name__})


@shared_task
def follow_parcels() -> None:
    """Ask the carriers where the parcels on their way are."""
    for consignment in tracking.due():
        try:
            tracking.follow(consignment=consignment)
        except (CarrierError, DatabaseError) as error:
            # The next turn asks again; the others must not wait for this one.
            log.warning("parcel not followed", extra={"reason": type(error).__name__})


@shared_task
def send_order_links() -> None:
    """Answer the requests for order links, right guesses and wrong ones."""
    links.answer()
