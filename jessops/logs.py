"""Structured logs that cannot be tied to a person (P39, R28).

One JSON object a line, in UTC, with the id of the request it belongs to. A request is
logged by its route pattern, never by its path (an order's token is the guest's key),
and without address or browser. What other code says passes `scrub`; what an exception
says is left out unless it can only be about machines.
"""

import json
import logging
import logging.config
import re
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.http import HttpRequest, HttpResponse

request_id: ContextVar[str] = ContextVar("request_id", default="")

LONGEST_MESSAGE = 2000  # characters
# An id of our own proxy: hexadecimal, so that it can carry nobody's name.
REQUEST_ID = re.compile(r"[0-9a-f]{16,32}")
# What callers may add with extra={...}: codes and numbers about the work.
EXTRAS = (
    "method",
    "route",
    "status",
    "ms",
    "order",
    "event",
    "party",
    "task",
    "reason",
    "count",
)
# What these say is about machines: addresses, ports, modules, settings' names.
MACHINE_ERRORS = (OSError, ImportError, SyntaxError)
MACHINE_ERROR_NAMES = frozenset({"OperationalError", "ImproperlyConfigured"})
PHRASES = {int(status): status.phrase for status in HTTPStatus}
# Celery puts arguments, results and what exceptions said under these names.
TASK_FACTS = frozenset({"id", "name", "description", "runtime"})

SCRUBBED = (
    (re.compile(r"\b(?:sk|pk|rk)_(?:test|live)_\w+|\bwhsec_\w+"), "[key]"),
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)"), "[sign-in]"),
    (re.compile(r"[^\s@<>\"'(),;:=\[\]]+@[^\s@<>\"'(),;:\[\]]+\.\w+"), "[email]"),
    (re.compile(r"(?<=/orders/)(?!find/|<)[^/\s]+"), "[token]"),
    # Random URL-safe text; identifiers of code lack digits or capitals.
    (
        re.compile(
            r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}(?![\w-])"
        ),
        "[token]",
    ),
    (re.compile(r"(?<![\w-])(?=[a-z0-9]*\d)[a-z0-9]{32}(?![\w-])"), "[token]"),
    (re.compile(r"(?<![\w.])(?:\d[ -]?){12,18}\d(?![\w.])"), "[number]"),
    (
        re.compile(r"(?<![\w.-])(?:\+44|0)[ ()]{0,2}\d(?:[ ()-]{0,2}\d){8,9}(?!\w)"),
        "[phone]",
    ),
    (re.compile(r"\b(?!127\.)\d{1,3}(?:\.\d{1,3}){3}\b"), "[ip]"),
    (
        re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?(?: |%20|\+)?\d[A-Z]{2}\b", re.IGNORECASE),
        "[postcode]",
    ),
)  # fmt: skip


def scrub(text: str) -> str:
    """Return text without what could name or reach a person, or open their order."""
    for pattern, instead in SCRUBBED:
        text = pattern.sub(instead, text)
    return text[:LONGEST_MESSAGE]


def describe(error: BaseException) -> str:
    """Return an exception's class, and what it says if that is about machines."""
    name = type(error).__name__
    if isinstance(error, MACHINE_ERRORS) or name in MACHINE_ERROR_NAMES:
        return scrub(f"{name}: {error}")
    return name


class JsonFormatter(logging.Formatter):
    """One record, one line of JSON; control characters come out escaped."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(
                "T", "milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": message(record),
            # Django speaks of some requests when our middleware is done with them.
            "request_id": request_id.get()
            or getattr(record.__dict__.get("request"), "id", ""),
        }
        for name in EXTRAS:
            value = record.__dict__.get(name)
            if isinstance(value, str):
                line[name] = scrub(value)
            elif isinstance(value, int | float):
                line[name] = value
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
            line["trace"] = trace(record.exc_info[1], record.exc_info[2])
        return json.dumps(line)


def message(record: logging.LogRecord) -> str:
    """Return what a record says, less what its arguments tell about people."""
    request = record.__dict__.get("request")
    status = record.__dict__.get("status_code")
    if isinstance(request, HttpRequest) and isinstance(status, int):
        # Django's own words quote the path, the host and the origin.
        return f"{status} {PHRASES.get(status, '')}: {route(request)}"
    if record.name.startswith(("django.security", "django.request")):
        return scrub(str(record.msg).partition("%")[0].strip(" :'\""))
    return scrub(_filled(record))


def _filled(record: logging.LogRecord) -> str:
    arguments = record.args
    if isinstance(arguments, Mapping):
        if record.name.startswith("celery."):
            arguments = {
                name: value if name in TASK_FACTS else "-"
                for name, value in arguments.items()
            }
        return str(record.msg) % arguments
    if not arguments:
        return str(record.msg)
    safe = (describe(a) if isinstance(a, BaseException) else a for a in arguments)
    return str(record.msg) % tuple(safe)


def trace(error: BaseException, top: TracebackType | None) -> list[str]:
    """Return where it went wrong and what caused it; no values, no source lines."""
    frames = [
        f"{frame.filename.rpartition('/site-packages/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(top)
    ]
    cause = error.__cause__ or error.__context__
    if cause is not None:
        frames.append(f"from {describe(cause)}")
    return frames


def route(request: HttpRequest) -> str:
    """Return the pattern that a request's path met, which holds no value of it."""
    match = request.resolver_match
    return f"/{match.route}" if match else "(no route)"


class RequestMiddleware:
    """Give each request an id, and say in one line what came of it."""

    log = logging.getLogger("jessops.request")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        known = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        reset = request_id.set(known)
        request.id = known  # type: ignore[attr-defined]
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            self.log.info(
                "request",
                extra={
                    "method": _method(request),
                    "route": route(request),
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - began) * 1000, 1),
                },
            )
        finally:
            request_id.reset(reset)
        response["X-Request-ID"] = known
        return response


def _method(request: HttpRequest) -> str:
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else "OTHER"


# A task carries the id of the request that asked for it, and of nothing else.
@before_task_publish.connect
def _send_request_id(headers: dict[str, Any] | None = None, **_: object) -> None:
    if headers is not None and request_id.get():
        headers["request_id"] = request_id.get()


@task_prerun.connect
def _take_request_id(task: Any = None, **_: object) -> None:
    given = getattr(task.request, "request_id", None) or ""
    request_id.set(given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8))


@task_postrun.connect
def _drop_request_id(**_: object) -> None:
    request_id.set("")


def configure(level: str | None = None) -> None:
    """Send every logger of this process through the one formatter to stderr."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": "jessops.logs.JsonFormatter"}},
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "json"}
            },
            "root": {"handlers": ["stderr"], "level": level or settings.LOG_LEVEL},
            "loggers": {
                # Django's own set-up would mail errors to people.
                "django": {"handlers": [], "level": "INFO", "propagate": True},
                # The line of RequestMiddleware says it already.
                "django.server": {"handlers": [], "level": "WARNING"},
                # At DEBUG these would write out queries, payloads and mails.
                "django.db.backends": {"level": "INFO"},
                "stripe": {"level": "WARNING"},
                "urllib3": {"level": "INFO"},
                "amqp": {"level": "INFO"},
                "kombu": {"level": "INFO"},
                "celery.app.trace": {"level": "INFO"},
                "celery.worker.strategy": {"level": "INFO"},
            },
        }
    )
    logging.captureWarnings(True)
    if not sys.stderr.isatty():  # a person at a terminal may read it all
        sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, top: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, top)
        return
    logging.getLogger("jessops").critical("ended", exc_info=(kind, error, top))
