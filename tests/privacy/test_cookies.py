"""The cookie registry: what it does not list cannot leave."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from privacy.cookies import REGISTRY, UnlistedCookie
from privacy.middleware import CookieRegistryMiddleware

Change = Callable[[HttpResponse], None]


def through(change: Change, *, secure: bool = False) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse("page")
        change(response)
        return response

    return CookieRegistryMiddleware(view)(RequestFactory().get("/", secure=secure))


def setting(name: str, **changes: object) -> Change:
    arguments = {
        "max_age": REGISTRY[name].max_age if name in REGISTRY else None,
        "httponly": True,
        "samesite": "Lax",
        "path": "/",
    }
    return lambda response: response.set_cookie(
        name,
        "v",
        **arguments | changes,  # type: ignore[arg-type]
    )


FAULTY: list[Change] = [
    setting("_tracker"),
    setting("messages"),
    setting("trolley", domain="example.com"),
    setting("trolley", path="/trolley/"),
    setting("trolley", samesite="None"),
    setting("trolley", samesite=None),
    setting("trolley", httponly=False),
    setting("trolley", max_age=365 * 24 * 3600),
    setting("trolley", max_age=None),
    setting("sessionid", max_age=60),
    setting("csrftoken", max_age=365 * 24 * 3600),
]


@pytest.mark.parametrize("change", FAULTY)
def test_an_unlisted_cookie_raises_in_tests(change: Change) -> None:
    with pytest.raises(UnlistedCookie):
        through(change)


@pytest.mark.parametrize("change", FAULTY)
def test_an_unlisted_cookie_is_dropped_in_production(
    change: Change, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.COOKIES_STRICT = False
    response = through(change)
    assert response.content == b"page"
    assert not response.cookies
    assert "refused" in caplog.text


@pytest.mark.parametrize("name", list(REGISTRY))
def test_a_listed_cookie_passes_and_can_be_taken_away(name: str) -> None:
    assert name in through(setting(name)).cookies
    gone = through(lambda response: response.delete_cookie(name))
    assert gone.cookies[name]["max-age"] == 0


def test_over_tls_a_cookie_must_be_bound_to_it() -> None:
    with pytest.raises(UnlistedCookie):
        through(setting("trolley"), secure=True)
    assert through(setting("trolley", secure=True), secure=True).cookies


def test_a_raw_header_does_not_go_round_the_registry(settings: Settings) -> None:
    def raw(response: HttpResponse) -> None:
        response.headers["Set-Cookie"] = "spy=1"

    with pytest.raises(UnlistedCookie):
        through(raw)
    settings.COOKIES_STRICT = False
    assert not through(raw).has_header("Set-Cookie")


def test_session_cookies_end_with_the_browser() -> None:
    for name in ("sessionid", "csrftoken"):
        assert REGISTRY[name].max_age is None
        with pytest.raises(UnlistedCookie):
            through(setting(name, max_age=1))
        with pytest.raises(UnlistedCookie):
            through(setting(name, expires="Thu, 01 Jan 2099 00:00:00 GMT"))
    assert django_settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
    assert django_settings.CSRF_COOKIE_AGE is None


def test_the_registry_says_what_the_settings_do() -> None:
    assert REGISTRY["trolley"].max_age is not None
    life = timedelta(seconds=REGISTRY["trolley"].max_age)
    assert life == django_settings.TROLLEY_COOKIE_AGE
    assert django_settings.SESSION_COOKIE_NAME in REGISTRY
    assert django_settings.CSRF_COOKIE_NAME in REGISTRY
