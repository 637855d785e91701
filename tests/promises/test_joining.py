"""Being remembered is asked for (P31); a new member is welcomed, passwordless (P41)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import Settings

from members.models import Member, Session
from members.sessions import SessionStore
from newsletter.models import Message
from privacy.cookies import DAY, REGISTRY, UnlistedCookie
from tests.members.cast import join, last_code, member, sign_in, signed_in

pytestmark = pytest.mark.django_db

NINA = "nina.okafor@example.co.uk"
CANARY = "Zebra-Tripod-4711-Canary"


def lives(someone: Member, **ticked: str) -> tuple[object, bool]:
    """Return the life of a sign-in's cookie, and whether it has a date."""
    morsel = sign_in(Client(), someone.email, **ticked).cookies["sessionid"]
    return morsel["max-age"], bool(morsel["expires"])


def asked_only(someone: Member) -> bool:
    """Say whether a sign-in lasts if that was asked for, and only then."""
    return lives(someone) == ("", False) and lives(someone, remember="on") == (
        REGISTRY["sessionid"].asked,
        True,
    )


def test_one_is_remembered_who_ticks_the_box_and_nobody_else() -> None:
    """P31: thirty days, for members; staff are not, and guests have no box."""
    assert REGISTRY["sessionid"].asked == 30 * DAY
    assert asked_only(member())
    assert lives(member(is_staff=True), remember="on") == ("", False)
    box = Client().get("/accounts/login/").content.decode()
    box = box.partition('name="remember"')[2].partition(">")[0]
    assert box
    assert "checked" not in box


def test_a_shop_that_remembers_everybody_is_seen_to(settings: Settings) -> None:
    """The control: allauth's own setting for it, and no tick."""
    settings.ACCOUNT_SESSION_REMEMBER = True
    assert not asked_only(member())


def test_no_other_life_leaves_the_shop(settings: Settings) -> None:
    """The control: a year is in no registry, so the answer does not leave."""
    settings.SESSION_COOKIE_AGE = 365 * DAY
    with pytest.raises(UnlistedCookie, match="sessionid"):
        lives(member(), remember="on")


def test_signing_out_ends_it_with_us_too() -> None:
    """P31: whoever kept the cookie keeps nothing."""
    someone, client = member(), Client()
    sign_in(client, someone.email, remember="on")
    kept = client.cookies["sessionid"].value
    copy = Client()
    copy.cookies["sessionid"] = kept
    assert copy.get("/members/").status_code == 200
    client.post("/accounts/logout/")
    copy.cookies["sessionid"] = kept
    assert copy.get("/members/").status_code == 302
    assert not Session.objects.filter(session_key=kept).exists()


def test_thirty_days_after_the_last_visit_it_is_over() -> None:
    someone, client = member(), Client()
    sign_in(client, someone.email, remember="on")
    for days, there in ((29, 200), (58, 200), (89, 302)):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            assert client.get("/members/").status_code == there


def knows(text: str, password: str) -> bool:
    """Say whether a text holds a password, in any case or backwards."""
    folded = text.casefold()
    return password.casefold() in folded or password.casefold()[::-1] in folded


def test_the_welcome_confirms_the_user_name_and_knows_no_password() -> None:
    """P41: text and HTML, to the address that was proved, once."""
    client = Client()
    join(client, NINA, CANARY)
    welcome = Message.objects.get(key__startswith="welcome:")
    assert welcome.to == NINA
    assert welcome.message_class == "account"
    for body in (welcome.text, welcome.html):
        assert NINA in body
        assert "user name is your e-mail address" in " ".join(body.split())
        assert "/members/" in body
    for message in Message.objects.all():
        assert not knows(f"{message.subject} {message.text} {message.html}", CANARY)
    for session in Session.objects.all():
        assert not knows(str(SessionStore().decode(session.session_data)), CANARY)
    assert not knows(str(vars(Member.objects.get())), CANARY)


def test_a_welcome_with_a_password_in_it_is_found() -> None:
    """The control of what was looked for."""
    assert knows(f"Your password is {CANARY}.", CANARY)
    assert knows(f"YOUR PASSWORD: {CANARY.upper()}", CANARY)
    assert not knows("We do not know your password.", CANARY)


def test_nobody_is_welcomed_before_the_address_is_proved() -> None:
    client = Client()
    client.post("/accounts/signup/", {"email": NINA, "password1": CANARY})
    assert not Message.objects.filter(key__startswith="welcome:").exists()
    code = last_code(NINA)
    stranger = Client()
    stranger.post("/accounts/confirm-email/", {"code": code})
    assert not EmailAddress.objects.get().verified, "the code is of one window"
    client.post("/accounts/confirm-email/", {"code": code})
    assert EmailAddress.objects.get().verified
    client.post("/accounts/logout/")
    client.post("/accounts/confirm-email/", {"code": code})
    assert client.get("/members/").status_code == 302, "a code works once"
    assert Message.objects.filter(key__startswith="welcome:").count() == 1


def own_pages() -> list[str]:
    """Every address of the member's area that takes no argument."""
    found = []
    for resolver in get_resolver().url_patterns:
        if not isinstance(resolver, URLResolver) or resolver.app_name != "members":
            continue
        for route in resolver.url_patterns:
            if isinstance(route, URLPattern) and "<" not in str(route.pattern):
                found.append(f"/{route.pattern}")
    return [path for path in found if path.startswith("/members/")]


# Pages for people who are not signed in: the door back, and what is said at leaving.
OPEN = {"/members/come-back/", "/members/closed/"}


def test_an_account_that_is_not_proved_can_do_nothing() -> None:
    """P41: with the right password, every page of the area stays shut."""
    someone = member(NINA, verified=False)
    client = Client()
    answer = sign_in(client, NINA)
    assert answer.headers["Location"] == "/accounts/confirm-email/"
    paths = [path for path in own_pages() if path not in OPEN]
    assert len(paths) > 4
    for path in paths:
        got, posted = client.get(path), client.post(path, {})
        for one in (got, posted):
            assert one.status_code in (302, 405), path
            assert one.status_code == 405 or "/accounts/" in one.headers["Location"]
    # The control: the same pages, for whoever is signed in.
    mine = signed_in(someone)
    assert {mine.get(path).status_code for path in paths} >= {200}


def test_the_code_is_too_old_after_a_quarter_of_an_hour() -> None:
    client = Client()
    client.post("/accounts/signup/", {"email": NINA, "password1": CANARY})
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        client.post("/accounts/confirm-email/", {"code": last_code(NINA)})
    assert not EmailAddress.objects.get().verified
