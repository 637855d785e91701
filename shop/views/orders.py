"""An order for ever after, reached by its token; and the doors back from the bank."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from jessops.lib.clock import in_london, long_date, short_date
from jessops.lib.hashing import email_hash
from jessops.lib.http import SeeOther
from privacy import choices, gateway
from privacy.states import seals
from shop import delivery, emails
from shop.actions import payments, retention
from shop.clients.bank import BankError
from shop.drawings import sheet, use
from shop.forms import FindOrderForm
from shop.models import Order, OrderLine, Payment, PaymentStatus, Status
from shop.views.trolley import from_request, remember

# A reference is in the bank's hands as well: it opens the order this long, no longer.
REFERENCE_LIFE = timedelta(hours=24)
ASK_AGAIN = timedelta(seconds=10)


@require_safe
def show(request: HttpRequest, token: str) -> HttpResponseBase:
    order = get_object_or_404(Order, token=token)
    if order.status == Status.DRAFT:
        return SeeOther(f"/orders/{order.token}/review/")
    payment = order.payments.last()
    if payment and order.status == Status.PENDING:
        payment = _ask_bank(payment, patience=ASK_AGAIN)
        order.refresh_from_db()
    return render(request, "shop/order.html", _context(order, payment))


@require_safe
def paid(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Where the bank sends a customer who paid; believed only after asking the bank."""
    payment = _by_reference(reference)
    payment = _ask_bank(payment, patience=timedelta())
    order = payment.order
    order.refresh_from_db()
    response = SeeOther(order.get_absolute_url())
    if order.status == Status.AUTHORISED and _first_return(payment):
        # What was bought leaves the trolley; what was added meanwhile stays (R5).
        bought = OrderLine.objects.filter(order=order).values_list("sku", "quantity")
        remember(response, from_request(request).without(bought))
    return response


@require_safe
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
        order = (
            Order.objects.filter(
                number=form.cleaned_data["number"],
                email_hash=email_hash(form.cleaned_data["email"]),
            )
            .exclude(status=Status.DRAFT)
            .first()
        )
        if order:
            emails.order_link(order)
        sent = True
    return render(request, "shop/order_find.html", {"form": form, "sent": sent})


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


def _first_return(payment: Payment) -> bool:
    return bool(
        Payment.objects.filter(pk=payment.pk, returned_at=None).update(
            returned_at=timezone.now()
        )
    )


def _context(order: Order, payment: Payment | None) -> dict[str, Any]:
    lines = list(order.lines.all())
    placed = order.authorised_at or order.placed_at or order.created_at
    kept = retention.kept_until(order)
    leaves = delivery.leaves_on(placed)
    return {
        "order": order,
        "payment": payment,
        "lines": [
            (line, use(line.drawing, line.drawing_label, line.drawing_sub))
            for line in lines
        ],
        "sheet": sheet({line.drawing for line in lines}),
        "placed_on": long_date(in_london(placed).date()),
        "placed_at": f"{in_london(placed):%H:%M}",
        "first_name": order.full_name.split(" ")[0],
        "leaves": long_date(leaves),
        "leaves_short": short_date(leaves),
        "arrives": long_date(order.delivery_on),
        "arrives_short": short_date(order.delivery_on),
        "window": {o.code: o.window for o in delivery.OPTIONS}.get(order.delivery, ""),
        "last_day": short_date(order.delivery_on + timedelta(days=14)),
        "kept_until": f"{kept:%-d %b %Y}",
        "telephone_until": f"{retention.telephone_until(order):%-d %b %Y}",
        "unpaid_until": f"{retention.unpaid_until(order):%-d %b %Y}",
        "marketing": choices.current(order.email, choices.MARKETING_EMAIL),
        "receipts": [
            (found, f"{in_london(found.at):%-d %b %Y, %H:%M}")
            for found in gateway.disclosures(order.about)
        ],
        "has_margin": any(line.vat == "margin" for line in lines),
        "seals": seals("P33", "P58", "P68"),
        "waiting": order.status == Status.PENDING,
        "refused": bool(payment and payment.status == PaymentStatus.REFUSED),
    }
