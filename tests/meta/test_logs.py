"""Logs: one JSON line each, tied to a request and to nobody (P39, R28)."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from celery import shared_task
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from jessops import logs
from jessops.celery import app

CANARIES = (
    "Perdita Canary",
    "perdita.canary+shop@example.co.uk",
    "07700 900123",
    "+44 7700 900123",
    "0116 496 0999",
    "LE3 1TZ",
    "le31tz",
    "4242 4242 4242 4242",
    "4000000000000002",
    "kJ3nQx8vZp1RtY6wLm4sBd7fGh2cXa9e",  # an order's token
    "qk3w8r2v0c9x7z1m5n6b4j8h2g0f9d3s",  # a session's key
    "whsec_4f9a8b7c6d5e",
    "sk_live_51Habcdef",
    "198.51.100.23",
)


@pytest.fixture
def lines() -> Iterator["Lines"]:
    """Everything that is logged, as the formatter writes it."""
    found = Lines()
    root = logging.getLogger()
    root.addHandler(found)
    levels = {name: logging.getLogger(name).level for name in ("", "django")}
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield found
    root.removeHandler(found)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


class Lines(logging.StreamHandler["io.StringIO"]):
    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.setFormatter(logs.JsonFormatter())

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self.read() if line["logger"] == logger]


def shows_nobody(text: str) -> None:
    for canary in CANARIES:
        assert canary not in text, canary
        assert canary.replace(" ", "%20") not in text, canary


# --- what becomes of a request --------------------------------------------------------
def break_down(request: HttpRequest, token: str) -> HttpResponse:
    raise ValueError(f"{CANARIES} {token}")


def refuse(request: HttpRequest, token: str) -> HttpResponse:
    raise PermissionDenied(" ".join(CANARIES))


def lose(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404(" ".join(CANARIES))


def serve(request: HttpRequest, token: str) -> HttpResponse:
    logging.getLogger("shop.views").info("order placed", extra={"order": "J26-1"})
    return HttpResponse("ok")


urlpatterns = [
    path("orders/<str:token>/broken/", break_down),
    path("orders/<str:token>/refused/", refuse),
    path("orders/<str:token>/lost/", lose),
    path("orders/<str:token>/", serve),
]
handler400 = "jessops.views.bad_request"
handler403 = "jessops.views.permission_denied"
handler404 = "jessops.views.page_not_found"
handler500 = "jessops.views.server_error"


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.meta.test_logs")
@pytest.mark.parametrize(
    ("page", "status"), [("", 200), ("broken/", 500), ("refused/", 403), ("lost/", 404)]
)
def test_a_request_leaves_its_pattern_and_nothing_of_the_person(
    lines: Lines, page: str, status: int
) -> None:
    client = Client(raise_request_exception=False)
    for canary in CANARIES:
        answer = client.get(
            f"/orders/{canary}/{page}",
            query_params={"q": canary},
            headers={
                "user-agent": canary,
                "referer": canary,
                "x-forwarded-for": canary,
            },
        )
        assert answer.status_code == status
    shows_nobody(lines.text)
    told = lines.of("jessops.request")
    assert len(told) == len(CANARIES)
    for line in told:
        assert line["route"] == f"/orders/<str:token>/{page}"
        assert line["status"] == status
        assert line["method"] == "GET"
        assert line["ms"] >= 0


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.meta.test_logs")
def test_all_lines_of_a_request_carry_its_id(lines: Lines) -> None:
    answer = Client(raise_request_exception=False).get("/orders/x/broken/")
    told = {line["request_id"] for line in lines.read() if line["level"] != "DEBUG"}
    assert told == {answer["X-Request-ID"]}
    first = answer["X-Request-ID"]
    assert Client().get("/orders/x/")["X-Request-ID"] != first
    assert logs.request_id.get() == ""


@override_settings(ROOT_URLCONF="tests.meta.test_logs")
def test_an_id_is_taken_from_a_proxy_only_when_it_can_name_nobody() -> None:
    ours = Client().get("/orders/x/", headers={"x-request-id": "0123456789abcdef"})
    assert ours["X-Request-ID"] == "0123456789abcdef"
    for given in ("perdita", "0123456789ABCDEF", "0" * 33, 'a"b' * 6, "é" * 16):
        answer = Client().get("/orders/x/", headers={"x-request-id": given})
        assert given not in answer["X-Request-ID"]


@override_settings(ROOT_URLCONF="tests.meta.test_logs")
def test_a_wrong_host_is_not_repeated(lines: Lines) -> None:
    client = Client(raise_request_exception=False)
    answer = client.post("/orders/x/", headers={"host": "perdita-canary.example"})
    assert answer.status_code == 400
    logging.getLogger("django.security.DisallowedHost").error(
        "Invalid HTTP_HOST header: %r.", "perdita-canary.example"
    )
    assert "perdita" not in lines.text


# --- what other code says -------------------------------------------------------------
@pytest.mark.parametrize("canary", CANARIES[1:])  # a name alone has no shape
def test_what_could_reach_a_person_is_scrubbed_from_any_message(
    lines: Lines, canary: str
) -> None:
    log = logging.getLogger("some.package")
    log.warning("sent to %s today", canary)
    log.warning(f"sent to {canary}, today")  # as careless code does
    log.warning("sent to %(who)s", {"who": canary})
    log.warning("sent", extra={"reason": canary})
    assert len(lines.read()) == 4
    shows_nobody(lines.text)
    assert "sent to [" in lines.text


def test_scrubbing_leaves_what_operators_need() -> None:
    for text in (
        "connection to 127.0.0.1:5432 refused after 3 tries",
        "Task shop.tasks.release_expired_payment_holds_now started",
        "Task x[6a02555e-c8b8-465b-aed5-f1bd67918df9] received",
        "order J26-4812-0751 paid, event evt_1QabCdEf",
        "took 0.0045226199999888195 s at 2026-11-22T14:01:28.354+00:00",
        "relation shop_product does not exist",
    ):
        assert logs.scrub(text) == text


def test_a_connections_sign_in_is_scrubbed() -> None:
    said = logs.scrub("postgres://shop:s3cret@db.example/shop and redis://:pw@[::1]/0")
    assert said == "postgres://[sign-in]@db.example/shop and redis://[sign-in]@[::1]/0"


def test_an_exception_shows_its_place_and_no_value(lines: Lines) -> None:
    log = logging.getLogger("shop")
    try:
        try:
            raise KeyError(CANARIES[0])
        except KeyError as cause:
            raise ValueError(CANARIES[0]) from cause
    except ValueError as error:
        log.exception("order failed")
        log.warning("order failed: %s", error)
    line, second = lines.read()
    shows_nobody(lines.text)
    assert line["error"] == "ValueError"
    assert any("test_an_exception_shows_its_place" in frame for frame in line["trace"])
    assert "from KeyError" in line["trace"]
    assert second["message"] == "order failed: ValueError"


def test_a_machines_error_says_what_it_is(lines: Lines) -> None:
    error = ConnectionRefusedError(111, "Connection refused")
    logging.getLogger("shop").warning("broker away: %s", error)
    assert "Connection refused" in lines.read()[0]["message"]


@pytest.mark.parametrize(
    "hostile",
    [
        'a\r\n{"level": "INFO", "message": "forged"}',
        "\x1b[2J\x1b[31mred",
        "\u2028next\u2029\x85\x0b\x0c\x00",
        "\ud800",
    ],
)
def test_nothing_in_a_message_ends_the_line_or_reaches_the_terminal(
    hostile: str,
) -> None:
    # Formatted here and not logged: pytest itself would choke on some of these.
    record = logging.LogRecord(
        "x", logging.INFO, __file__, 1, "agent %s", (hostile,), None
    )
    text = logs.JsonFormatter().format(record)
    assert len(text.splitlines()) == 1
    assert text.isprintable()
    assert text.isascii()
    line = json.loads(text)
    assert datetime.fromisoformat(line["at"]).tzinfo == UTC
    assert {"level", "logger", "message", "request_id"} <= set(line)


def test_an_overlong_message_is_cut(lines: Lines) -> None:
    logging.getLogger("some.package").warning("x " * 50_000)
    assert len(lines.text) < 3000


# --- tasks ----------------------------------------------------------------------------
@shared_task(name="tests.note_request_id")
def note_request_id() -> None:
    logging.getLogger("tests.task").info("in the task")


def test_a_task_carries_the_id_of_the_request_that_asked_for_it(lines: Lines) -> None:
    headers: dict[str, Any] = {}
    reset = logs.request_id.set("0123456789abcdef")
    logs._send_request_id(headers=headers)
    logs.request_id.reset(reset)
    assert headers == {"request_id": "0123456789abcdef"}

    task = app.tasks["tests.note_request_id"]
    task.push_request(**headers)
    try:
        logs._take_request_id(task=task)
        task()
        logs._drop_request_id()
    finally:
        task.pop_request()
    assert lines.of("tests.task")[0]["request_id"] == "0123456789abcdef"
    assert logs.request_id.get() == ""


def test_a_tasks_arguments_result_and_error_are_not_logged(lines: Lines) -> None:
    facts: dict[str, object] = {
        "id": "6a02555e",
        "name": "shop.tasks.pay",
        "description": "raised",
    }
    facts |= {"exc": CANARIES[0], "args": CANARIES[0], "kwargs": CANARIES[0]}
    facts |= {"return_value": CANARIES[0], "runtime": 0.5}
    log = logging.getLogger("celery.app.trace")
    log.info("Task %(name)s[%(id)s] %(description)s: %(exc)s", facts)
    log.info("Task %(name)s[%(id)s] in %(runtime)ss: %(return_value)s", facts)
    log.info("Task %(name)s with %(args)s %(kwargs)s", facts)
    shows_nobody(lines.text)
    assert "Task shop.tasks.pay[6a02555e] raised: -" in lines.text


# --- set-up ---------------------------------------------------------------------------
def test_configure_sends_every_logger_through_the_one_formatter(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = logging.getLogger()
    before, level, hook = list(root.handlers), root.level, sys.excepthook
    try:
        logs.configure("INFO")
        for name in (
            "django.request",
            "celery.worker",
            "gunicorn.error",
            "py.warnings",
        ):
            logging.getLogger(name).warning("mail perdita@example.com")
        logging.getLogger("django.db.backends").debug("SELECT 'Perdita Canary'")
        sys.excepthook(ValueError, ValueError(CANARIES[0]), None)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        sys.excepthook = hook
        logging.captureWarnings(False)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["logger"] for line in told] == [
        *("django.request", "celery.worker", "gunicorn.error", "py.warnings"),
        "jessops",
    ]
    assert told[-1]["error"] == "ValueError"
    shows_nobody(json.dumps(told))
    assert "perdita@" not in json.dumps(told)


def test_without_the_formatter_the_canaries_would_be_seen() -> None:
    """The control: the same records through Python's own formatter."""
    record = logging.LogRecord(
        "x", logging.INFO, __file__, 1, "sent to %s", (CANARIES[1],), None
    )
    assert CANARIES[1] in logging.Formatter().format(record)
    assert CANARIES[1] not in logs.JsonFormatter().format(record)


def test_a_request_without_a_route_is_told_so() -> None:
    assert logs.route(RequestFactory().get("/perdita/")) == "(no route)"
