"""The cookie page: the list that the program obeys, and what this visitor carries."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from jessops.lib.http import SeeOther
from privacy import certificate, panels
from privacy.cookies import REGISTRY
from privacy.cookies_sent import explained, sent

ABOUT = ("P26", "P27", "P28", "P29", "P30", "P31", "P32", "P33", "P34", "P35")


@require_safe
@never_cache  # it shows what one browser sent, to that browser
def cookies(request: HttpRequest) -> HttpResponse:
    """Every cookie there can be, those that came with this request, and the crawls."""
    found = sent(request)
    asked = request.GET.get("forgotten", "")
    return render(
        request,
        "privacy/cookies.html",
        {
            "cookies": list(REGISTRY.values()),
            "sent": found,
            "opened": [
                (REGISTRY[name], found.opened.get(name)) for name in explained()
            ],
            "forgotten": asked if asked in explained() else "",
            "certificates": list(certificate.newest().values()),
            "promises": panels.of(*ABOUT),
        },
    )


# No token: what it takes away is the visitor's own, and CrossSiteMiddleware sees where
# a browser's write comes from (decision 0001).
@csrf_exempt
@require_POST
@never_cache
def forget(request: HttpRequest, name: str) -> HttpResponseBase:
    """Take a cookie of the visitor's own out of the browser: we have no copy (P30)."""
    if name not in explained():
        raise Http404("no such cookie")
    response = SeeOther(f"{reverse('privacy:cookies')}?forgotten={name}#yours")
    response.delete_cookie(name, path="/", samesite="Lax")
    return response
