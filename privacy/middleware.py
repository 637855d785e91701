"""Stops every cookie that is not listed, and every way out that is not declared."""

import logging
from collections.abc import Callable
from urllib.parse import urlencode, urljoin, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from privacy import cookies, grounds, handoffs

log = logging.getLogger(__name__)


class CookieRegistryMiddleware:
    """Outermost middleware: no Set-Cookie leaves without being in the registry.

    With settings.COOKIES_STRICT (tests) a fault raises UnlistedCookie; otherwise the
    cookie is dropped and the fact is logged, since a visitor must get the page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, morsel in list(response.cookies.items()):
            found = list(cookies.faults(morsel, secure=request.is_secure()))
            if found:
                self._refuse(name, found)
                del response.cookies[name]
        if response.has_header("Set-Cookie"):
            self._refuse("(raw header)", ["goes round the registry"])
            del response.headers["Set-Cookie"]
        return response

    def _refuse(self, name: str, found: list[str]) -> None:
        if settings.COOKIES_STRICT:
            raise cookies.UnlistedCookie(f"cookie {name} {'; '.join(found)}")
        log.error("cookie %s refused: %s", name, "; ".join(found))


class ReasonMiddleware:
    """Ask staff why before a page about somebody opens (P89)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, grounds.ReasonNeeded):
            return None
        back = request.get_full_path() if request.method == "GET" else request.path
        way = reverse("admin:privacy_reason")
        return HttpResponseRedirect(f"{way}?{urlencode({'next': back})}")


class UndeclaredWay(Exception):
    """An answer would send people to a site that no connector declares."""


class HandOffMiddleware:
    """No answer sends people to another site, save a declared hand-off (P70, P73).

    So no mistake in a view, and no address in a form, makes an open redirect.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        address = response.headers.get("Location", "")
        if address and not self.may(request, address):
            raise UndeclaredWay(handoffs.origin_of(address))
        return response

    @staticmethod
    def may(request: HttpRequest, address: str) -> bool:
        whole = urljoin(request.build_absolute_uri(), address.replace("\\", "/"))
        ours = (urlsplit(settings.SITE_URL).netloc, request.get_host())
        if urlsplit(whole).netloc in ours:
            return True
        return handoffs.leads_to(whole) is not None
