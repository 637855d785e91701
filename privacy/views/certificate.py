"""The certificates of the whole shop: what the crawls looked at, and found."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy import certificate, panels

ABOUT = ("P5", "P34", "P36")


@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """The newest certificate of each crawler, and those before."""
    newest = certificate.newest()
    return render(
        request,
        "privacy/certificate.html",
        {
            "certificates": list(newest.values()),
            "failing": certificate.failing(newest),
            "history": certificate.history(),
            "promises": panels.of(*ABOUT),
        },
    )
