"""What every request passes: no cross-site writes, no impossible text."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from jessops.lib.ratelimit import TooOften
from jessops.views import error_page
from privacy.keys import KeyGone, KeyStoreAway

log = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Outside parties write here; each proves itself by a signature instead.
WEBHOOKS = "/webhooks/"


class CrossSiteMiddleware:
    """Refuse writes that another site's page makes a browser send (R38).

    Browsers name the page a write comes from in Sec-Fetch-Site and Origin, and no
    page can forge either. So the trolley needs no token in every page and no cookie
    before its own (P31). A request with neither header comes from no browser, and
    carries no visitor's cookies against their will.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        writes = request.method not in SAFE_METHODS
        webhook = request.path.startswith(WEBHOOKS)
        if writes and not webhook and not self.from_here(request):
            raise PermissionDenied("cross-site write")
        return self.get_response(request)

    def from_here(self, request: HttpRequest) -> bool:
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        if site not in (None, "same-origin", "none"):
            return False
        if origin == "null":
            # A page that sends no referrer: only Sec-Fetch-Site can vouch for it.
            return site == "same-origin"
        return origin is None or self.ours(request, origin)

    @staticmethod
    def ours(request: HttpRequest, origin: str) -> bool:
        if origin == settings.SITE_URL:
            return True
        scheme = "https" if request.is_secure() else "http"
        return origin == f"{scheme}://{request.get_host()}"


class InputMiddleware:
    """Refuse text that no database or page can hold: NUL, in paths, queries, forms."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        form = "application/x-www-form-urlencoded"
        if (
            request.method == "POST"
            and not request.path.startswith(WEBHOOKS)
            and request.content_type in (form, "multipart/form-data")
            and any("\0" in value for _, v in request.POST.lists() for value in v)
        ):
            raise BadRequest("NUL in a form")


class TooOftenMiddleware:
    """Answer with a page where a view's limit is passed, or it takes no such request.

    Django's own 405 has no body: who opens /trolley/add/ in a window sees nothing.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        refused = isinstance(response, HttpResponseNotAllowed)
        if refused and not request.path.startswith(WEBHOOKS):
            response.content = error_page(request, 405).content
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, TooOften):
            return None
        response = render(request, "429.html", status=429)
        response["Retry-After"] = "60"
        return response


class KeyStoreMiddleware:
    """Answer with a page where the keys of what a page shows are away, or destroyed.

    Only pages about a person need them: the shop is open all the same.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if isinstance(exception, KeyGone):
            return error_page(request, 404)
        if not isinstance(exception, KeyStoreAway):
            return None
        log.error("key store away", extra={"reason": str(exception)})
        response = error_page(request, 503)
        response["Retry-After"] = "60"
        return response


class PrivatePagesMiddleware:
    """Keep pages about a person out of caches and search engines."""

    PRIVATE = ("/orders/", "/checkout/", "/admin/", "/members/", "/accounts/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(self.PRIVATE):
            response["X-Robots-Tag"] = "noindex, nofollow"
        elif settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.shared(response)
        # Of a member every page is private: the header bears their name.
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        return self.shared(response)

    @staticmethod
    def shared(response: HttpResponse) -> HttpResponse:
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
