"""A guest's page of what one order holds, and the way to all that is held (R30).

An order's link proves that order and no more: somebody else may have it by now, and
other orders were never in it. What is held under the address goes to that address
(docs/decisions/0013).
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.tasks import wake
from privacy import dossier
from privacy.actions import copies
from privacy.dossier_page import page_of
from privacy.states import seals
from privacy.tasks import make_copies
from shop import doors  # noqa: F401  they register themselves
from shop.models import Order

LIMIT = 10  # links in an hour, of one network


# The order's link is its key, and CrossSiteMiddleware sees where a browser's write
# comes from (decision 0001): no cookie is needed.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def order_data(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what this order holds; POST mails the link to everything."""
    order = get_object_or_404(Order.objects.exclude(email_hash=""), token=token)
    said = ""
    if request.method == "POST":
        ratelimit.check(request, "copy-asked", limit=LIMIT, seconds=3600)
        said = _ask(order)
    groups = dossier.of(order.email_hash, order.email, guest=True, matter=order.about)
    return render(
        request,
        "shop/order_data.html",
        {
            "order": order,
            "shown": page_of(groups, table=request.GET.get("all", "")),
            "opened": request.GET.get("all", ""),
            "all_at": f"{order.get_absolute_url()}data/",
            "said": said,
            "seals": seals("P92", "P94"),
        },
    )


def _ask(order: Order) -> str:
    try:
        copies.ask(subject=order.email_hash, by_mail=True)
    except copies.AskedAlready:
        return "already"
    wake(make_copies)
    return "sent"
