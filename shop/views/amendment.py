"""The buyer's answer to what was added to an order: pay for it, or leave it be."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.clock import in_london, long_date
from jessops.lib.http import SeeOther
from shop.actions import amending, orders, payments
from shop.clients.bank import BankError
from shop.models import Amendment, Order, Status


# The order's address is all that this page acts on, and jessops.middleware refuses
# cross-site writes: no token, no cookie (decision 1).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponseBase:
    """What is added, what all of it costs, and the button that says what is paid."""
    order = get_object_or_404(Order.objects.exclude(status=Status.DRAFT), token=token)
    asked = amending.open_of(order)
    trouble = ""
    if request.method == "POST" and asked:
        ratelimit.check(request, "amend-order", limit=20, seconds=600)
        if request.POST.get("act") == "leave":
            amending.withdraw(amendment=asked, by="customer")
            return SeeOther(order.get_absolute_url())
        try:
            return _to_the_bank(asked)
        except amending.AmendError:
            asked = None
        except (BankError, orders.PaymentUnsettled):
            trouble = "The bank does not answer just now. Please try again shortly."
    context: dict[str, Any] = {"order": order, "asked": asked, "trouble": trouble}
    if asked:
        context |= {
            "more": list(asked.lines.all()),
            "before": asked.total_pence - asked.added_pence,
            "until": long_date(in_london(asked.until).date()),
        }
    status = 503 if trouble else 200
    return render(request, "shop/order_amendment.html", context, status=status)


def _to_the_bank(asked: Amendment) -> HttpResponseBase:
    payment = payments.open_session(payment=amending.accept(amendment=asked))
    return SeeOther(payment.url or asked.order.get_absolute_url())
