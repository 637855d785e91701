"""The test harness itself: each guard is shown to bite."""

import os
import socket
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.template import Template, TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates
from django.template.base import Origin
from playwright.sync_api import Browser

from tests.plugin import HOLDER
from tests.servers import ShopServer
from tests.undefined import OURS, UndefinedTemplateVariable
from tests.watch import WatchedBrowser


def template(text: str, file: Path) -> Template:
    backend = engines["django"]
    assert isinstance(backend, DjangoTemplates)
    return Template(text, origin=Origin(str(file)), engine=backend.engine)


def rendered(made: Template) -> str:
    from django.template import Context

    return made.render(Context({"known": "yes"}))


def test_an_undefined_variable_in_our_template_is_an_error() -> None:
    ours = OURS / "templates" / "x.html"
    assert rendered(template("{{ known }}", ours)) == "yes"
    with pytest.raises(UndefinedTemplateVariable, match=r"unknown in .*x\.html"):
        rendered(template("{{ unknown }}", ours))
    assert rendered(template("{% if unknown %}a{% endif %}", ours)) == ""


def test_an_undefined_variable_in_a_packages_template_is_its_own_affair() -> None:
    assert rendered(template("{{ unknown }}", Path("/usr/lib/x.html"))) == ""
    with pytest.raises(TemplateSyntaxError):
        template("{% unknown %}", Path("/usr/lib/x.html"))


def test_no_test_reaches_another_machine() -> None:
    with (
        socket.socket() as other,
        pytest.raises(PermissionError, match=r"192\.0\.2\.1"),
    ):
        other.connect(("192.0.2.1", 9))


@pytest.mark.filterwarnings("default")
def test_each_process_has_a_valkey_of_its_own() -> None:
    assert redis.Redis.from_url(settings.CELERY_BROKER_URL).ping()
    assert HOLDER.place.name.split("-")[2] == str(os.getpid())


@pytest.mark.django_db(transaction=True)
def test_the_real_shop_serves_its_home_page(
    shop_server: ShopServer, open_context: WatchedBrowser
) -> None:
    page = open_context(viewport={"width": 390, "height": 800}).new_page()
    answer = page.goto(f"{shop_server.url}/")
    assert answer is not None
    assert answer.status == 200
    assert "Server" not in answer.headers or "/" not in answer.headers["Server"]


@pytest.mark.django_db(transaction=True)
def test_the_watched_browser_sees_what_no_page_may_do(
    browser: Browser, shop_server: ShopServer
) -> None:
    watched = WatchedBrowser(browser, shop_server.origins)
    page = watched().new_page()
    page.goto(f"{shop_server.url}/")
    page.evaluate(
        """() => {
            const picture = new Image(); picture.src = "http://localhost:9/p.png";
            document.body.append(picture);
            const style = document.createElement("div");
            style.setAttribute("style", "color: red");
            document.body.append(style);
            const script = document.createElement("script");
            script.src = "/static/no-such.js"; document.body.append(script);
            setTimeout(() => { throw new Error("planted"); }, 0);
        }"""
    )
    page.wait_for_timeout(500)
    with pytest.raises(AssertionError) as failure, watched:
        pass
    said = str(failure.value)
    assert "policy violated" in said
    assert "script error: planted" in said
    assert "404 for" in said
