"""A restored backup serves nobody before it has forgotten again (C14, R23).

The key store remembers whose keys were destroyed. While this database does not know of
one of those erasures, it is older than that: manage.py post_restore erases again.
"""

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from privacy.actions import erasures
from privacy.keys import KeyStoreAway

log = logging.getLogger(__name__)

PROBES = ("/healthz", "/readyz", "/metrics")
RETRY_AFTER = "60"
SORRY = """<!doctype html><html lang="en-GB"><meta charset="utf-8">
<title>Back soon - Jessops</title><h1>Back soon</h1>
<p>We are restoring the shop. Please try again in a few minutes.</p></html>"""


def is_clean() -> bool:
    """Say whether everybody whose key is destroyed is erased here, too."""
    try:
        return not erasures.not_replayed()
    except KeyStoreAway as error:
        log.warning("erasures not compared", extra={"reason": str(error)})
        return False


_clean: list[bool] = []  # once true, for the life of the process


class RestoredMiddleware:
    """Answer 503 until the erasures are replayed; asked once, then never again.

    A database is restored while nothing runs, so that one good answer is good for the
    life of the process. Where nobody can be asked the pages go on: the key store being
    away is another trouble, which readyz tells.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _clean or request.path in PROBES:
            return self.get_response(request)
        try:
            clean = not erasures.not_replayed()
        except (KeyStoreAway, DatabaseError) as error:
            log.warning("erasures not compared", extra={"reason": type(error).__name__})
            return self.get_response(request)
        if clean:
            _clean.append(True)
            return self.get_response(request)
        log.error("restored, and erasures are not replayed")
        return HttpResponse(SORRY, status=503, headers={"Retry-After": RETRY_AFTER})
