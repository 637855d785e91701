"""Stops every cookie that the registry does not list."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from privacy import cookies

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
