"""R35: staff need a second factor, members may have one, and nothing is good twice."""

import base64
import hashlib
import json
import struct
import threading
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from members import second_factor
from members.models import Member
from tests.crawl import routes
from tests.members.cast import PASSWORD, last_code, member
from tests.staff import code, equip, sign_in

pytestmark = pytest.mark.django_db

Flags = AuthenticatorData.FLAG


@pytest.fixture
def owner() -> Member:
    return member("owner@jessops.example", is_staff=True, is_superuser=True)


def first_step(client: Client, who: Member) -> Any:
    return client.post("/accounts/login/", {"login": who.email, "password": PASSWORD})


def second_step(client: Client, typed: str) -> Any:
    return client.post("/accounts/2fa/authenticate/", {"code": typed})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- staff ---------------------------------------------------------------------------
def staff_pages() -> list[str]:
    """An address of every staff page that the resolver knows."""
    found = []
    for route in routes():
        if route.startswith("admin/"):
            path = route.replace("<path:object_id>", "1").replace("<int:pk>", "1")
            if "<" not in path and "(" not in path and "?" not in path:
                found.append(f"/{path}")
    assert len(found) > 60
    return found


def test_staff_without_a_second_factor_see_no_staff_page(
    client: Client, owner: Member
) -> None:
    client.force_login(owner)
    for path in staff_pages():
        answer = client.get(path)
        assert answer.status_code in (302, 301, 405), path
        if answer.status_code == 302 and path != "/admin/logout/":
            assert answer["Location"].startswith(("/admin/login/?", "/accounts/")), path
        posted = client.post(path, {"sure": "1"})
        assert posted.status_code in (302, 405), path
    led = client.get("/admin/", follow=True)
    assert led.request["PATH_INFO"] == "/accounts/2fa/"
    text = led.content.decode()
    assert "Staff pages open with a second factor" in text
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404


def test_the_control_a_second_factor_opens_them(client: Client, owner: Member) -> None:
    sign_in(client, owner)
    shown = [path for path in staff_pages() if client.get(path).status_code == 200]
    assert len(shown) > 20
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_password_alone_does_not_do_where_there_is_a_factor(
    client: Client, owner: Member
) -> None:
    equip(owner)
    client.force_login(owner)  # a session that never showed the code
    led = client.get("/admin/shop/order/", follow=True)
    assert led.request["PATH_INFO"] == "/accounts/2fa/reauthenticate/"
    passed = client.post(
        "/accounts/2fa/reauthenticate/",
        {"code": code(), "next": "/admin/shop/order/"},
        follow=True,
    )
    assert passed.request["PATH_INFO"] == "/admin/shop/order/"
    assert passed.status_code == 200


def test_a_factor_taken_away_closes_the_staff_pages_at_once(
    client: Client, owner: Member
) -> None:
    sign_in(client, owner)
    assert client.get("/admin/").status_code == 200
    Authenticator.objects.all().delete()
    assert client.get("/admin/").status_code == 302


def test_staff_keep_their_last_factor(client: Client, owner: Member) -> None:
    sign_in(client, owner)
    client.post("/accounts/2fa/reauthenticate/", {"code": code()})
    client.post("/accounts/2fa/totp/deactivate/")
    assert second_factor.has(owner)
    # Members may do without.
    ann = member()
    other = Client()
    sign_in(other, ann)
    other.post("/accounts/2fa/reauthenticate/", {"code": code()})
    other.post("/accounts/2fa/totp/deactivate/")
    assert not second_factor.has(ann)


def test_the_staffs_door_is_everybodys_door(client: Client) -> None:
    answer = client.get("/admin/shop/order/?q=1", follow=True)
    assert answer.redirect_chain[-1][0] == (
        "/accounts/login/?next=%2Fadmin%2Fshop%2Forder%2F%3Fq%3D1"
    )
    client.force_login(member())
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/login/").status_code == 403


def test_the_staffs_door_leads_to_no_other_site(client: Client, owner: Member) -> None:
    sign_in(client, owner)
    answer = client.get("/admin/login/?next=https://evil.example/")
    assert answer["Location"] == "/admin/"


def test_staff_sign_out_by_a_button_only(client: Client, owner: Member) -> None:
    sign_in(client, owner)
    assert client.get("/admin/logout/").status_code == 405
    assert is_in(client)
    assert client.post("/admin/logout/")["Location"] == "/"
    assert not is_in(client)
    assert site.name == "admin"


def test_staff_change_their_password_where_everybody_does(
    client: Client, owner: Member
) -> None:
    sign_in(client, owner)
    answer = client.get("/admin/password_change/")
    assert answer["Location"] == "/accounts/password/change/"


# --- codes ---------------------------------------------------------------------------
def test_a_code_works_once(owner: Member) -> None:
    equip(owner)
    good = code()
    first, second = Client(), Client()
    for client in (first, second):
        assert first_step(client, owner)["Location"] == "/accounts/2fa/authenticate/"
        assert not is_in(client)
    assert second_step(first, good).status_code == 302
    assert is_in(first)
    refused = second_step(second, good)
    assert "used already" in refused.content.decode()
    assert not is_in(second)
    # An older one than the last is refused, too; the next one works.
    assert "used already" in second_step(second, code(steps=-1)).content.decode()
    assert second_step(second, code(steps=1)).status_code == 302


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(owner: Member, steps: int, good: bool) -> None:
    app = equip(owner)
    assert bool(second_factor.spend(app, code(steps=steps))) is good


def test_what_setting_up_took_does_not_sign_in(client: Client, owner: Member) -> None:
    client.force_login(owner)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    typed = code(secret=secret)
    made = client.post("/accounts/2fa/totp/activate/", {"code": typed})
    assert made["Location"] == "/accounts/2fa/recovery-codes/"
    app = Authenticator.objects.get(user=owner, type="totp")
    assert second_factor.spend(app, typed) is None
    assert second_factor.spend(app, code(secret=secret, steps=1)) is True


def test_a_recovery_code_works_once(owner: Member) -> None:
    equip(owner)
    codes = recovery_codes(owner)
    for client, works in ((Client(), True), (Client(), False)):
        first_step(client, owner)
        second_step(client, codes[0])
        assert is_in(client) is works
    client = Client()
    first_step(client, owner)
    second_step(client, codes[1])
    assert client.get("/admin/").status_code == 200


def recovery_codes(who: Member) -> list[str]:
    return list(RecoveryCodes.activate(who).get_unused_codes())


def test_five_wrong_codes_and_then_one_waits(client: Client, owner: Member) -> None:
    """R32: a right code is refused, too, until the guessing stops."""
    equip(owner)
    first_step(client, owner)
    for _ in range(5):
        second_step(client, "000000x")
    refused = second_step(client, code())
    assert "too often" in refused.content.decode()
    assert not is_in(client)


def test_a_new_password_skips_no_second_factor(client: Client, owner: Member) -> None:
    equip(owner)
    client.post("/accounts/password/reset/", {"email": owner.email})
    client.post("/accounts/password/reset/confirm/", {"code": last_code(owner.email)})
    new = "another fine long lens"
    client.post("/accounts/password/reset/complete/", {"password1": new})
    owner.refresh_from_db()
    assert owner.check_password(new)
    assert not is_in(client)
    assert second_factor.has(owner)
    other = Client()
    answer = other.post("/accounts/login/", {"login": owner.email, "password": new})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(other)


def test_no_browser_is_trusted_for_later(owner: Member) -> None:
    equip(owner)
    client = Client()
    first_step(client, owner)
    second_step(client, code())
    assert set(client.cookies) <= {"sessionid", "csrftoken"}
    client.post("/accounts/logout/")
    assert first_step(client, owner)["Location"] == "/accounts/2fa/authenticate/"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_code_are_one() -> None:
    """Four, so that the machine has a chance to mix them up."""
    app = equip(member())
    good, found, gate = code(), [], threading.Barrier(4)

    def spend() -> None:
        gate.wait()
        found.append(second_factor.spend(app, good))
        connection.close()

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [None, None, None, True]


# --- passkeys ------------------------------------------------------------------------
def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Passkey:
    """A security key, as the standard has it (WebAuthn Level 3)."""

    def __init__(self, *, host: str = "localhost", origin: str = "") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(time.monotonic_ns()).encode()).digest()
        self.rp = hashlib.sha256(host.encode()).digest()
        self.origin = origin or settings.SITE_URL
        self.uses = 0

    def client_data(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(told).encode()

    def made(self, options: dict[str, Any]) -> str:
        """The answer to being asked for a new credential."""
        public = ES256.from_cryptography_key(  # type: ignore[no-untyped-call]
            self.key.public_key()
        )
        data = AuthenticatorData.create(
            self.rp,
            Flags.UP | Flags.UV | Flags.AT,
            self.uses,
            AttestedCredentialData.create(b"\0" * 16, self.id, public),
        )
        return self.wrapped(
            clientDataJSON=self.client_data("webauthn.create", options["challenge"]),
            attestationObject=bytes(AttestationObject.create("none", data, {})),
        )

    def used(self, options: dict[str, Any], who: Member | None = None) -> str:
        """The answer to being asked who it is."""
        self.uses += 1
        client = self.client_data("webauthn.get", options["challenge"])
        data = self.rp + bytes([Flags.UP | Flags.UV]) + struct.pack(">I", self.uses)
        signed = self.key.sign(
            data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256())
        )
        more = {"userHandle": user_pk_to_url_str(who).encode()} if who else {}
        return self.wrapped(
            clientDataJSON=client, authenticatorData=data, signature=signed, **more
        )

    def wrapped(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": text(self.id),
                "rawId": text(self.id),
                "type": "public-key",
                "response": {name: text(raw) for name, raw in response.items()},
                "clientExtensionResults": {},
            }
        )


def options_of(answer: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = answer.context["js_data"][name]["publicKey"]
    return found


def add(client: Client, key: Passkey) -> Any:
    page = client.get("/accounts/2fa/webauthn/add/")
    made = key.made(options_of(page, "creation_options"))
    return client.post(
        "/accounts/2fa/webauthn/add/", {"name": "Blue", "credential": made}
    )


@pytest.fixture
def ann(client: Client) -> Member:
    """A member, signed in a moment ago."""
    made = member("ann@example.co.uk")
    client.force_login(made)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return made


def passkeys(who: Member) -> int:
    return int(Authenticator.objects.filter(user=who, type="webauthn").count())


def asked(client: Client) -> dict[str, Any]:
    ajax = {"X-Requested-With": "XMLHttpRequest"}
    answer = client.get("/accounts/2fa/webauthn/login/", headers=ajax)
    found: dict[str, Any] = answer.json()["request_options"]["publicKey"]
    return found


def sign_in_by(client: Client, answer: str) -> bool:
    client.post("/accounts/2fa/webauthn/login/", {"credential": answer})
    return is_in(client)


def test_a_passkey_is_added_and_signs_in(client: Client, ann: Member) -> None:
    key = Passkey()
    assert add(client, key)["Location"] == "/accounts/2fa/recovery-codes/"
    assert passkeys(ann) == 1
    other = Client()
    options = asked(other)
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
    assert sign_in_by(other, key.used(options, ann))


def test_a_passkey_is_a_second_step(client: Client, ann: Member) -> None:
    key = Passkey()
    add(client, key)
    other = Client()
    page = other.get(first_step(other, ann)["Location"])
    answer = key.used(options_of(page, "request_options"))
    other.post("/accounts/2fa/authenticate/", {"credential": answer})
    assert is_in(other)


def test_a_replayed_answer_is_refused(client: Client, ann: Member) -> None:
    key = Passkey()
    add(client, key)
    thief, other = Client(), Client()
    answer = key.used(asked(other), ann)
    assert sign_in_by(other, answer)
    assert not sign_in_by(thief, answer)  # no question was put to them
    asked(thief)
    assert not sign_in_by(thief, answer)  # another question
    other.post("/accounts/logout/")
    assert not sign_in_by(other, answer)  # the question is used up


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost", "https://evil.example"),
        ("localhost", "http://localhost:8001"),
        ("evil.example", "https://evil.example"),
        ("evil.example", ""),
    ],
)
def test_an_answer_from_another_page_is_refused(
    client: Client, ann: Member, host: str, origin: str
) -> None:
    true = Passkey()
    add(client, true)
    false = Passkey(host=host, origin=origin)
    refused = add(client, false)
    assert "did not work here" in refused.content.decode()
    assert passkeys(ann) == 1
    # The true key, used on their page.
    true.origin, true.rp = false.origin, false.rp
    other = Client()
    assert not sign_in_by(other, true.used(asked(other), ann))


def test_a_copied_key_is_refused_by_its_count(client: Client, ann: Member) -> None:
    key = Passkey()
    add(client, key)
    key.uses = 7
    other = Client()
    assert sign_in_by(other, key.used(asked(other), ann))
    key.uses = 6  # the copy counts from where it was made
    thief = Client()
    assert not sign_in_by(thief, key.used(asked(thief), ann))
    key.uses = 8
    again = Client()
    assert sign_in_by(again, key.used(asked(again), ann))


def test_a_key_that_counts_nothing_works_again_and_again(
    client: Client, ann: Member
) -> None:
    key = Passkey()
    add(client, key)
    for _ in range(2):
        key.uses = -1
        other = Client()
        assert sign_in_by(other, key.used(asked(other), ann))


@pytest.mark.parametrize(
    "nonsense",
    ["", "x", "1", "null", "[]", "{}", '{"response": 1}', '{"response": {}}'],
)
def test_nonsense_is_refused_and_is_no_error(client: Client, nonsense: str) -> None:
    asked(client)
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": nonsense})
    assert answer.status_code == 302
    assert not is_in(client)


def test_somebody_elses_key_is_not_there(client: Client, ann: Member) -> None:
    add(client, Passkey())
    pk = Authenticator.objects.get(type="webauthn").pk
    bob = member()
    other = Client()
    other.force_login(bob)
    other.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for what in ("remove", "edit"):
        path = f"/accounts/2fa/webauthn/keys/{pk}/{what}/"
        assert other.get(path).status_code == 404
        assert other.post(path, {"name": "mine"}).status_code == 404
    assert passkeys(ann) == 1
    assert EmailAddress.objects.count() == 2


def test_the_page_of_security_asks_the_same_however_many_passkeys(
    client: Client, ann: Member
) -> None:
    counts = []
    for _ in range(3):
        add(client, Passkey())
        client.get("/accounts/2fa/")  # says what was done, once
        with CaptureQueriesContext(connection) as asked_of:
            client.get("/accounts/2fa/")
        counts.append(len(asked_of))
    assert len(set(counts)) == 1
    assert counts[0] <= 6
