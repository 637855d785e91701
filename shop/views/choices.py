"""The choices of a guest, by the link of their order: a member's page without account.

The link opens it once the order is paid for: before that, anybody can have typed
anybody's address into the order form.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.http import SeeOther
from members.forms.choices import ContactWishForm
from privacy import choosing
from shop.actions import contact
from shop.models import Order

WISHED = "contact"


# The token is the key, and CrossSiteMiddleware sees where a browser's write comes from
# (decision 0001): no cookie is needed to answer.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET shows each question as it stands; POST records what was changed."""
    bought = Order.objects.filter(authorised_at__isnull=False).exclude(email="")
    order = get_object_or_404(bought, token=token)
    if request.method != "POST":
        return _page(request, order)
    ratelimit.check(request, "choices", limit=60, seconds=600)
    if "contact_by" in request.POST:
        return _wish(request, order)
    taken = choosing.take(request.POST, subject=order.email_hash, where="order")
    if taken.trouble:
        return _page(request, order, trouble=taken.trouble, status=taken.status)
    return SeeOther(f"{order.get_absolute_url()}choices/?done={taken.done}")


def _wish(request: HttpRequest, order: Order) -> HttpResponseBase:
    form = ContactWishForm(request.POST)
    if not form.is_valid():
        return _page(request, order, form=form, status=400)
    try:
        contact.wish(order=order, **form.cleaned_data)
    except contact.TooLate:
        trouble = "Nothing was saved: we do not ring about this order any more."
        return _page(request, order, trouble=trouble, status=409)
    return SeeOther(f"{order.get_absolute_url()}choices/?done={WISHED}")


def _page(
    request: HttpRequest,
    order: Order,
    *,
    form: ContactWishForm | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    done = "" if status != 200 else request.GET.get("done", "")
    wish = {"contact_by": order.contact_by, "telephone": order.telephone}
    context = {
        **choosing.shown(order.email_hash, done),
        "order": order,
        "form": form or ContactWishForm(initial=wish),
        "can_wish": contact.can_wish(order),
        "trouble": trouble,
        "wished": done == WISHED,
        "is_member": False,
    }
    return render(request, "shop/order_choices.html", context, status=status)
