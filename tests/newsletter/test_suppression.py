"""Suppressed addresses: what stops, what brings them back, and what cannot."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.actions import leaving
from newsletter import golden, suppression, wall
from newsletter.actions import sign_up
from newsletter.models import Subscription, Suppression
from privacy import choices, dossier, erasure
from privacy.models import Erasure
from tests.members.cast import member, signed_in
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

WHO = "quill@example.co.uk"
SUBJECT = email_hash(WHO)
Reason = Suppression.Reason


def wants_it(email: str = WHO) -> None:
    choices.record(
        email=email, purpose=choices.NEWSLETTER, answer="yes", where="t", wording="w"
    )


def staff() -> Client:
    client = Client()
    who = member(is_staff=True)
    who.groups.add(Group.objects.get(name="Newsletter"))
    sign_in(client, who)
    return client


def test_the_strictest_reason_stands_and_saying_it_again_changes_nothing() -> None:
    suppression.suppress(subject=SUBJECT, reason="complaint", note="loop bounce 1")
    suppression.suppress(subject=SUBJECT, reason="hard-bounce", note="5.1.1 bounce 2")
    suppression.suppress(subject=SUBJECT, reason="soft-bounces", note="4.2.2 bounce 3")
    row = Suppression.objects.get()
    assert (row.reason, row.note) == ("hard-bounce", "5.1.1 bounce 2")
    assert suppression.standing([SUBJECT, "0" * 64]) == {SUBJECT: row}


def test_a_reason_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not a reason"):
        suppression.suppress(subject=SUBJECT, reason="dislike")
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.create(subject=SUBJECT, reason="dislike")
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.create(subject=WHO, reason="staff")


@pytest.mark.django_db(transaction=True)
def test_two_reports_at_once_make_one_row() -> None:
    def report(reason: str) -> None:
        try:
            suppression.suppress(subject=SUBJECT, reason=reason)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(report, ["complaint", "hard-bounce", "staff", "soft-bounces"]))
    assert Suppression.objects.get().reason == "hard-bounce"


def test_nothing_but_the_person_or_a_reason_brings_an_address_back() -> None:
    """A new account, a yes and an order do not; a confirmed sign-up does."""
    suppression.suppress(subject=SUBJECT, reason="complaint")
    member(WHO)
    wants_it()
    assert not wall.may_send("newsletter", WHO)
    sign_up.ask(email=WHO, name="")
    assert not wall.may_send("newsletter", WHO)
    sign_up.confirm(pk=Subscription.objects.get().pk)
    assert wall.may_send("newsletter", WHO)
    assert not Suppression.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_outlives_the_erasure_and_an_address_that_comes_back() -> None:
    member(WHO)
    wants_it()
    suppression.suppress(subject=SUBJECT, reason="hard-bounce", note="5.1.1 bounce 9")
    one = leaving.ask_erasure(subject=SUBJECT, email=WHO, door="member", by="member")
    ago = timezone.now() - timedelta(days=4)
    Erasure.objects.filter(pk=one.pk).update(
        asked_at=ago, due_at=ago + timedelta(days=3)
    )
    assert leaving.sweep() == 1
    row = Suppression.objects.get(subject=SUBJECT)
    assert (row.reason, row.note) == ("hard-bounce", "5.1.1 bounce 9")
    member(WHO)
    wants_it()
    assert not wall.may_send("newsletter", WHO)


def test_the_person_reads_why_no_letters_come() -> None:
    who = member(WHO)
    suppression.suppress(subject=SUBJECT, reason="complaint", note="loop bounce 4")
    page = signed_in(who).get("/members/data/").content.decode()
    assert "A letter of ours was marked as spam" in page
    (group,) = [
        one for one in dossier.of(SUBJECT, WHO) if one.table == "newsletter.Suppression"
    ]
    assert "Why we send you no letters" in group.labels
    assert SUBJECT not in page


def test_a_complaint_follows_to_a_new_address_and_a_dead_mailbox_does_not() -> None:
    new = "quill.new@example.co.uk"
    for reason, follows in (("complaint", True), ("hard-bounce", False)):
        Suppression.objects.all().delete()
        suppression.suppress(subject=SUBJECT, reason=reason)
        erasure.move(
            old=SUBJECT,
            new=email_hash(new),
            old_email=WHO,
            email=new,
            member=lambda: None,
        )
        assert Suppression.objects.filter(subject=SUBJECT).exists()
        there = Suppression.objects.filter(subject=email_hash(new))
        assert there.exists() is follows


def test_staff_stop_and_lift_with_a_reason_on_record() -> None:
    client = staff()
    page = client.post(
        "/admin/newsletter/suppression/add/", {"email": WHO, "sure": "yes"}
    )
    assert page.status_code == 302
    row = Suppression.objects.get(subject=SUBJECT)
    assert row.reason == Reason.STAFF
    path = f"/admin/newsletter/suppression/{row.pk}/lift/"
    assert client.post(path, {"why": " ", "sure": "yes"}).status_code == 200
    assert Suppression.objects.exists()
    asked = client.post(path, {"why": "They rang and asked for it"})
    assert "What the person chose still counts" in asked.content.decode()
    assert Suppression.objects.exists()
    client.post(path, {"why": "They rang and asked for it", "sure": "yes"})
    assert not Suppression.objects.exists()
    words = list(
        LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    )
    assert words == [
        "Suppressed (staff)",
        "Lifted (staff): They rang and asked for it",
    ]
    with pytest.raises(suppression.NoReason):
        suppression.lift(subject=SUBJECT, by=None, why="")


def test_staff_find_an_address_and_see_no_hash_in_the_list() -> None:
    client = staff()
    suppression.suppress(subject=SUBJECT, reason="complaint")
    page = client.get("/admin/newsletter/suppression/", {"q": WHO}).content.decode()
    assert "marked as spam" in page
    assert SUBJECT not in page
    missing = client.get("/admin/newsletter/suppression/", {"q": "x@example.com"})
    assert "marked as spam</td>" not in missing.content.decode()
    row = Suppression.objects.get()
    opened = client.get(f"/admin/newsletter/suppression/{row.pk}/change/")
    assert opened.status_code == 200
    assert f"/{row.pk}/lift/" in opened.content.decode()


def test_staff_see_the_golden_table_and_others_do_not() -> None:
    page = staff().get("/admin/newsletter/suppression/wall/").content.decode()
    for state in golden.STATES:
        assert state.title in page
    cells = sum(len(state.gets) for state in golden.STATES)
    assert page.count("<td><strong>Yes</strong></td>") == cells
    other = Client()
    sign_in(other, member(is_staff=True))
    for path in ("wall/", "add/"):
        answer = other.get(f"/admin/newsletter/suppression/{path}")
        assert answer.status_code == 403
