"""Closing an account, coming back, and asking to be erased (P94, P96)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from members.actions import leaving
from members.models import Member
from newsletter import wall
from newsletter.models import Message
from privacy import choices, guard, people
from privacy.models import Erasure
from tests.members.cast import PASSWORD, member, signed_in
from tests.staff import code, equip

pytestmark = pytest.mark.django_db


def fresh(who: Member) -> Client:
    """A browser in which somebody signed in a moment ago, by a password."""
    client = Client()
    answer = client.post("/accounts/login/", {"login": who.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def told(who: str) -> list[str]:
    return [message.subject for message in mail_to(who)]


def mail_to(email: str) -> list[Message]:
    """Every message to an address, in order."""
    rows = Message.objects.order_by("created_at")
    return [one for one in rows if one.to.lower() == email.lower()]


def test_a_closed_account_is_locked_signed_out_and_in_no_audience() -> None:
    who = member(email="gone@example.co.uk")
    choices.record(
        email=who.email,
        purpose=choices.NEWSLETTER,
        answer="yes",
        where="test",
        wording="The newsletter?",
    )
    other = signed_in(who)
    here = fresh(who)
    assert wall.may_send("newsletter", who.email)  # the control
    answer = here.post("/members/leave/")
    assert answer["Location"] == "/members/closed/"
    assert b"signed out everywhere" in here.get("/members/closed/").content
    for client in (here, other):
        assert client.get("/members/").status_code == 302
    who.refresh_from_db()
    assert not who.is_active
    assert who.deactivated_at
    assert people.state_of(who.email) == people.DEACTIVATED
    assert told(who.email) == ["Your account is closed"]


@pytest.mark.parametrize("message_class", sorted(wall.PURPOSES))
def test_no_class_of_mail_goes_to_a_closed_account_but_what_the_law_allows(
    message_class: str,
) -> None:
    who = member()
    for purpose in choices.LISTS:
        choices.record(
            email=who.email, purpose=purpose, answer="yes", where="t", wording="w"
        )
    before = wall.may_send(message_class, who.email)
    assert before  # the control: every class goes to a member who wants it
    leaving.deactivate(member=who, by="member")
    # of orders, the law, and what the person asked us
    allowed = message_class in ("order", "legal", "enquiry")
    assert wall.may_send(message_class, who.email) is allowed


def test_no_purpose_but_orders_law_and_own_questions_uses_a_closed_account() -> None:
    who = member()
    leaving.deactivate(member=who, by="member")
    (person,) = [one for one in people.everyone() if one.subject == who.email_hash]
    reached = {purpose for purpose in guard.PURPOSES if guard.reach(purpose, [person])}
    # orders, the law, and what the person asked of us
    assert reached <= {"order", "legal", "choices", "law", "enquiry", "rights"}


def test_nobody_signs_in_to_a_closed_account_but_to_come_back() -> None:
    who = member()
    leaving.deactivate(member=who, by="member")
    client = Client()
    answer = client.post("/accounts/login/", {"login": who.email, "password": PASSWORD})
    assert answer["Location"].startswith("/members/come-back/")
    assert client.get("/members/").status_code == 302  # not signed in
    assert b"Your account is closed" in client.get("/members/come-back/").content
    answer = client.post("/members/come-back/")
    assert answer["Location"] == "/accounts/login/"
    who.refresh_from_db()
    assert who.is_active
    assert who.deactivated_at is None
    assert fresh(who).get("/members/").status_code == 200


def test_coming_back_without_a_right_password_is_no_page() -> None:
    who = member()
    leaving.deactivate(member=who, by="member")
    client = Client()
    assert client.get("/members/come-back/").status_code == 404
    client.post("/accounts/login/", {"login": who.email, "password": "wrong password"})
    assert client.post("/members/come-back/").status_code == 404
    who.refresh_from_db()
    assert not who.is_active


def test_who_comes_back_is_told() -> None:
    who = member()
    leaving.deactivate(member=who, by="member")
    leaving.come_back(member=who)
    leaving.come_back(member=who)
    assert told(who.email) == ["Your account is closed", "Your account is open again"]


def test_a_second_factor_is_asked_of_who_comes_back() -> None:
    """A stolen password alone opens no closed account."""
    who = member()
    equip(who)
    leaving.deactivate(member=who, by="member")
    client = Client()
    client.post("/accounts/login/", {"login": who.email, "password": PASSWORD})
    page = client.get("/members/come-back/").content.decode()
    assert "Next we ask for your code or passkey" in page
    answer = client.post("/members/come-back/")
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    who.refresh_from_db()
    assert not who.is_active
    assert client.get("/members/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": code()})
    who.refresh_from_db()
    assert who.is_active
    assert who.deactivated_at is None
    assert client.get("/members/").status_code == 200
    assert "come_back" not in client.session
    assert told(who.email)[-1] == "Your account is open again"


def test_who_closes_between_the_password_and_the_code_is_not_signed_in() -> None:
    who = member()
    equip(who)
    client = Client()
    client.post("/accounts/login/", {"login": who.email, "password": PASSWORD})
    leaving.deactivate(member=who, by="member")
    answer = client.post("/accounts/2fa/authenticate/", {"code": code()})
    assert answer["Location"] == "/members/come-back/"
    assert client.get("/members/").status_code == 302
    who.refresh_from_db()
    assert not who.is_active


def test_erasing_takes_a_typed_word_and_three_days() -> None:
    who = member(email="erase@example.co.uk", full_name="Erin Gray")
    client = fresh(who)
    page = client.get("/members/erase/").content.decode()
    assert "What goes" in page
    assert "Password, as a one-way hash" in page
    assert client.post("/members/erase/", {"sure": "yes"}).status_code == 200
    assert not Erasure.objects.exists()
    assert client.post("/members/erase/", {"sure": "erase"}).status_code == 303
    one = Erasure.objects.get()
    assert one.subject == who.email_hash
    assert timedelta(days=2, hours=23) < one.due_at - timezone.now()
    assert told(who.email) == ["We erase your details in three days"]
    client.post("/members/erase/", {"sure": "ERASE@example.co.uk"})
    assert Erasure.objects.count() == 1
    assert len(mail_to(who.email)) == 1
    assert b"Stop it, keep my details" in client.get("/members/erase/").content


def test_somebody_signed_in_long_ago_is_asked_again() -> None:
    client = signed_in(member())
    answer = client.post("/members/erase/", {"sure": "ERASE"})
    assert answer.status_code == 302
    assert "next=" in answer["Location"]
    assert not Erasure.objects.exists()


def test_changing_ones_mind_by_signing_in_and_by_the_link() -> None:
    who = member()
    client = fresh(who)
    client.post("/members/erase/", {"sure": "ERASE"})
    assert b"/members/erase/stop/" in fresh(who).get("/members/").content
    client.post("/members/erase/stop/")
    assert b"/members/erase/stop/" not in client.get("/members/").content
    assert Erasure.objects.get().state == "withdrawn"
    client.post("/members/erase/", {"sure": "ERASE"})
    one = Erasure.objects.get(state="waiting")
    path = f"/members/erasure/{leaving.stop_token(one)}/"
    message = Message.objects.get(key=f"erasure-asked:{one.reference}")
    assert path in message.text
    nobody = Client()
    assert b"Stop it" in nobody.get(path).content
    nobody.post(path)
    one.refresh_from_db()
    assert one.state == "withdrawn"
    assert b"Nothing is erased" in nobody.get(path).content
    assert nobody.get("/members/erasure/made-up/").status_code == 404
    assert leaving.sweep() == 0


def test_staff_accounts_are_not_left_by_this_door() -> None:
    boss = member(is_staff=True)
    with pytest.raises(leaving.StaffAccount):
        leaving.ask_erasure(
            subject=boss.email_hash, email=boss.email, door="staff", by="staff:1"
        )
    with pytest.raises(leaving.StaffAccount):
        leaving.deactivate(member=boss, by="staff:1")


def test_the_page_reads_as_often_however_much_there_is(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    who = member()
    client = fresh(who)
    client.get("/members/erase/")
    with django_assert_max_num_queries(100) as before:  # a few of each table
        client.get("/members/erase/")
    for number in range(5):
        choices.record(
            email=who.email,
            purpose=choices.NEWSLETTER,
            answer="yes" if number % 2 else "no",
            where="t",
            wording="w",
        )
    with django_assert_max_num_queries(len(before.captured_queries)):
        client.get("/members/erase/")
    assert not mail.outbox
