"""Celery entries: a primary key in, the row read again, everything safe to repeat."""

import logging

from celery import shared_task
from django.db import DatabaseError

from shop.actions import links, payments, stock
from shop.clients.bank import BankError
from shop.models import BankEvent

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
def send_order_links() -> None:
    """Answer the requests for order links, right guesses and wrong ones."""
    links.answer()
