"""Joining: an address, a password, a code by e-mail, a welcome (P41)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.emails import accounts
from members.models import Member
from newsletter.models import Message
from privacy import policies, retention
from tests.members.cast import PASSWORD, join, last_code, member, sign_in

pytestmark = pytest.mark.django_db

NINA = "nina@example.co.uk"


@pytest.mark.parametrize("page", ["login/", "signup/", "password/reset/"])
def test_the_doors_open(client: Client, page: str) -> None:
    assert client.get(f"/accounts/{page}").status_code == 200


def test_joining_takes_an_address_a_password_and_the_code_from_the_mail(
    client: Client,
) -> None:
    answer = client.post(
        "/accounts/signup/", {"email": "Nina@Example.co.uk", "password1": PASSWORD}
    )
    assert answer.headers["Location"] == "/accounts/confirm-email/"
    someone = Member.objects.get()
    assert someone.email == NINA
    assert someone.email_hash == email_hash(NINA)
    assert someone.policy_version == policies.current_version()
    assert not EmailAddress.objects.get().verified
    assert client.get("/members/").status_code == 302, "not signed in before the code"

    client.post("/accounts/confirm-email/", {"code": last_code(NINA)})
    assert EmailAddress.objects.get().verified
    assert client.get("/members/").status_code == 200
    assert client.get("/members/erase/").status_code == 200, "proved a moment ago"
    mails = Message.objects.order_by("created_at")
    assert [mail.subject for mail in mails] == [
        "Your code to join",
        "Welcome to Jessops: your account is ready",
    ]


def test_three_wrong_codes_are_the_end_of_it(client: Client) -> None:
    client.post("/accounts/signup/", {"email": NINA, "password1": PASSWORD})
    code = last_code(NINA)
    for _ in range(3):
        client.post("/accounts/confirm-email/", {"code": "WRONG1"})
    client.post("/accounts/confirm-email/", {"code": code})
    assert not EmailAddress.objects.get().verified
    assert client.get("/members/").status_code == 302


def test_a_code_is_good_for_a_quarter_of_an_hour(client: Client) -> None:
    client.post("/accounts/signup/", {"email": NINA, "password1": PASSWORD})
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        client.post("/accounts/confirm-email/", {"code": last_code(NINA)})
    assert not EmailAddress.objects.get().verified


def test_who_has_an_account_is_told_so_by_mail_and_nothing_changes(
    client: Client,
) -> None:
    someone = member(NINA)
    client.post("/accounts/signup/", {"email": NINA, "password1": "another password"})
    assert Member.objects.count() == 1
    someone.refresh_from_db()
    assert someone.check_password(PASSWORD)
    message = Message.objects.get()
    assert message.subject == "You have an account already"
    assert "/accounts/login/" in message.text
    assert "/accounts/login/" in message.html


def test_who_never_proved_the_address_gets_a_code_when_signing_in(
    client: Client,
) -> None:
    member(NINA, verified=False)
    answer = sign_in(client, NINA)
    assert answer.headers["Location"] == "/accounts/confirm-email/"
    assert client.get("/members/").status_code == 302
    client.post("/accounts/confirm-email/", {"code": last_code(NINA)})
    assert client.get("/members/").status_code == 200


def test_two_who_join_at_once_with_one_address_make_one_account(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("members.signing.by_email", lambda email: None)
    member(NINA)
    answer = client.post("/accounts/signup/", {"email": NINA, "password1": PASSWORD})
    assert answer.headers["Location"] == "/accounts/confirm-email/"
    assert Member.objects.count() == 1
    assert Message.objects.get().subject == "You have an account already"


def test_fields_that_nobody_asked_for_change_nothing(client: Client) -> None:
    sent = {"email": NINA, "password1": PASSWORD}
    extra = {"is_staff": "1", "is_superuser": "1", "policy_version": "99", "id": "7"}
    client.post("/accounts/signup/", sent | extra)
    someone = Member.objects.get()
    assert not someone.is_staff
    assert not someone.is_superuser
    assert someone.policy_version == policies.current_version()


def test_the_welcome_comes_once(client: Client) -> None:
    join(client, NINA)
    accounts.welcome(Member.objects.get())
    assert Message.objects.filter(key__startswith="welcome:").count() == 1


def test_every_mail_of_allauth_is_in_our_words_as_text_and_html() -> None:
    someone = member(NINA)
    for number, prefix in enumerate(accounts.MAILS):
        accounts.send(prefix, NINA, {"user": someone, "code": "AB12CD"})
        message = Message.objects.latest("created_at")
        assert Message.objects.count() == number + 1
        assert message.message_class == "account"
        assert "JESSOPS" in message.text
        assert "<h1" in message.html
        assert "{{" not in message.text + message.html


@pytest.mark.django_db(transaction=True)
def test_an_account_that_nobody_proves_goes_after_a_week(client: Client) -> None:
    clock = retention.clock("unverified-accounts")
    client.post("/accounts/signup/", {"email": NINA, "password1": PASSWORD})
    proved, colleague = member(), member(verified=False, is_staff=True)
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        assert clock.run() == 0
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert clock.run() == 1
    left = set(Member.objects.values_list("pk", flat=True))
    assert left == {proved.pk, colleague.pk}
