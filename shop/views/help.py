"""Help: what we do, in plain words, drawn from the code that does it."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from shop import collection, delivery
from shop.models import Grade
from shop.product_page import GRADE_AT, GRADE_SENTENCES

# Address to title, in the order of the list at the side.
PAGES = {
    "delivery": "Delivery",
    "returns": "Returns and cancelling",
    "used-grades": "Used grades explained",
    "contact": "Contact us",
    "terms": "Terms of sale",
    "accessibility": "Accessibility",
    "company": "Company details",
}
SURCHARGED = (
    delivery.HIGHLANDS,
    delivery.ISLANDS,
    delivery.NORTHERN_IRELAND,
    delivery.ISLE_OF_MAN,
    delivery.SCILLY,
)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One help page; anything else is no page of ours."""
    if slug not in PAGES:
        raise Http404("no such help page")
    context: dict[str, Any] = {"slug": slug, "heading": PAGES[slug], "pages": PAGES}
    context |= {"crumbs": [(PAGES[slug], "")]}
    if slug == "delivery":
        context |= delivery_context()
    elif slug == "used-grades":
        context["grades"] = [
            (grade.label, GRADE_AT[grade], GRADE_SENTENCES[grade]) for grade in Grade
        ]
    elif slug == "returns":
        context["trolley_days"] = settings.TROLLEY_COOKIE_AGE.days
    return render(request, f"shop/help/{slug}.html", context)


def delivery_context() -> dict[str, Any]:
    """Return the prices and days as the checkout would quote them now."""
    base = delivery.STANDARD.pence
    return {
        "counters": collection.counters(),
        "quotes": delivery.quotes(now=timezone.now(), goods_pence=0),
        "free_from": delivery.FREE_FROM_PENCE,
        "cut_off": delivery.CUT_OFF,
        "areas": [
            (area.name, area.pence, base + area.pence, area.days, area.sea)
            for area in SURCHARGED
        ],
        "not_served": list(delivery.NOT_SERVED.values()),
        "sea_days": delivery.LITHIUM_BY_SEA_DAYS,
    }
