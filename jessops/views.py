"""Probes, and the pages that say what went wrong."""

import logging
from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jessops import heartbeat, restored
from newsletter.models import Message
from privacy import keys
from privacy.keys import KeyStoreAway

log = logging.getLogger(__name__)

CHECK_LIMIT = 1  # seconds that one check may take
OLDEST_UNSENT = timedelta(minutes=5)

PLAIN = """<!doctype html><html lang="en-GB"><meta charset="utf-8">
<title>Sorry - Jessops</title><h1>Sorry, that did not work</h1>
<p>Please try again in a minute. Your trolley is kept.</p>
<p><a href="/">Jessops home</a></p></html>"""


ROBOTS = """User-agent: *
Disallow: /orders/
Disallow: /checkout/
Disallow: /trolley/
Disallow: /search/
Disallow: /admin/
"""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines need not ask for: pages about a person, and endless lists."""
    return HttpResponse(ROBOTS, content_type="text/plain")


# --- probes ------------------------------------------------------------------------
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; it says nothing about any other part."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the shop can do its work, else 503 and the names of what fails.

    Names only: anybody may ask.
    """
    failing = [name for name, check in CHECKS.items() if not passes(name, check)]
    if "database" not in failing:
        failing += [n for n, check in IN_DATABASE.items() if not passes(n, check)]
    if failing:
        log.warning("not ready", extra={"reason": ", ".join(failing)})
    return JsonResponse(
        {"status": "not ready" if failing else "ready", "failing": failing},
        status=503 if failing else 200,
    )


def passes(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, redis.RedisError, KeyStoreAway) as error:
        log.warning("check failed: %s", error, extra={"reason": name})
        return False


def database_answers() -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [_LIMIT_MS])
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def migrated() -> bool:
    """Say whether every migration is applied; once true it stays so for the process."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.append(True)
    return True


def broker_answers() -> bool:
    with redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=CHECK_LIMIT,
        socket_connect_timeout=CHECK_LIMIT,
    ) as client:
        return bool(client.ping())


def mail_leaves() -> bool:
    """Say whether no message has been waiting for its sender for too long."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [_LIMIT_MS])
        overdue = Message.objects.due(timezone.now() - OLDEST_UNSENT)
        return not overdue.exists()


_LIMIT_MS = str(CHECK_LIMIT * 1000)
_migrated: list[bool] = []
CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "broker": broker_answers,
    "worker": heartbeat.alive,
    "keys": keys.answers,
}
# Not asked of a database that does not answer: one cause is reported as one.
IN_DATABASE: dict[str, Callable[[], bool]] = {
    "migrations": migrated,
    "outbox": mail_leaves,
    # Restored from a backup, and people in it were erased since: manage.py post_restore
    "erasures": restored.is_clean,
}


# --- errors ------------------------------------------------------------------------
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, 500)


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """Render templates/<status>.html, or a plain page when even that fails."""
    try:
        return render(request, f"{status}.html", status=status)
    except Exception:
        # The page needs what may just have failed: the database, the host's name.
        log.exception("the page for %d failed", status)
        return HttpResponse(PLAIN, status=status)
