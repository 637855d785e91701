"""A buyer's note about an order that has not left: somebody reads it first."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.clock import in_london
from jessops.lib.http import SeeOther
from shop.actions import reviewing
from shop.forms import NoteForm
from shop.models import Order, Status


# The order's address is all that this page acts on, and jessops.middleware refuses
# cross-site writes: no token, no cookie (decision 1).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponseBase:
    """The form, and what was written before."""
    order = get_object_or_404(Order.objects.exclude(status=Status.DRAFT), token=token)
    form = NoteForm(request.POST or None)
    open_ = reviewing.may_write(order)
    if request.method == "POST" and open_ and form.is_valid():
        ratelimit.check(request, "note-order", limit=20, seconds=600)
        try:
            reviewing.take_note(order=order, words=form.cleaned_data["words"])
        except reviewing.NotPossible:
            form.add_error("words", "You wrote often already: please ring us instead")
        else:
            return SeeOther(f"/orders/{order.token}/note/")
    written = order.notes.filter(by=reviewing.BUYER)
    context = {
        "order": order,
        "form": form,
        "open": open_,
        "written": [
            (note.words, f"{in_london(note.at):%-d %b %Y, %H:%M}") for note in written
        ],
    }
    return render(request, "shop/order_note.html", context)
