"""The member's area as a place: who gets in, what the header says, what it costs."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from members import context, summary
from members.models import Member
from privacy import choices, transfer
from tests import builders
from tests.members.cast import member, signed_in
from tests.privacy.test_transitions import announce

pytestmark = pytest.mark.django_db
PUBLIC = ("/", "/shop/", "/trolley/", "/privacy/", "/help/terms/", "/no/such/page/")


# --- the header -----------------------------------------------------------------------
@pytest.mark.parametrize("path", PUBLIC)
def test_a_visitor_is_offered_to_sign_in_and_is_not_followed(
    client: Client, path: str
) -> None:
    response = client.get(path)
    html = response.content.decode()
    assert '<a href="/accounts/login/">' in html
    assert '<span class="lbl">Sign in</span>' in html
    assert "Sign out" not in html
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies


def test_a_member_sees_their_own_first_name_on_every_page() -> None:
    mine = signed_in(member(full_name="Priya Raman"))
    for path in PUBLIC:
        response = mine.get(path)
        html = response.content.decode()
        assert '<span class="lbl">Priya</span>' in html, path
        foot = html.partition('class="foot-main')[2]
        assert '<a href="/accounts/logout/">Sign out</a>' in foot, path
        for door in ("/accounts/login/", "/accounts/signup/", ">Sign in<"):
            assert door not in html, (path, door)
        assert "Cookie" in response["Vary"]
        assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Your account"),
        ("   ", "Your account"),
        ("<b>Bo</b> Lee", "&lt;b&gt;Bo&lt;/b&gt;"),
        ("W" * 90, "W" * 19 + "…"),
    ],
)
def test_any_name_fits_the_header(name: str, words: str) -> None:
    html = signed_in(member(full_name=name)).get("/").content.decode()
    assert f'<span class="lbl">{words}</span>' in html


def test_a_session_that_has_ended_is_a_visitors(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    html = client.get("/").content.decode()
    assert '<span class="lbl">Sign in</span>' in html


def test_without_a_database_the_door_stays_and_the_page_shows(
    rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        @property
        def is_authenticated(self) -> bool:
            raise Error("gone")

    request: HttpRequest = rf.get("/")
    request.user = Broken()  # type: ignore[assignment]
    assert context.account(request).words == "Your account"
    assert not context.account(request).signed_in


def test_the_frame_costs_a_visitor_no_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    builders.category("cameras")
    client.get("/help/terms/")
    with django_assert_num_queries(0):
        client.get("/help/terms/")
    mine = signed_in(member())
    with django_assert_num_queries(2):  # the session, and whose it is
        mine.get("/help/terms/")


# --- the area -------------------------------------------------------------------------
def test_nobody_gets_in_without_signing_in(client: Client) -> None:
    response = client.get("/members/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/members/"


def test_the_first_page_says_what_there_is_and_marks_nothing() -> None:
    someone = member()
    html = signed_in(someone).get("/members/").content.decode()
    assert someone.email in html
    for panel in summary.panels():
        assert f'href="{panel.url}"' in html
    assert '<nav class="mnav" aria-label="Your account">' in html
    assert "aria-current" not in html.partition('class="mnav"')[2]


def test_the_first_page_takes_as_many_queries_however_much_there_is(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    mine = signed_in(member())
    mine.get("/members/")
    with django_assert_max_num_queries(2 + 1 + len(summary.panels())):
        mine.get("/members/")


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/members/", ""),
        ("/members/addresses/x/", "addresses"),
        ("/accounts/2fa/", "security"),
        ("/accounts/email/", "security"),
        ("/enquiries/E26/", "enquiries"),
        ("/shop/", ""),
    ],
)
def test_a_page_knows_its_place_in_the_menu(rf: Any, path: str, here: str) -> None:
    assert context.frame(rf.get(path))["here"] == here


def test_a_page_of_the_area_is_kept_by_no_cache_and_no_search_engine() -> None:
    response = signed_in(member()).get("/members/")
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_whoever_is_closed_out_is_a_visitor_again() -> None:
    someone = member()
    mine = signed_in(someone)
    Member.objects.filter(pk=someone.pk).update(is_active=False)
    assert mine.get("/members/").status_code == 302
    assert "Sign in</span>" in mine.get("/").content.decode()


def test_a_sale_of_the_business_comes_first_with_two_equal_answers() -> None:
    someone = member()
    mine = signed_in(someone)
    assert "h-sale" not in mine.get("/members/").content.decode()
    sale = announce(buyer="Northlight Retail")
    html = mine.get("/members/").content.decode()
    assert "Jessops is to pass to Northlight Retail" in html
    doors = re.findall(
        r'class="btn" href="(/privacy/choice/[^"]+)\?answer=(\w+)"', html
    )
    assert [answer for _, answer in doors] == ["no", "yes"]
    path = doors[0][0]
    assert mine.get(path).status_code == 200
    assert mine.post(path, {"answer": "no"}).status_code == 303
    subject = someone.email_hash
    assert choices.current_of(subject, transfer.question(sale.reference)) == "no"
    assert "You said no." in mine.get("/members/").content.decode()
