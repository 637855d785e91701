"""Every error is a page of the shop's own, and shows nothing of what went wrong."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import HttpRequest
from django.test import Client, RequestFactory

from jessops import views

pytestmark = pytest.mark.django_db


def client() -> Client:
    return Client(raise_request_exception=False)


def test_what_is_not_there_is_a_page_of_the_shop() -> None:
    answer = client().get("/no/such/page/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert '<html lang="en-GB"' in page
    assert "Jessops" in page
    assert not answer.cookies


def test_a_host_that_is_not_ours_is_refused() -> None:
    answer = client().get("/no/such/page/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert b"elsewhere" not in answer.content


def test_a_write_from_another_site_is_refused() -> None:
    answer = client().post("/trolley/add/", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert b"Jessops" in answer.content


def test_a_broken_view_is_a_page_that_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> bool:
        raise ValueError("canary")

    monkeypatch.setitem(views.CHECKS, "broken", broken)
    answer = client().get("/readyz")
    assert answer.status_code == 500
    assert b"Jessops" in answer.content
    for leak in (b"canary", b"ValueError", b"Traceback", b"views.py"):
        assert leak not in answer.content


@pytest.mark.django_db(transaction=True)
def test_errors_have_a_page_even_without_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connections["default"].close()
    monkeypatch.setitem(connections["default"].settings_dict, "PORT", "1")
    for status, address in ((404, "/no/such/page/"), (500, "/shop/")):
        answer = client().get(address)
        assert answer.status_code == status
        assert b"Jessops" in answer.content


def test_a_page_that_fails_itself_gives_way_to_a_plain_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(views, "render", fails)
    request: HttpRequest = RequestFactory().get("/")
    for answer, status in (
        (views.bad_request(request, ValueError()), 400),
        (views.permission_denied(request, PermissionDenied()), 403),
        (views.csrf_failure(request), 403),
        (views.page_not_found(request, ValueError()), 404),
        (views.server_error(request), 500),
    ):
        assert answer.status_code == status
        assert b"Sorry" in answer.content
        assert b"canary" not in answer.content
