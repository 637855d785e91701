"""A member's orders. Whose they are says the proved address, by its keyed hash.

No order points at an account: a guest's order is a member's from the moment that the
address is proved, with nothing to move and nothing to forget.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from jessops.lib.clock import in_london, long_date
from jessops.lib.http import SeeOther
from members.who import member_of, proved_subject
from shop import again
from shop.models import Order, Status
from shop.views.trolley import from_request, line_pictures, remember

PER_PAGE = 10


@require_safe
@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """What the member placed, newest first, ten a page."""
    mine = Order.objects.of_person(proved_subject(member_of(request)))
    page = Paginator(mine.prefetch_related("lines"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    lines = [line for order in page for line in order.lines.all()]
    return render(
        request,
        "shop/member_orders.html",
        {
            "orders": [_row(order) for order in page],
            "sheet": line_pictures(lines)["sheet"],
            "page": page,
            "pages": _numbers(page),
        },
    )


@require_POST
@login_required
def order_again(request: HttpRequest, number: str) -> HttpResponseBase:
    """Put what there still is of an order into the trolley, and say what is not.

    Pressing twice changes nothing more: there are as many of each as in the order.
    """
    mine = Order.objects.of_person(proved_subject(member_of(request)))
    order = get_object_or_404(mine, number=number)
    offer = again.offer(order.lines.all(), from_request(request))
    response = SeeOther("/members/orders/")
    if offer.there:
        messages.success(request, f"In your trolley: {'; '.join(offer.there)}.")
    for sentence in offer.missing:
        messages.warning(request, sentence)
    remember(response, offer.trolley)
    return response


def _row(order: Order) -> dict[str, Any]:
    lines = list(order.lines.all())
    placed = order.authorised_at or order.placed_at or order.created_at
    return {
        "order": order,
        "state": _state(order),
        "on": long_date(in_london(placed).date()),
        "year": in_london(placed).year,
        "arrives": long_date(order.delivery_on),
        "bought": order.status == Status.AUTHORISED,
        "lines": line_pictures(lines)["lines"],
    }


def _state(order: Order) -> str:
    """Return how an order stands, in a customer's words."""
    if order.closed_why == "twin":
        return "Given back: paid for twice"
    return str(Status(order.status).label)


def _numbers(page: Page[Order]) -> list[tuple[int, bool]]:
    """Return the pages round the current one, each with whether it is that one."""
    last = page.paginator.num_pages
    near = {1, last, *range(page.number - 2, page.number + 3)}
    return [(n, n == page.number) for n in sorted(near) if 1 <= n <= last]
