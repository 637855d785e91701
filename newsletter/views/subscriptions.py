"""The newsletter's page, and the page behind the link of its one mail (P44).

Guests write without a token (docs/decisions/0001): nothing here acts on a session.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.http import SeeOther
from newsletter import sign_up_links
from newsletter.actions import sign_up as actions
from newsletter.forms import SignUpForm
from newsletter.personal_data.subscriptions import PENDING_LIFE
from privacy import choices, topics
from privacy.states import seals

PROMISES = ("P44", "P45", "P69")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponseBase:
    """The form; its answer is the same whoever reads the newsletter already (R31)."""
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        ratelimit.check(request, "newsletter", limit=20, seconds=600)
        actions.ask(**form.cleaned_data)
        return SeeOther(f"{request.path}?sent=1")
    context = {
        "form": form,
        "sent": "sent" in request.GET and not form.is_bound,
        "life": PENDING_LIFE,
        "asked": topics.NEWSLETTER.wording,
        "seals": seals(*PROMISES),
        "crumbs": [("Newsletter", "")],
    }
    response = render(request, "newsletter/sign_up/form.html", context)
    if form.is_bound:
        response["Cache-Control"] = "private, no-store"
    return response


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET asks and changes nothing, so that a scanner says no yes; POST takes it."""
    try:
        pk = sign_up_links.read(token)
    except sign_up_links.BadLink as error:
        raise Http404 from error
    if request.method == "POST" and actions.confirm(pk=pk):
        return SeeOther(request.path)
    found = actions.of(pk)
    context: dict[str, Any] = {
        "found": found,
        "confirmed": found is not None and found.confirmed_at is not None,
        "asked": topics.NEWSLETTER.wording,
        "back": topics.COME_BACK.wording
        if found is not None and choices.opted_out(found.subject)
        else "",
        "seals": seals(*PROMISES),
        "crumbs": [("Newsletter", "/newsletter/"), ("Say yes", "")],
    }
    response: HttpResponse = render(
        request,
        "newsletter/sign_up/confirm.html",
        context,
        status=200 if found else 404,
    )
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
