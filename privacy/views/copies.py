"""The page behind the link to a copy, for who is not signed in (R30)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.clock import in_london
from privacy import copies, dossier
from privacy.actions import copies as making
from privacy.dossier_page import page_of
from privacy.states import seals

# In ten minutes, of one network; nobody guesses 256 bits.
LIMIT = 60


# The token names the person and works once, and CrossSiteMiddleware sees where a
# browser's write comes from (decision 0001): no cookie is needed to take a copy.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def copy(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what the link does, so that no mail scanner uses it up; POST does it.

    `as=page` shows everything, anything else hands out the file. Either uses the link
    up. A link that was used, ran out or never was gets one and the same answer.
    """
    ratelimit.check(request, "copy", limit=LIMIT, seconds=600)
    found = copies.by_link(token)
    if found is None:
        return gone(request)
    if request.method != "POST":
        until = f"{in_london(found.good_until):%H:%M}"
        return render(request, "privacy/copy.html", {"until": until})
    try:
        content = making.take(copy=found)
    except making.NoCopy:
        return gone(request)
    if request.POST.get("as") != "page":
        return handed_out(content)
    groups = dossier.of(found.subject, content["about"], guest=True)
    shown = page_of(groups, whole=True)
    context = {"shown": shown, "email": content["about"], "seals": seals("P92", "P94")}
    return render(request, "privacy/copy_opened.html", context)


def gone(request: HttpRequest) -> HttpResponse:
    """Say that there is nothing to take, and what to do."""
    return render(request, "privacy/copy_gone.html", status=404)


def handed_out(content: copies.Content) -> HttpResponse:
    """Return a copy as the file that a browser saves."""
    response = HttpResponse(copies.archive(content), content_type="application/zip")
    name = f"jessops-your-data-{in_london(timezone.now()):%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
