"""A guest's doors on the order's page: put it right, and be erased (P95, P96)."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.http import SeeOther
from members.actions import leaving
from shop.actions import corrections
from shop.forms import CorrectionForm
from shop.models import Order, Status

# The order's address is all that these pages act on, and jessops.middleware refuses
# cross-site writes: no token, no cookie (decision 1).


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, token: str) -> HttpResponseBase:
    """Another delivery address or telephone number, as long as nothing has left."""
    order = get_object_or_404(Order.objects.exclude(status=Status.DRAFT), token=token)
    start = {name: getattr(order, name) for name in CorrectionForm.base_fields}
    form = CorrectionForm(request.POST or None, initial=start)
    open_ = corrections.has_not_left(order)
    if open_ and request.method == "POST" and form.is_valid():
        ratelimit.check(request, "correct-order", limit=20, seconds=600)
        if _redirect(order, form):
            return SeeOther(order.get_absolute_url())
    context = {"order": order, "form": form, "open": open_}
    return render(request, "shop/order_correct.html", context)


def _redirect(order: Order, form: forms.Form) -> bool:
    data = dict(form.cleaned_data)
    telephone, ring = data.pop("telephone"), data.pop("carrier_may_ring")
    try:
        corrections.redirect(
            order=order, address=data, telephone=telephone, by="customer", ring=ring
        )
    except corrections.OtherPrice:
        form.add_error(
            "postcode",
            "Delivery there has another price. Ring us, and we sort it out",
        )
    except corrections.AlreadyLeft:
        form.add_error(None, "The parcel has left in the meantime")
    return not form.errors


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask to be erased: the way on goes to the order's own address.

    What is held is shown behind that way only. Whoever has the link may have typed
    somebody else's address, and would read here who has an account (decision 13).
    """
    order = get_object_or_404(Order.objects.exclude(status=Status.DRAFT), token=token)
    sent = False
    if request.method == "POST":
        ratelimit.check(request, "leave", limit=10, seconds=600)
        leaving.ask_guest(
            subject=order.email_hash,
            email=order.email,
            page=request.path,
            about=order.about,
        )
        sent = True
    context = {"order": order, "sent": sent, "proved": False, "erasure": None}
    return render(request, "shop/order_leave.html", context)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave_proved(request: HttpRequest, token: str, proof: str) -> HttpResponseBase:
    """From the message to the order's address: confirm, and it runs."""
    order = get_object_or_404(Order.objects.exclude(status=Status.DRAFT), token=token)
    page = f"/orders/{order.token}/leave/"
    proved = leaving.read_link(proof, page=page, subject=order.email_hash)
    if not proved:
        return SeeOther(page)
    if request.method == "POST":
        leaving.ask_erasure(
            subject=order.email_hash, email=order.email, door="order", by="guest"
        )
        return SeeOther(request.path)
    context = _what(order) | {"sent": False, "proved": True}
    return render(request, "shop/order_leave.html", context)


def _what(order: Order) -> dict[str, Any]:
    waiting = leaving.waiting(order.email_hash)
    return leaving.what_happens(order.email_hash, order.email) | {
        "order": order,
        "erasure": waiting,
        "due": leaving.due_in_words(waiting),
    }
