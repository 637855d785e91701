"""The customer's doors after the sale: cancel before it leaves, send something back."""

import re
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.clock import long_date
from jessops.lib.http import SeeOther
from jessops.lib.tasks import wake
from shop.actions import cancelling, captures, returns
from shop.models import Order, OrderLine, PaymentStatus, Return, Status
from shop.tasks import send_refund, settle_payment

ATTEMPT = re.compile(r"[A-Za-z0-9_-]{20,64}")

# The order's address is all that these pages act on, and jessops.middleware refuses
# cross-site writes: no token, no cookie (decision 1).


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponseBase:
    """Cancel all of an order before it leaves: at once, and nothing is taken."""
    order = get_object_or_404(Order.objects.exclude(status=Status.DRAFT), token=token)
    trouble = ""
    if request.method == "POST" and cancelling.may_cancel(order):
        ratelimit.check(request, "cancel-order", limit=20, seconds=600)
        try:
            cancelling.cancel(order=order, by="customer")
        except (cancelling.CancelError, captures.CaptureError):
            trouble = "It is leaving at this moment. You can send it back instead."
        else:
            _tell_the_bank(order)
            return SeeOther(order.get_absolute_url())
    context = {
        "order": order,
        "open": cancelling.may_cancel(order) and not trouble,
        "trouble": trouble,
        "taken": order.payments.filter(status=PaymentStatus.CAPTURED).exists(),
    }
    return render(request, "shop/order_cancel.html", context)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, token: str) -> HttpResponseBase:
    """Announce what comes back and why; the number to write on the parcel follows."""
    order = get_object_or_404(Order.objects.exclude(status=Status.DRAFT), token=token)
    may = returns.returnable(order)
    errors: dict[str, str] = {}
    if request.method == "POST":
        ratelimit.check(request, "return-order", limit=20, seconds=600)
        if "keep" in request.POST:
            number = request.POST["keep"]
            back = get_object_or_404(Return, order=order, number=number)
            returns.withdraw(back=back, by="customer")
            return SeeOther(f"/orders/{order.token}/return/")
        errors = _announce(request, order, may)
        if not errors:
            return SeeOther(f"/orders/{order.token}/return/")
    return render(request, "shop/order_return.html", _page(request, order, may, errors))


def _announce(
    request: HttpRequest, order: Order, may: dict[OrderLine, int]
) -> dict[str, str]:
    """Announce the return, or say what is wrong: field to sentence."""
    reason = request.POST.get("reason", "")
    attempt = request.POST.get("attempt", "")
    if not ATTEMPT.fullmatch(attempt):
        attempt = secrets.token_urlsafe(24)
    if Return.objects.filter(order=order, attempt=attempt).exists():
        return {}  # the button was pressed twice
    pieces = _pieces(request, may)
    errors = {}
    if not pieces:
        errors["things"] = "Choose what you send back"
    if reason not in Return.Reason.values:
        errors["reason"] = "Choose why you send it back"
    if errors:
        return errors
    try:
        returns.ask(
            order=order,
            pieces=pieces,
            reason=Return.Reason(reason),
            by="customer",
            attempt=attempt,
        )
    except returns.TooLate:
        return {"reason": "The 14 days to change your mind are over"}
    except returns.NotSent:
        return {"things": "Choose no more than came and is not coming back already"}
    return {}


def _pieces(request: HttpRequest, may: dict[OrderLine, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for line in may:
        text = request.POST.get(f"quantity-{line.sku}", "")
        if text.isdecimal() and int(text[:4]) > 0:
            found[line.pk] = int(text[:4])
    return found


def _page(
    request: HttpRequest,
    order: Order,
    may: dict[OrderLine, int],
    errors: dict[str, str],
) -> dict[str, Any]:
    end = returns.last_day(order)
    under_way = order.returns.exclude(state=Return.State.WITHDRAWN)
    return {
        "order": order,
        "lines": [
            (
                line,
                range(most + 1),
                request.POST.get(f"quantity-{line.sku}", "1" if len(may) == 1 else "0"),
            )
            for line, most in may.items()
        ],
        "reasons": Return.Reason.choices,
        "reason": request.POST.get("reason", ""),
        "errors": errors,
        "attempt": request.POST.get("attempt") or secrets.token_urlsafe(24),
        "last_day": long_date(end) if end else "",
        "returns": [
            (back, list(back.lines.select_related("line")), _due(back))
            for back in under_way.prefetch_related("refunds")
        ],
        "unsent": order.status == Status.AUTHORISED and cancelling.may_cancel(order),
    }


def _due(back: Return) -> str:
    return long_date(back.refund_due_on) if back.refund_due_on else ""


def _tell_the_bank(order: Order) -> None:
    """After the commit, and not waited for: a sweep does it if this is lost."""
    for payment in order.payments.filter(status="voiding"):
        wake(settle_payment, payment.pk)
    for refund in order.refunds.filter(state="asked"):
        wake(send_refund, refund.pk)
