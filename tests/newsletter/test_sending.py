"""Campaigns under way: whom they reach, how they stop, and that none is doubled."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jessops.lib.hashing import email_hash
from newsletter import audience, outbox, wall
from newsletter.actions import campaigns, sending
from newsletter.models import Campaign, Message, Recipient, Sending, Subscription
from newsletter.sender import send_due
from privacy import choices
from privacy.models import Choice
from tests.members.cast import member
from tests.newsletter.conftest import MailServer

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=40)


def readers(many: int, *, since: Any = LONG_AGO) -> list[str]:
    """Let people sign up to the newsletter, confirmed at a moment."""
    people = [f"reader{number}@example.co.uk" for number in range(many)]
    for email in people:
        Subscription.objects.create(
            subject=email_hash(email),
            email=email,
            asked_at=since,
            confirmed_at=since,
        )
        Choice.objects.create(
            subject=email_hash(email),
            purpose=choices.NEWSLETTER,
            answer="yes",
            where="test",
            wording_sha256="0" * 64,
            policy_version=1,
            at=since,
        )
    return people


def approved(kind: str = "newsletter") -> Campaign:
    words = campaigns.Words(kind, "Autumn", "Autumn lenses", "Words.")
    made = campaigns.begin(words=words, by=1)
    return campaigns.approve(campaign=made, edition=made.edition, by=2)


def say_no(email: str) -> None:
    choices.record(
        email=email,
        purpose=choices.NEWSLETTER,
        answer="no",
        where="test",
        wording="words",
    )


def state(campaign: Campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).state


def test_a_campaign_reaches_each_reader_once_and_ends(mail_server: MailServer) -> None:
    people = readers(12)
    one = approved()
    sending.schedule(campaign=one, per_minute=3600)
    for _ in range(3):
        sending.tick()
        send_due()
    sending.tick()
    assert sorted(to for (to,) in mail_server.recipients) == sorted(people)
    assert state(one) == Campaign.State.SENT
    assert Message.objects.filter(about=one.about).count() == 12


def test_what_is_written_or_not_due_sends_nothing() -> None:
    readers(2)
    one = approved()
    sending.tick()
    sending.schedule(campaign=one, at=timezone.now() + timedelta(hours=1))
    sending.tick()
    assert not Recipient.objects.exists()
    assert state(one) == Campaign.State.SCHEDULED


def test_who_is_left_out_is_counted_by_reason_and_never_listed() -> None:
    people = readers(5)
    say_no(people[0])
    member("new@example.co.uk")
    choices.record(
        email="new@example.co.uk",
        purpose=choices.NEWSLETTER,
        answer="yes",
        where="test",
        wording="words",
    )
    one = approved()
    counted = {"": 4, audience.NO: 1, audience.TOO_NEW: 1}
    assert audience.count(one) == counted
    sending.schedule(campaign=one)
    sending.tick()
    assert Sending.objects.get().left_out == {audience.NO: 1, audience.TOO_NEW: 1}
    assert Recipient.objects.count() == 4


def test_a_second_newsletter_of_the_month_reaches_nobody() -> None:
    readers(3)
    for _ in range(2):
        sending.schedule(campaign=approved(), per_minute=3600)
        sending.tick()
    assert Recipient.objects.count() == 3
    assert audience.count(approved()) == {"": 0, audience.ENOUGH: 3}
    # a letter is no more counted when its month is over
    Message.objects.update(state="sent", settled_at=LONG_AGO)
    assert audience.count(approved()) == {"": 3}


def test_two_campaigns_listed_before_either_was_fed_keep_the_cap() -> None:
    readers(3)
    for _ in range(2):
        sending.schedule(campaign=approved(), per_minute=3600)
    first, second = Campaign.objects.order_by("pk")
    for one in (first, second):
        assert sending._begin(one)
        while sending._list_some(one):
            pass
    assert Recipient.objects.count() == 6
    sending.tick()
    assert Message.objects.count() == 3
    assert set(second.recipients.values_list("reason", flat=True)) == {audience.ENOUGH}


def test_pause_holds_what_waits_resume_lets_it_go_and_cancel_ends_it(
    mail_server: MailServer,
) -> None:
    readers(4)
    one = approved()
    sending.schedule(campaign=one, per_minute=24)  # two at a look
    sending.tick()
    assert Message.objects.filter(state="queued").count() == 2
    sending.pause(campaign=one)
    sending.tick()
    send_due()
    assert mail_server.recipients == []
    assert wall.word_on(one.about) == wall.WAIT
    sending.resume(campaign=one)
    send_due()
    assert len(mail_server.recipients) == 2
    sending.tick()
    sending.cancel(campaign=one)
    send_due()
    assert len(mail_server.recipients) == 2
    assert state(one) == Campaign.State.CANCELLED
    with pytest.raises(sending.SendingError):
        sending.resume(campaign=one)


def test_who_leaves_after_the_list_was_made_gets_nothing(
    mail_server: MailServer,
) -> None:
    people = readers(4)
    one = approved()
    sending.schedule(campaign=one, per_minute=24)
    sending.tick()  # two are in the outbox, two wait in the list
    for email in people:
        say_no(email)
    sending.tick()
    send_due()
    assert mail_server.recipients == []
    left = Recipient.objects.filter(state=Recipient.State.LEFT_OUT)
    assert set(left.values_list("reason", flat=True)) == {audience.NO}


def test_a_feeder_that_dies_loses_and_doubles_nothing(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = readers(10)
    one = approved()
    sending.schedule(campaign=one, per_minute=3600)
    times, queue_all = 0, outbox.queue_all

    def dies(*letters: Any, **more: Any) -> set[str]:
        nonlocal times
        times += 1
        if times == 1:
            raise SystemExit
        found = queue_all(*letters, **more)
        if times == 2:
            raise SystemExit
        return found

    monkeypatch.setattr(outbox, "queue_all", dies)
    for _ in range(2):
        with pytest.raises(SystemExit):
            sending.tick()
        assert not Message.objects.exists()
    sending.tick()
    send_due()
    assert sorted(to for (to,) in mail_server.recipients) == sorted(people)


def test_a_list_half_made_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readers(7)
    one = approved()
    monkeypatch.setattr(audience, "BATCH", 3)
    sending.schedule(campaign=one)
    assert sending._begin(one)
    assert sending._list_some(one)
    assert Recipient.objects.count() == 3
    sending.tick()
    assert Recipient.objects.count() == 7
    assert Sending.objects.get().listed_at


def test_no_more_leave_in_a_minute_than_it_says() -> None:
    readers(30)
    sending.schedule(campaign=approved(), per_minute=24)
    found = [sending.tick() for _ in range(14)]
    assert set(found[:12]) == {2}
    assert sum(found) == 24


def test_other_words_than_were_approved_cannot_be_scheduled() -> None:
    one = approved()
    Campaign.objects.filter(pk=one.pk).update(approved_sha256="0" * 64)
    with pytest.raises(sending.SendingError):
        sending.schedule(campaign=one)
    with pytest.raises(sending.SendingError):
        sending.schedule(campaign=approved(), per_minute=0)
