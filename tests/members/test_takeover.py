"""Somebody got into an account: what its owner takes back stays the owner's (P95)."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from members.actions import correcting, leaving
from members.models import FormerAddress, Member
from privacy.models import Erasure
from tests.members.cast import member
from tests.members.test_correcting import NEW, OLD, ask, code_for
from tests.members.test_leaving import fresh, mail_to

pytestmark = pytest.mark.django_db

FAR = "far@example.co.uk"


def move(thief: Client, email: str) -> None:
    ask(thief, email)
    thief.post("/members/data/email/code/", {"code": code_for(email)})


def link(who: Member, *, told: str) -> str:
    """Return the way back that the message to an address names."""
    (text,) = [str(m.text) for m in mail_to(told) if "new e-mail address" in m.subject]
    (line,) = [one for one in text.splitlines() if "/email/object/" in one]
    return "/members/" + line.partition("/members/")[2].strip()


def owner_objects(who: Member) -> None:
    page = Client().post(link(who, told=OLD), {"email": OLD})
    assert "yours again" in page.content.decode()


def test_a_thief_who_moved_on_twice_does_not_object_to_the_owner() -> None:
    who = member(email=OLD)
    thief = fresh(who)
    move(thief, NEW)
    move(thief, FAR)
    theirs = link(who, told=NEW)
    owner_objects(who)
    answer = Client().post(theirs, {"email": NEW})
    who.refresh_from_db()
    assert who.email == OLD
    assert answer.status_code == 404
    # Erasing finds the older backups' rows all the same.
    assert FormerAddress.objects.filter(member=who).count() == 2


def test_a_passkey_that_was_added_just_before_goes_and_an_old_one_stays() -> None:
    who = member(email=OLD)
    for name, days in (("mine", 30), ("theirs", 0)):
        one = Authenticator.objects.create(
            user=who, type=Authenticator.Type.WEBAUTHN, data={"name": name}
        )
        Authenticator.objects.filter(pk=one.pk).update(
            created_at=timezone.now() - timedelta(days=days, minutes=5)
        )
    client = Client()
    client.force_login(who, backend="members.signing.Backend")
    change = correcting.ask_email(member=who, email=NEW)
    correcting.prove_email(member=change.member, code=code_for(NEW))
    owner_objects(who)
    left = Authenticator.objects.filter(user=who).values_list("data__name", flat=True)
    assert list(left) == ["mine"]


def test_who_asked_to_be_erased_and_moved_is_erased_under_the_new_address() -> None:
    who = member(email=OLD)
    asked = leaving.ask_erasure(
        subject=who.email_hash, email=OLD, door="member", by="member"
    )
    change = correcting.ask_email(member=who, email=NEW)
    who = correcting.prove_email(member=change.member, code=code_for(NEW))
    waiting = leaving.waiting(who.email_hash)
    assert waiting is not None
    assert waiting.pk == asked.pk
    assert leaving.address_of(waiting) == NEW
    assert not Erasure.objects.exclude(subject=who.email_hash).exists()
