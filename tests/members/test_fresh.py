"""What matters asks once more who you are (house rule 21)."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone
from pytest_django import Settings

from jessops import urls
from members import fresh
from tests.members.cast import PASSWORD, member, proved, sign_in, signed_in

pytestmark = pytest.mark.django_db


@fresh.required
def danger(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.method} done")


urlpatterns = [path("members/danger/", danger), *urls.urlpatterns]
PAGE = "/members/danger/"


@pytest.fixture(autouse=True)
def _page(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


def test_nobody_is_led_to_the_sign_in_page_and_back(client: Client) -> None:
    answer = client.get(f"{PAGE}?a=1")
    assert answer.headers["Location"].startswith("/accounts/login/?next=%2Fmembers%2F")
    assert not client.post(PAGE).cookies, "and no session is begun for it"
    to = answer.headers["Location"].partition("next=")[2]
    data = {"login": member("a@example.co.uk").email, "password": PASSWORD}
    back = client.post(f"/accounts/login/?next={to}", data)
    assert back.headers["Location"] == f"{PAGE}?a=1"
    assert client.get(PAGE).content == b"GET done"


def test_ten_minutes_after_signing_in_one_is_asked_again(client: Client) -> None:
    someone = member()
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        sign_in(client, someone.email)
    for seconds, let_in in ((599, True), (601, False)):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            assert (client.get(PAGE).status_code == 200) is let_in


def test_a_right_password_leads_back(client: Client) -> None:
    client = signed_in(member())
    answer = client.get(PAGE)
    assert answer.headers["Location"] == (
        "/accounts/reauthenticate/?next=%2Fmembers%2Fdanger%2F"
    )
    wrong = client.post(answer.headers["Location"], {"password": "no such lens"})
    assert wrong.status_code == 200
    assert client.get(PAGE).status_code == 302
    right = client.post(answer.headers["Location"], {"password": PASSWORD})
    assert right.headers["Location"] == PAGE
    assert client.get(PAGE).status_code == 200


def test_what_was_posted_is_not_done_by_the_password(client: Client) -> None:
    """One comes back to the page with the button, and is told to press it again."""
    client = signed_in(member())
    here = "http://testserver/members/page/?b=2"
    answer = client.post(PAGE, {"sure": "1"}, headers={"Referer": here})
    assert answer.headers["Location"].endswith("next=%2Fmembers%2Fpage%2F%3Fb%3D2")
    assert [str(one) for one in get_messages(answer.wsgi_request)] == [fresh.NOT_YET]
    done = client.post(answer.headers["Location"], {"password": PASSWORD})
    assert done.headers["Location"] == "/members/page/?b=2"
    assert client.post(PAGE).content == b"POST done"


def test_another_sites_page_is_no_way_back(client: Client) -> None:
    client = signed_in(member())
    answer = client.post(PAGE, headers={"Referer": "https://elsewhere.example/x"})
    assert "elsewhere" not in answer.headers["Location"]


def test_what_another_person_proved_counts_for_nobody_else() -> None:
    someone = signed_in(member())
    proved(someone)
    assert someone.get(PAGE).status_code == 200
    session = someone.session
    session["account_authentication_methods_user"] = "999999"
    session.save()
    assert someone.get(PAGE).status_code == 302
