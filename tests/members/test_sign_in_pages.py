"""Every page that allauth shows wears the shop's design, and asks as it should."""

import re
from html.parser import HTMLParser

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from members.models import Member
from tests.sandbox.launcher import STAFF_SECRET
from tests.staff import code, equip, sign_in

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
ANN = "ann@example.co.uk"


class Fields(HTMLParser):
    """The inputs of a page by name, with their attributes, and who labels them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inputs: dict[str, dict[str, str]] = {}
        self.labels: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.inputs[given.get("name", "")] = given
        if tag == "label":
            self.labels.add(given.get("for", ""))


@pytest.fixture
def ann() -> Member:
    member = Member.objects.create_user(ANN, PASSWORD)
    EmailAddress.objects.create(user=member, email=ANN, verified=True, primary=True)
    return member


@pytest.fixture
def signed_in(client: Client, ann: Member) -> Client:
    sign_in(client, ann)
    proved(client)
    return client


def proved(client: Client) -> None:
    """Show who it is once more, as the pages that matter ask."""
    answer = client.post("/accounts/2fa/reauthenticate/", {"code": code()})
    assert answer.status_code == 302, answer.content.decode()


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return str(answer.content.decode())


def looks_right(text: str, title: str) -> None:
    """Ours, with one heading, and of nobody's design but the shop's."""
    assert f"<title>{title} \u2013 Jessops</title>" in text
    assert text.count("<h1") == 1
    assert '<link rel="stylesheet" href="/static/css/member.css">' in text
    assert 'content="noindex, nofollow"' in text
    assert "<script>" not in text


# --- the way in ----------------------------------------------------------------------
def test_signing_in_asks_for_address_and_password(client: Client) -> None:
    text = page(client, "/accounts/login/")
    looks_right(text, "Sign in")
    found = Fields(text)
    assert found.inputs["login"]["autocomplete"] == "username webauthn"
    assert found.inputs["password"]["autocomplete"] == "current-password"
    assert "checked" not in found.inputs["remember"]
    assert {found.inputs[name]["id"] for name in ("login", "password")} <= found.labels
    assert "onpaste" not in text
    # The passkey's button waits for a script that can do it.
    assert re.search(r'<form[^>]*data-passkey="sign-in"[^>]* hidden>', text)
    assert "Why we ask, what we do with it" in text


def test_a_wrong_password_is_told_at_the_top_and_in_the_title(
    client: Client, ann: Member
) -> None:
    answer = client.post("/accounts/login/", {"login": ANN, "password": "not this one"})
    text = answer.content.decode()
    looks_right(text, "Error: Sign in")
    assert 'class="errsum' in text
    assert 'role="alert"' in text
    found = Fields(text)
    assert found.inputs["login"]["value"] == ANN
    assert "value" not in found.inputs["password"]
    empty = client.post("/accounts/login/", {}).content.decode()
    assert "There are 2 things to fix" in empty
    assert 'href="#id_password"' in empty
    assert Fields(empty).inputs["password"]["aria-invalid"] == "true"


def test_joining_asks_for_two_things(client: Client) -> None:
    text = page(client, "/accounts/signup/")
    looks_right(text, "Create an account")
    found = Fields(text)
    assert found.inputs["email"]["autocomplete"] == "username"
    assert found.inputs["password1"]["autocomplete"] == "new-password"
    answer = client.post("/accounts/signup/", {"email": ANN, "password1": "short"})
    looks_right(answer.content.decode(), "Error: Create an account")


def test_the_code_of_the_mail_is_asked_for(client: Client) -> None:
    answer = client.post(
        "/accounts/signup/", {"email": ANN, "password1": PASSWORD}, follow=True
    )
    text = answer.content.decode()
    looks_right(text, "Look in your email")
    assert Fields(text).inputs["code"]["autocomplete"] == "one-time-code"
    assert ANN in text
    wrong = client.post("/accounts/confirm-email/", {"code": "nope"}).content.decode()
    looks_right(wrong, "Error: Look in your email")


def test_a_new_password_by_a_code(client: Client, ann: Member) -> None:
    looks_right(page(client, "/accounts/password/reset/"), "A new password")
    answer = client.post("/accounts/password/reset/", {"email": ANN}, follow=True)
    looks_right(answer.content.decode(), "Code for a new password")
    wrong = client.post("/accounts/password/reset/confirm/", {"code": "nope"})
    looks_right(wrong.content.decode(), "Error: Code for a new password")
    looks_right(
        page(client, "/accounts/password/reset/done/"), "Your password is changed"
    )


def test_a_closed_account_has_a_page(client: Client) -> None:
    looks_right(page(client, "/accounts/inactive/"), "This account is closed")


def test_the_second_step_takes_codes_and_passkeys(client: Client, ann: Member) -> None:
    equip(ann)
    answer = client.post(
        "/accounts/login/", {"login": ANN, "password": PASSWORD}, follow=True
    )
    text = answer.content.decode()
    looks_right(text, "Your second step")
    assert Fields(text).inputs["code"]["autocomplete"] == "one-time-code"
    assert "&quot;challenge&quot;" in text
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000x"})
    looks_right(wrong.content.decode(), "Error: Your second step")


# --- for who is signed in ------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/accounts/2fa/", "Sign-in and security"),
        ("/accounts/2fa/totp/deactivate/", "Turn off the authenticator app"),
        ("/accounts/2fa/recovery-codes/generate/", "Make new recovery codes"),
        ("/accounts/2fa/webauthn/", "Passkeys"),
        ("/accounts/2fa/webauthn/add/", "Add a passkey"),
        ("/accounts/2fa/reauthenticate/", "Is it you?"),
        ("/accounts/reauthenticate/", "Is it you?"),
        ("/accounts/password/change/", "Change your password"),
        ("/accounts/sessions/", "Where you are signed in"),
        ("/accounts/logout/", "Sign out"),
    ],
)
def test_a_page_of_security_is_ours(signed_in: Client, path: str, title: str) -> None:
    text = page(signed_in, path)
    looks_right(text, title)
    if "logout" not in path and "reauth" not in path:
        assert 'aria-label="Your account"' in text


def test_the_apps_secret_stands_in_the_page_as_picture_and_text(
    client: Client, ann: Member
) -> None:
    client.force_login(ann)
    assert (
        client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code
        == 302
    )
    text = page(client, "/accounts/2fa/totp/activate/")
    looks_right(text, "Set up an authenticator app")
    assert '<svg class="qr"' in text
    assert "data:image" not in text
    shown = re.search(r'id="authenticator_secret">([A-Z2-7 ]+)<', text)
    assert shown
    assert shown[1].replace(" ", "") == client.session["mfa.totp.secret"]
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "1"}).content.decode()
    looks_right(wrong, "Error: Set up an authenticator app")


def test_recovery_codes_show_once_somebody_made_them(signed_in: Client) -> None:
    made = signed_in.post("/accounts/2fa/recovery-codes/generate/", follow=True)
    text = made.content.decode()
    looks_right(text, "Recovery codes")
    shown = re.findall(r"<li><code>(\d{8})</code></li>", text)
    assert len(set(shown)) == 10
    saved = signed_in.get("/accounts/2fa/recovery-codes/download/")
    assert saved["Content-Type"].startswith("text/plain")
    assert re.findall(r"^\d{8}$", saved.content.decode(), re.M) == shown


def test_the_address_is_changed_elsewhere(client: Client, ann: Member) -> None:
    client.force_login(ann)
    answer = client.get("/accounts/email/")
    assert (answer.status_code, answer["Location"]) == (302, "/members/data/")
    assert client.post("/accounts/email/", {"action_add": "1"}).status_code == 302
    assert EmailAddress.objects.count() == 1


def test_nobody_can_choose_to_be_asked_no_second_step() -> None:
    """R35: no device is trusted for longer than it is signed in."""
    names = {str(key) for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert "mfa_authenticate" in names
    assert "mfa_trust" not in names
    assert not getattr(settings, "MFA_TRUST_ENABLED", False)


def test_no_page_of_the_packages_own_design_is_reachable() -> None:
    """Whatever address allauth answers is ours, redirected, or has no page."""
    routes = {
        str(entry.pattern)
        for entry in get_resolver("allauth.account.urls").url_patterns
    }
    assert routes == {
        *("login/", "logout/", "inactive/", "signup/", "reauthenticate/", "email/"),
        *("confirm-email/", "password/change/", "password/set/", "password/reset/"),
        *("login/code/confirm/", "password/reset/confirm/"),
        *("password/reset/complete/", "password/reset/done/"),
    }


def test_signing_out_leaves_nothing_behind(signed_in: Client) -> None:
    answer = signed_in.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    home = signed_in.get("/")
    assert [one.value for one in home.cookies.values() if one.key == "sessionid"] in (
        [],
        [""],  # taken away
    )
    assert "Sign in" in home.content.decode()


def test_the_secret_is_locked_in_the_database(ann: Member) -> None:
    assert STAFF_SECRET not in str(equip(ann).data)


def test_what_is_left_out_is_named(client: Client, ann: Member) -> None:
    """Two lines "This field is required" tell nobody which (WCAG 3.3.1)."""

    def said(path: str) -> list[str]:
        html = client.post(path, {}).content.decode()
        assert "This field" not in html, path
        return re.findall(r'<li><a href="#id_\w+">([^<]+)</a></li>', html)

    email = "Enter an email address with an @, like name@example.co.uk"
    assert said("/accounts/login/") == [email, "Enter your password"]
    assert said("/accounts/signup/") == [email, "Choose a password"]
    assert said("/accounts/password/reset/") == [email]
    html = client.post("/accounts/login/", {"login": "ann", "password": "x"})
    assert email in html.content.decode()
    client.force_login(ann)
    assert said("/accounts/reauthenticate/") == ["Enter your password"]
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert said("/accounts/2fa/totp/activate/") == ["Enter the code"]
    assert said("/accounts/password/change/") == [
        "Enter the password that you have now",
        "Choose a password",
    ]
