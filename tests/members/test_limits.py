"""Guessing is slowed, and customers are not locked out (R32)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jessops.lib import ratelimit
from members import signing
from members.models import Member, Tries
from privacy import retention
from tests.members.cast import PASSWORD, last_code, member, proved, sign_in, signed_in

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _no_hashing(settings: Settings) -> None:
    """Guesses by the hundred: what a hash costs is measured elsewhere."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def guess(email: str, address: str = "192.0.2.1", **more: Any) -> bool:
    """Try a wrong password; say whether it was looked at."""
    data = {"login": email, "password": "no such lens"}
    answer = Client().post("/accounts/login/", data, REMOTE_ADDR=address, **more)
    assert answer.status_code == 200
    return "do not belong together" in answer.content.decode()


def test_five_hundred_guesses_at_one_account_are_ten() -> None:
    """From five hundred networks, so that the account's own limit is what holds."""
    someone = member()
    with time_machine.travel(NOW, tick=False):
        looked = [guess(someone.email, f"10.{n}.7.9") for n in range(250)]
        looked += [guess(someone.email, f"10.{n}.8.9") for n in range(250)]
    assert sum(looked) == 10
    assert looked[:10] == [True] * 10


def test_in_no_five_minutes_are_there_more_than_ten() -> None:
    someone = member()
    looked = []
    for second in range(0, 1200, 20):
        with time_machine.travel(NOW + timedelta(seconds=second), tick=False):
            if guess(someone.email, f"10.1.{second % 250}.9"):
                looked.append(second)
    for start in looked:
        assert len([at for at in looked if start <= at < start + 300]) <= 10


def test_five_hundred_accounts_from_one_network_are_thirty() -> None:
    looked = [
        guess(f"someone{number}@example.co.uk", f"192.0.2.{number % 250}")
        for number in range(500)
    ]
    assert sum(looked) == 30


def test_another_network_goes_on() -> None:
    for number in range(40):
        guess(f"someone{number}@example.co.uk", "192.0.2.1")
    assert not guess("else@example.co.uk", "192.0.2.200")
    assert guess("else@example.co.uk", "198.51.100.1")


def test_a_forwarded_address_that_a_guesser_writes_changes_nothing() -> None:
    looked = [
        guess(
            f"someone{number}@example.co.uk",
            headers={"X-Forwarded-For": f"203.0.{number}.5"},
        )
        for number in range(60)
    ]
    assert sum(looked) == 30


def test_behind_our_proxy_two_customers_are_two(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    spoofed = {"X-Forwarded-For": "203.0.113.9, 192.0.2.1"}
    other = {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"}
    for number in range(40):
        guess(f"someone{number}@example.co.uk", "127.0.0.1", headers=spoofed)
    assert not guess("else@example.co.uk", "127.0.0.1", headers=spoofed)
    assert guess("else@example.co.uk", "127.0.0.1", headers=other)


def test_the_right_password_does_not_get_in_past_the_limit() -> None:
    someone = member()
    for number in range(10):
        guess(someone.email, f"10.{number}.7.9")
    client = Client()
    assert sign_in(client, someone.email).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        assert sign_in(client, someone.email).status_code == 302


def test_signing_in_oneself_uses_nothing_up() -> None:
    someone = member()
    for _ in range(40):
        assert sign_in(Client(), someone.email).status_code == 302


def test_during_an_attack_the_customer_gets_in_by_the_mail() -> None:
    """A device with a session stays signed in; any other gets in by a code."""
    someone = member()
    here = signed_in(someone)
    for number in range(20):
        guess(someone.email, f"10.{number}.7.9")
    assert here.get("/members/").status_code == 200
    again = here.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert again.status_code == 302, "asked again, a stranger's guesses do not matter"
    client = Client()
    client.post("/accounts/password/reset/", {"email": someone.email})
    client.post("/accounts/password/reset/confirm/", {"code": last_code(someone.email)})
    client.post("/accounts/password/reset/complete/", {"password1": "another lens"})
    assert sign_in(client, someone.email, "another lens").status_code == 302


def test_who_is_signed_in_guesses_no_more_than_ten_times_either() -> None:
    someone = member()
    here = signed_in(someone)
    for path, field in (
        ("/accounts/reauthenticate/", {}),
        ("/accounts/password/change/", {"password1": "quite another lens"}),
    ):
        Tries.objects.all().delete()
        proved(here)
        name = "oldpassword" if field else "password"
        for _ in range(10):
            here.post(path, {name: "no such lens", **field})
        here.post(path, {name: PASSWORD, **field})
        someone.refresh_from_db()
        assert someone.check_password(PASSWORD), path


def test_ten_at_once_are_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """One statement counts and decides; the control is the number of statements."""
    limit = signing.Limit("test", 3, 60)
    taken = [signing.take(limit, "who") for _ in range(3)]
    with pytest.raises(signing.TooMany):
        signing.take(limit, "who")
    taken[0].give_back()
    signing.take(limit, "who")
    with pytest.raises(signing.TooMany):
        signing.take(limit, "who")
    signing.take(limit, "somebody else")


def test_a_step_of_an_authenticator_is_spent_once() -> None:
    assert signing.first_use("totp", "7:55", 120)
    assert not signing.first_use("totp", "7:55", 120)
    assert signing.first_use("totp", "7:56", 120)


def test_five_codes_and_then_one_waits() -> None:
    for _ in range(5):
        signing.take_code(7)
    with pytest.raises(Exception, match="Wait five minutes"):
        signing.take_code(7)
    signing.take_code(8)


@pytest.mark.parametrize(
    ("path", "most"), [("/accounts/signup/", 20), ("/accounts/password/reset/", 20)]
)
def test_one_network_has_so_many_mails_sent(path: str, most: int) -> None:
    answers = [
        Client().post(path, {"email": f"a{n}@example.co.uk", "password1": PASSWORD})
        for n in range(most + 3)
    ]
    assert [answer.status_code for answer in answers] == [302] * most + [429] * 3
    assert answers[-1]["Retry-After"] == "600"
    assert "very often" in answers[-1].content.decode()


def test_one_address_gets_so_many_mails_known_or_not() -> None:
    someone = member()
    for email in (someone.email, "nobody@example.co.uk"):
        statuses = [
            Client()
            .post(
                "/accounts/password/reset/",
                {"email": email},
                REMOTE_ADDR=f"10.9.{number}.1",
            )
            .status_code
            for number in range(7)
        ]
        assert statuses == [302] * 5 + [429] * 2


def test_without_valkey_one_signs_in_and_guesses_are_counted(
    settings: Settings,
) -> None:
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with pytest.raises(Exception, match=r"111|refused"):
        cache.get("anything")
    someone = member()
    client = Client()
    assert sign_in(client, someone.email).status_code == 302
    assert client.get("/accounts/login/").status_code == 302
    looked = [guess(someone.email, f"10.{number}.7.9") for number in range(15)]
    assert sum(looked) == 10
    joined = {"email": "new@example.co.uk", "password1": PASSWORD}
    assert Client().post("/accounts/signup/", joined).status_code == 302


def test_tries_say_neither_who_nor_from_where_and_go_within_the_hour(
    settings: Settings,
) -> None:
    someone = member()
    guess(someone.email, "192.0.2.77")
    rows = list(Tries.objects.values_list("key", flat=True))
    assert len(rows) == 2
    assert all(len(key) == 64 for key in rows)
    assert set(rows) & set(signing.keys_of(someone))
    assert "192.0.2" not in str(rows)
    settings.SECRET_KEY = "another"
    assert not set(rows) & set(signing.keys_of(someone)), "the key is ours alone"
    clock = retention.clock("sign-in-tries")
    assert not clock.overdue(timezone.now() + timedelta(minutes=59)).exists()
    assert clock.overdue(timezone.now() + timedelta(minutes=61)).count() == 2


def test_the_desk_has_no_door_of_its_own() -> None:
    """/admin/ is behind the same sign-in, so behind the same limits."""
    Member.objects.create_superuser("boss@example.co.uk", "a password of staff")
    for path in ("/admin/", "/admin/login/"):
        answer = Client().get(path, follow=True)
        assert answer.redirect_chain[-1][0].startswith(settings.LOGIN_URL)
    posted = {"username": "boss@example.co.uk", "password": "a password of staff"}
    client = Client()
    client.post("/admin/login/", posted)
    assert "_auth_user_id" not in client.session


def test_the_network_of_a_client_is_a_keyed_hash(rf: Any) -> None:
    request = rf.get("/", REMOTE_ADDR="192.0.2.1")
    assert ratelimit.network(request) == ratelimit.network(
        rf.get("/", REMOTE_ADDR="192.0.2.250")
    )
