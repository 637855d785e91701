"""The door to our own pages leads to our own pages only."""

import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from privacy.gateway import UndeclaredAddress, ourselves
from privacy.gateway.ourselves import NotAnswered
from tests.privacy.conftest import Party
from tests.privacy.served import Answer, Served
from tests.privacy.served import served as served

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere(party: Party) -> Iterator[Party]:
    """Another server, which must hear nothing."""
    yield party
    assert party.requests == []


def test_a_page_comes_back_as_it_travelled(served: Served) -> None:
    page = ourselves.fetch("/trolley/?added=X", cookies={"trolley": "1|WALK-1:2"})
    assert page.status == 200
    assert page.is_html
    assert page.url == "http://localhost:8000/trolley/?added=X"
    assert "Walked past" in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert served.hosts == ["localhost:8000"]
    assert served.asked == ["GET /trolley/"]


def test_every_set_cookie_line_is_kept_apart(served: Served) -> None:
    def harm(answer: Answer) -> None:
        answer.headers += [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2")]

    served.harm = harm
    assert ourselves.fetch("/").set_cookies == ("a=1; Path=/", "b=2")
    # and none of them is kept for the next question
    served.harm = lambda answer: None
    assert ourselves.fetch("/trolley/").set_cookies == ()


def test_a_redirect_is_an_answer_and_is_not_followed(
    served: Served, elsewhere: Party
) -> None:
    def harm(answer: Answer) -> None:
        answer.status = "302 Found"
        answer.headers.append(("Location", elsewhere.url))

    served.harm = harm
    assert ourselves.fetch("/").status == 302
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    "path",
    [
        "",
        "trolley/",
        "//example.com/",
        "http://example.com/",
        "@example.com/",
        ".example.com/",
        "/\r\nHost: example.com",
        "/a b",
        "/\\example.com",
        "/#x",
    ],
)
def test_what_is_not_a_path_of_ours_is_refused(served: Served, path: str) -> None:
    with pytest.raises(UndeclaredAddress):
        ourselves.fetch(path)
    assert served.asked == []


def test_behind_our_own_proxy_the_page_is_asked_for_as_over_tls(
    served: Served, settings: Settings
) -> None:
    settings.SITE_URL = "https://localhost:8000"
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert ourselves.fetch("/privacy/").status == 200


def test_silence_is_told_as_that_in_time(served: Served, settings: Settings) -> None:
    served.harm = lambda answer: time.sleep(1)
    began = time.monotonic()
    with pytest.raises(NotAnswered), ourselves.within(0.3):
        ourselves.fetch("/")
    with pytest.raises(NotAnswered, match="the time was up"), ourselves.within(0):
        ourselves.fetch("/")
    assert time.monotonic() - began < 0.9
    settings.PROBE_ORIGIN = settings.SITE_URL = "http://127.0.0.1:1"
    with pytest.raises(NotAnswered):
        ourselves.fetch("/")
    with pytest.raises(NotAnswered):
        ourselves.handshake()


def test_an_answer_without_end_is_left(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ourselves, "LARGEST", 1000)
    with pytest.raises(NotAnswered, match="too large"):
        ourselves.fetch("/")
