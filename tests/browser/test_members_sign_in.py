"""Joining and signing in, as people do: by code, by passkey, by app, by paper."""

import itertools
import os
import re
import time
import urllib.parse
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import CDPSession, Page, expect

from members.models import Member
from tests.browser.axe import faults, size
from tests.browser.steps import MAIL_LIMIT
from tests.servers import ShopServer
from tests.staff import code, equip
from tests.watch import WatchedBrowser

PASSWORD = "four words make one"
_people = itertools.count(1)

both_widths = pytest.mark.parametrize("width", [1280, 390])


class Visitor:
    """Somebody at a window; what axe finds on the way is told at the end."""

    def __init__(self, page: Page, shop: ShopServer, width: int) -> None:
        self.page = page
        self.shop = shop
        self.width = width
        self.email = f"joiner{next(_people)}.{os.getpid()}@example.co.uk"
        self.found: list[str] = []

    def go(self, path: str) -> None:
        self.page.goto(f"{self.shop.url}{path}")

    def type(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"#id_{name}").fill(value)

    def press(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role(
            "button", name=name, exact=True
        ).click()

    def sees(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def is_refused(self) -> None:
        """Wait for the page that says what was wrong with what was sent."""
        expect(self.page).to_have_title(re.compile("^Error: "))

    def judge(self, name: str) -> None:
        """Have axe look at the page, in both widths and both modes."""
        self.found += faults(self.page, name)
        self.page.set_viewport_size(size(self.width))

    def mailed_code(self) -> str:
        """Wait for the newest code in this person's inbox."""
        deadline = time.monotonic() + MAIL_LIMIT
        while time.monotonic() < deadline:
            mails = self.shop.sandbox.get_json("/mail/messages.json")
            for mail in sorted(mails, key=lambda one: one["id"], reverse=True):
                code_in = re.search(r"^    ([\w-]+)$", mail["text"], re.MULTILINE)
                if self.email in mail["to"] and code_in:
                    return code_in[1]
            time.sleep(0.2)
        raise AssertionError("no mail with a code")

    def join(self) -> None:
        self.go("/accounts/signup/")
        self.type(email=self.email, password1=PASSWORD)
        self.press("Create the account")
        self.sees("Look in your email")

    def member(self, email: str = "", **fields: Any) -> Member:
        """An account with a proved address, for a journey that begins later."""
        self.email = email or self.email
        made = Member.objects.create_user(self.email, PASSWORD, **fields)
        EmailAddress.objects.create(
            user=made, email=made.email, verified=True, primary=True
        )
        return made

    def sign_in(self, path: str = "/accounts/login/") -> None:
        self.go(path)
        self.type(login=self.email, password=PASSWORD)
        self.press("Sign in")

    def sign_out(self) -> None:
        self.go("/accounts/logout/")
        self.press("Sign out")
        self.page.wait_for_url(f"{self.shop.url}/")

    def prove(self) -> None:
        """Show by the password once more who it is, where a page asks."""
        if self.page.locator("#id_password").count():
            self.type(password=PASSWORD)
            self.press("Go on")

    def secret(self) -> str:
        """Return the key of the app that is being set up."""
        return self.page.locator("#authenticator_secret").inner_text().replace(" ", "")

    def is_in(self) -> bool:
        answer = self.page.request.get(f"{self.shop.url}/accounts/2fa/")
        return urllib.parse.urlsplit(answer.url).path == "/accounts/2fa/"

    def at_peace(self) -> None:
        assert not self.found, "\n" + "\n".join(self.found)


@pytest.fixture
def open_visitor(
    transactional_db: None, shop_server: ShopServer, open_context: WatchedBrowser
) -> Any:
    shop_server.reload()
    shop_server.sandbox.clear_faults()

    def make(width: int, **more: Any) -> Visitor:
        context = open_context(viewport=size(width), reduced_motion="reduce", **more)
        return Visitor(context.new_page(), shop_server, width)

    return make


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Give Chromium a device with a fingerprint that always fits."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    made = wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return wire, str(made["authenticatorId"])


@both_widths
def test_joining_with_the_code_from_the_mail(open_visitor: Any, width: int) -> None:
    visitor = open_visitor(width)
    visitor.go("/accounts/signup/")
    visitor.judge("sign-up")
    visitor.press("Create the account")
    expect(visitor.page).to_have_title(re.compile("^Error: Create an account"))
    assert visitor.page.evaluate("document.activeElement.className").startswith(
        "errsum"
    )
    visitor.judge("sign-up-errors")
    visitor.join()
    visitor.judge("sign-up-code")
    visitor.type(code="WRONG-ONE")
    visitor.press("Go on")
    expect(visitor.page.locator(".errsum")).to_contain_text("not the code")
    visitor.judge("sign-up-wrong-code")
    assert not visitor.is_in()
    visitor.type(code=visitor.mailed_code())
    visitor.press("Go on")
    visitor.page.wait_for_url("**/members/**")
    assert visitor.is_in()
    visitor.at_peace()


def test_without_scripts_joining_and_signing_in_work(open_visitor: Any) -> None:
    visitor = open_visitor(390, java_script_enabled=False)
    visitor.join()
    visitor.type(code=visitor.mailed_code())
    visitor.press("Go on")
    assert visitor.is_in()
    visitor.sign_out()
    visitor.go("/accounts/login/")
    expect(
        visitor.page.get_by_role("button", name="Sign in with a passkey")
    ).to_be_hidden()
    visitor.type(login=visitor.email, password="not this one at all")
    visitor.press("Sign in")
    expect(visitor.page.locator(".errsum")).to_be_visible()
    expect(visitor.page.locator("#id_login")).to_have_value(visitor.email)
    visitor.type(password=PASSWORD)
    visitor.press("Sign in")
    assert visitor.is_in()


@both_widths
def test_a_passkey_is_added_and_used(open_visitor: Any, width: int) -> None:
    visitor = open_visitor(width)
    visitor.member()
    authenticator(visitor.page)
    visitor.sign_in()
    visitor.go("/accounts/2fa/")
    visitor.judge("security")
    visitor.page.get_by_role("link", name="Add a passkey").click()
    visitor.prove()
    visitor.sees("Add a passkey")
    visitor.judge("passkey-add")
    visitor.type(name="Blue telephone")
    visitor.press("Make the passkey")
    visitor.sees("Recovery codes")
    visitor.judge("recovery-codes")
    visitor.go("/accounts/2fa/")
    visitor.judge("security-passkey")
    visitor.go("/accounts/2fa/webauthn/")
    expect(visitor.page.get_by_text("Blue telephone").first).to_be_visible()
    visitor.judge("passkeys")

    visitor.sign_out()
    visitor.go("/accounts/login/")
    visitor.judge("sign-in")
    visitor.press("Sign in with a passkey")
    visitor.page.wait_for_url("**/members/**")
    assert visitor.is_in()

    # And as the second step after the password.
    visitor.sign_out()
    visitor.sign_in()
    visitor.sees("Your second step")
    visitor.press("Use a passkey")
    visitor.page.wait_for_url("**/members/**")

    visitor.go("/accounts/2fa/webauthn/")
    visitor.page.get_by_role("link", name="Rename").click()
    visitor.prove()
    visitor.type(name="Old telephone")
    visitor.judge("passkey-rename")
    visitor.press("Save the name")
    visitor.page.get_by_role("link", name="Remove").click()
    visitor.sees("Remove \u201cOld telephone\u201d?")
    visitor.judge("passkey-remove")
    visitor.press("Remove it")
    expect(visitor.page.get_by_text("You have none")).to_be_visible()
    visitor.at_peace()


def test_a_device_that_says_no_is_told(open_visitor: Any) -> None:
    visitor = open_visitor(1280)
    wire, device = authenticator(visitor.page)
    visitor.go("/accounts/login/")
    wire.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False}
    )
    visitor.press("Sign in with a passkey")
    expect(visitor.page.get_by_role("alert")).to_contain_text("Nothing came back")
    visitor.judge("sign-in-passkey-none")
    visitor.at_peace()


@both_widths
def test_an_app_is_set_up_and_lost(open_visitor: Any, width: int) -> None:
    visitor = open_visitor(width)
    visitor.member()
    visitor.sign_in()
    visitor.go("/accounts/2fa/totp/activate/")
    visitor.judge("prove-password")
    visitor.prove()
    visitor.sees("Set up an authenticator app")
    visitor.judge("app-set-up")
    secret = visitor.secret()
    visitor.type(code="000 00")
    visitor.press("Set it up")
    visitor.is_refused()
    visitor.judge("app-wrong-code")
    assert visitor.secret() == secret
    visitor.type(code=code(secret=secret))
    visitor.press("Set it up")
    visitor.sees("Recovery codes")
    paper = visitor.page.locator(".codes code").all_inner_texts()
    assert len(paper) == 10
    with visitor.page.expect_download() as saved:
        visitor.page.get_by_role("link", name="Save as a text file").click()
    assert paper[0] in saved.value.path().read_text()

    visitor.sign_out()
    visitor.sign_in()
    visitor.sees("Your second step")
    visitor.judge("second-step")
    visitor.type(code="123456")
    visitor.press("Sign in")
    visitor.is_refused()
    visitor.judge("second-step-wrong")
    assert not visitor.is_in()
    visitor.type(code=code(secret=secret, steps=1))
    visitor.press("Sign in")
    visitor.page.wait_for_url("**/members/**")

    # The telephone is lost: one of the codes on paper.
    visitor.sign_out()
    visitor.sign_in()
    visitor.type(code=paper[3])
    visitor.press("Sign in")
    visitor.page.wait_for_url("**/members/**")
    visitor.go("/accounts/2fa/")
    expect(visitor.page.get_by_text("9 of 10 are left")).to_be_visible()
    visitor.judge("security-app")
    visitor.go("/accounts/2fa/totp/deactivate/")
    visitor.prove()
    visitor.judge("app-turn-off")
    visitor.go("/accounts/2fa/recovery-codes/generate/")
    visitor.judge("recovery-codes-new")
    visitor.go("/accounts/2fa/reauthenticate/?next=/members/")
    visitor.judge("prove-code")
    visitor.at_peace()


@both_widths
def test_staff_come_in_with_the_code_of_the_stand_ins(
    open_visitor: Any, width: int
) -> None:
    visitor = open_visitor(width)
    equip(visitor.member("owner@jessops.example", is_staff=True, is_superuser=True))
    visitor.sign_in("/admin/")
    visitor.sees("Your second step")
    shown = visitor.shop.sandbox.get_json("/staff-codes.json")
    visitor.type(code=shown["code"])
    visitor.press("Sign in")
    visitor.page.wait_for_url("**/admin/")
    visitor.go("/accounts/2fa/")
    visitor.judge("security-staff")
    visitor.page.goto(visitor.shop.sandbox.base)
    expect(visitor.page.get_by_role("heading", name="Staff code")).to_be_visible()
    visitor.judge("stand-ins")
    visitor.at_peace()


def test_staff_without_a_factor_are_led_to_set_one_up(open_visitor: Any) -> None:
    visitor = open_visitor(1280)
    visitor.member("till@jessops.example", is_staff=True, is_superuser=True)
    visitor.sign_in("/admin/shop/order/")
    visitor.sees("Sign-in and security")
    expect(visitor.page.get_by_text("Staff pages open with")).to_be_visible()
    visitor.judge("security-staff-none")
    visitor.page.get_by_role("link", name="Set up an app").click()
    visitor.prove()
    secret = visitor.secret()
    visitor.type(code=code(secret=secret))
    visitor.press("Set it up")
    visitor.go("/admin/")
    visitor.sees("Is it you?")
    visitor.type(code=code(secret=secret, steps=1))
    visitor.press("Go on")
    visitor.page.wait_for_url("**/admin/")
    visitor.at_peace()


def test_the_other_pages_of_the_way_in(open_visitor: Any) -> None:
    visitor = open_visitor(1280)
    visitor.member()
    visitor.go("/accounts/login/")
    visitor.type(login=visitor.email, password="not this one at all")
    visitor.press("Sign in")
    visitor.is_refused()
    visitor.judge("sign-in-errors")
    visitor.go("/accounts/password/reset/")
    visitor.judge("new-password")
    visitor.type(email=visitor.email)
    visitor.press("Send the code")
    expect(visitor.page.locator("#id_code")).to_be_visible()
    visitor.judge("new-password-code")
    visitor.type(code=visitor.mailed_code())
    visitor.press("Go on")
    visitor.sees("Choose a new password")
    visitor.judge("new-password-choose")
    visitor.type(password1="another four words")
    visitor.press("Save the new password")
    visitor.sees("Your password is changed")
    visitor.judge("new-password-done")
    visitor.go("/accounts/login/")
    visitor.type(login=visitor.email, password="another four words")
    visitor.press("Sign in")
    visitor.page.wait_for_url("**/members/**")
    visitor.go("/accounts/password/change/")
    visitor.judge("change-password")
    visitor.go("/accounts/sessions/")
    visitor.judge("sessions")
    visitor.go("/accounts/logout/")
    visitor.judge("sign-out")
    visitor.go("/accounts/inactive/")
    visitor.judge("closed")
    visitor.at_peace()
