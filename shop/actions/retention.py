"""What orders held, gone on the day that was said (C13)."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from shop.actions.orders import GOOD_FOR
from shop.models import ContactBy, Order, Payment, PaymentStatus, Status
from shop.personal_data import (
    DRAFT_LIFE,
    TAX_YEARS,
    TELEPHONE_LIFE,
    UNPAID_LIFE,
)

BATCH = 500


def kept_until(order: Order) -> date:
    """Return the day an order's tax record goes: six years after it was made."""
    start = (order.authorised_at or order.created_at).date()
    try:
        return start.replace(year=start.year + TAX_YEARS)
    except ValueError:  # 29 February
        return start.replace(year=start.year + TAX_YEARS, month=3, day=1)


def telephone_until(order: Order) -> date:
    """Return the day the telephone number goes: thirty days after delivery."""
    return order.delivery_on + TELEPHONE_LIFE


def unpaid_until(order: Order) -> date:
    """Return the day an order that is never paid goes."""
    return ((order.closed_at or order.created_at) + UNPAID_LIFE).date()


def purge() -> int:
    """Delete or blank what is due, one batch a transaction; out: rows touched."""
    return _delete_unpaid() + _blank_contact() + _delete_old()


def _delete_unpaid() -> int:
    now = timezone.now()
    due = Order.objects.filter(
        Q(
            status=Status.DRAFT,
            created_at__lt=now - DRAFT_LIFE,
            # Written again later, it is newer than it was created; never kept longer
            # than its life after that.
            good_until__lt=now - DRAFT_LIFE + GOOD_FOR,
        )
        | Q(
            status__in=[Status.LAPSED, Status.CANCELLED],
            closed_at__lt=now - UNPAID_LIFE,
        )
    )
    # Where money moved there was a supply, and its record stays for tax law; where a
    # payment is open or a hold stands, somebody is at it.
    busy = [*Payment.LIVE, PaymentStatus.CAPTURED, PaymentStatus.VOIDING]
    return _delete(due.exclude(payments__status__in=busy).filter(holds=None))


def _blank_contact() -> int:
    today = timezone.now().date()
    due = Order.objects.filter(delivery_on__lt=today - TELEPHONE_LIFE).exclude(
        telephone=""
    )
    return due.update(telephone="", contact_by=ContactBy.EMAIL)


def _delete_old() -> int:
    today = timezone.now().date()
    # A day's slack for leap years: kept_until() decides.
    candidates = Order.objects.filter(
        authorised_at__lt=timezone.now() - timedelta(days=365 * TAX_YEARS)
    ).order_by("pk")[:BATCH]
    old = [order.pk for order in candidates if kept_until(order) <= today]
    return _delete(Order.objects.filter(pk__in=old))


def _delete(due: QuerySet[Order]) -> int:
    touched = 0
    while True:
        with transaction.atomic(durable=True):
            rows = due.select_for_update(skip_locked=True, of=("self",))
            pks = [order.pk for order in rows[:BATCH]]
            if not pks:
                return touched
            Order.objects.filter(pk__in=pks).delete()
            touched += len(pks)
