"""What matters asks who you are once more: a sign-in within the last ten minutes."""

import time
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

SECONDS = 600
NOT_YET = "Nothing has been done yet. Please press the button again."

View = Callable[..., HttpResponse]


def is_fresh(request: HttpRequest) -> bool:
    """Say whether the person proved who they are within the last ten minutes."""
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < SECONDS for record in records)


def required(view: View) -> View:
    """Ask nobody in particular to sign in, and a member who did so long ago again.

    They come back to the page. What was posted is not done and not kept: kept, it
    would be done by the password, which says who somebody is and not what they want.
    """

    @wraps(view)
    def fresh_view(
        request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponse:
        if request.user.is_authenticated and is_fresh(request):
            return view(request, *args, **kwargs)
        # Nobody in particular is told nothing: that would begin a session (P31).
        if request.method == "POST" and request.user.is_authenticated:
            messages.warning(request, NOT_YET)
        back = urlencode({"next": _page(request)})
        return HttpResponseRedirect(f"{_door(request)}?{back}")

    return fresh_view


def _door(request: HttpRequest) -> str:
    """Return where this person proves who they are: password, code or passkey."""
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    return str(methods[0]["url"]) if methods else resolve_url(settings.LOGIN_URL)


def _page(request: HttpRequest) -> str:
    """Return the page to come back to: after a POST the one with the button."""
    referer = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(
        referer, {request.get_host()}, require_https=request.is_secure()
    )
    if request.method == "POST" and ours:
        found = urlsplit(referer)
        return found.path + (f"?{found.query}" if found.query else "")
    return request.get_full_path()
