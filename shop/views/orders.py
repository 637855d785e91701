"""An order for ever after, reached by its token; and the doors back from the bank."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from jessops.lib import ratelimit
from jessops.lib.clock import in_london, long_date, short_date
from jessops.lib.http import SeeOther
from jessops.lib.tasks import wake
from privacy import choices, gateway, topics
from privacy.states import seals
from shop import collection, delivery, parcels_shown
from shop.actions import (
    cancelling,
    corrections,
    links,
    payments,
    retention,
    returns,
    reviewing,
)
from shop.clients.bank import BankError
from shop.forms import FindOrderForm
from shop.models import (
    Document,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    PaymentStatus,
    Status,
)
from shop.tasks import send_order_links
from shop.views.trolley import from_request, line_pictures, remember

# A reference is in the bank's hands as well: it opens the order this long, no longer.
REFERENCE_LIFE = timedelta(hours=24)
ASK_AGAIN = timedelta(seconds=10)


@require_safe
def show(request: HttpRequest, token: str) -> HttpResponseBase:
    order = get_object_or_404(Order, token=token)
    if order.status == Status.DRAFT:
        return SeeOther(f"/orders/{order.token}/review/")
    payment = _payment(order)
    if payment and order.status == Status.PENDING:
        payment = _ask_bank(payment, patience=ASK_AGAIN)
        order.refresh_from_db()
    response = render(request, "shop/order.html", _context(order, payment))
    if payment and request.method == "GET":
        _empty_trolley(request, response, order, payment)
    return response


@require_GET
def paid(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Where the bank sends a customer who paid; believed only after asking the bank."""
    payment = _by_reference(reference)
    payment = _ask_bank(payment, patience=timedelta())
    order = payment.order
    order.refresh_from_db()
    response = SeeOther(order.get_absolute_url())
    _empty_trolley(request, response, order, payment)
    return response


@require_GET
def back(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Where the bank sends a customer who turned back: nothing was taken."""
    payment = _ask_bank(_by_reference(reference), patience=timedelta())
    order = payment.order
    order.refresh_from_db()
    if order.status == Status.AUTHORISED:
        return SeeOther(order.get_absolute_url())
    return SeeOther(f"/orders/{order.token}/review/?back=1")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Send the order's link to its own address; say the same whatever was typed."""
    form = FindOrderForm(request.POST or None)
    sent = False
    if request.method == "POST" and form.is_valid():
        ratelimit.check(request, "find-order", limit=20, seconds=600)
        links.ask(**form.cleaned_data)
        wake(send_order_links)
        sent = True
    return render(request, "shop/order_find.html", {"form": form, "sent": sent})


def _payment(order: Order) -> Payment | None:
    """Return the payment that an order stands on, or the last one that was tried."""
    stands = order.payments.filter(status__in=payments.PAID).first()
    return stands or order.payments.last()


def _by_reference(reference: str) -> Payment:
    payment = get_object_or_404(
        Payment.objects.select_related("order"), reference=reference
    )
    if payment.created_at < timezone.now() - REFERENCE_LIFE:
        raise Http404
    return payment


def _ask_bank(payment: Payment, patience: timedelta) -> Payment:
    """Settle, unless the bank was asked a moment ago or does not answer."""
    if payment.checked_at and payment.checked_at > timezone.now() - patience:
        return payment
    try:
        return payments.settle(payment=payment, by="return")
    except BankError:
        return payment


def _empty_trolley(
    request: HttpRequest, response: HttpResponseBase, order: Order, payment: Payment
) -> None:
    """Take what was bought out of the trolley, once; what came after stays (R5)."""
    trolley = from_request(request)
    recent = timezone.now() - timedelta(hours=1)
    if not trolley or not order.authorised_at or order.authorised_at < recent:
        return
    first = Payment.objects.filter(pk=payment.pk, returned_at=None).update(
        returned_at=timezone.now()
    )
    if first:
        bought = OrderLine.objects.filter(order=order).values_list("sku", "quantity")
        remember(response, trolley.without(bought))


def _chosen(order: Order) -> dict[str, Any]:
    """Return what the buyer answered; nothing before it is paid for.

    Until then anybody may have typed the address, whose answers are not theirs to read.
    """
    if not order.authorised_at:
        return {"marketing": None, "lists": [], "chosen": []}
    return {
        "marketing": choices.current(order.email, choices.MARKETING_EMAIL),
        "lists": topics.lists_of(order.email_hash),
        "chosen": choices.history(order.email),
    }


def _looked_at(order: Order) -> dict[str, str]:
    """Say in words what a person looks at before the parcel leaves, and why."""
    why = {
        "address": "The address could not be matched by itself.",
        "bank-address": "The address could not be matched by itself.",
        "twin": (
            "You ordered the same a short while before, and we want to send what"
            " you meant."
        ),
        "payment": "Something about its payment needs a second look.",
        "refund": "Something about its payment needs a second look.",
        "capture": "Something about its payment needs a second look.",
        "unpaid-rest": "Something about its payment needs a second look.",
        "note": "You wrote us a note, and somebody reads it first.",
        "amendment": "You asked us to add to it, and have not paid for that yet.",
        "parcel-lost": "The carrier cannot find a parcel of it.",
        "parcel-returned": "A parcel of it came back to us undelivered.",
    }
    reasons = dict.fromkeys(
        why.get(code, "Something about it needs a second look.")
        for code in order.review_codes
    )
    address = {"address", "bank-address"}.issuperset(order.review_codes)
    what = "the address" if address else "this order"
    return {"what": what, "why": " ".join(reasons)}


def _documents(order: Order, payment: Payment | None) -> list[Document]:
    """Return the invoices and credit notes; before money moved there are none."""
    moved = payment and payment.status in (
        PaymentStatus.CAPTURED,
        PaymentStatus.REFUSED,
    )
    return list(order.documents.defer("facts")) if moved else []


def _kept_instead(order: Order) -> str:
    """Return the number of the order that was kept when this one was given back."""
    if order.closed_why != "twin":
        return ""
    given_back = OrderEvent.objects.get(order_number=order.number, code="twin")
    return given_back.detail


def _context(order: Order, payment: Payment | None) -> dict[str, Any]:
    lines = list(order.lines.all())
    parcels = parcels_shown.of(order)
    placed = order.authorised_at or order.placed_at or order.created_at
    kept = retention.kept_until(order)
    # Placed in the minutes after the cut-off that still count: it leaves that day.
    leaves = min(
        delivery.leaves_on(order.placed_at or placed),
        delivery.latest_departure(order.delivery_on),
    )
    return {
        "order": order,
        "payment": payment,
        **line_pictures(lines),
        "placed_on": long_date(in_london(placed).date()),
        "placed_at": f"{in_london(placed):%H:%M}",
        "first_name": order.full_name.split(" ")[0],
        "leaves": long_date(leaves),
        "leaves_short": short_date(leaves),
        "arrives": long_date(order.delivery_on),
        "arrives_short": short_date(order.delivery_on),
        "window": {o.code: o.window for o in delivery.OPTIONS}.get(order.delivery, ""),
        "last_day": short_date(
            returns.last_day(order) or order.delivery_on + returns.WITHDRAWAL
        ),
        "kept_until": f"{kept:%-d %b %Y}",
        "telephone_until": f"{retention.telephone_until(order):%-d %b %Y}",
        "unpaid_until": f"{retention.unpaid_until(order):%-d %b %Y}",
        "held": [
            ("; ".join(item.labels), item.source, f"{item.goes:%-d %b %Y}")
            for item in retention.held_of(order)
        ],
        **_chosen(order),
        "receipts": [
            (found, f"{in_london(found.at):%-d %b %Y, %H:%M}")
            for found in gateway.disclosures(order.about)
        ],
        "has_margin": any(line.vat == "margin" for line in lines),
        "seals": seals("P33", "P58", "P68"),
        "waiting": order.status == Status.PENDING,
        "parcels": parcels,
        "collecting": bool(parcels) and all(one.at_counter for one in parcels),
        "arrived": bool(order.sent_at and parcels)
        and all(one.arrived for one in parcels),
        "sent_short": short_date(in_london(order.sent_at).date())
        if order.sent_at
        else "",
        "taken": bool(payment and payment.status == PaymentStatus.CAPTURED),
        "documents": _documents(order, payment),
        "may_write": reviewing.may_write(order),
        "cancellable": cancelling.may_cancel(order),
        "correctable": corrections.has_not_left(order),
        "looked_at": _looked_at(order),
        "counter": collection.of(order),
        "asked": "amendment" in order.review_codes,
        "kept_number": _kept_instead(order),
        "refused": bool(payment and payment.status == PaymentStatus.REFUSED),
    }
