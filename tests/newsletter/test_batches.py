"""Letters by the batch: asked about together, and believed for a second."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jessops.lib.hashing import email_hash
from newsletter import audience, established, outbox, sender, smtp
from newsletter.actions import counting, sending
from newsletter.models import Message, Recipient
from newsletter.sender import send_due
from tests.newsletter.conftest import MailServer
from tests.newsletter.test_sending import approved, readers, say_no

pytestmark = pytest.mark.django_db


def queued(many: int, per_minute: int = 3_600) -> list[str]:
    """Let a campaign to so many stand in the outbox."""
    people = readers(many)
    sending.schedule(campaign=approved(), per_minute=per_minute)
    assert sending.tick() == many
    return people


def order(to: str = "buyer@example.com") -> Message:
    return outbox.queue(
        message_class="order", to=to, subject="Your order", text="Words", key=to
    )


def after_first(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Let something happen as soon as the first letter has left."""
    real, times = smtp.Line.send, 0

    def send(line: smtp.Line, message: Message) -> None:
        nonlocal times
        real(line, message)
        times += 1
        if times == 1:
            happens()

    monkeypatch.setattr(smtp.Line, "send", send)


def test_a_batch_is_fed_and_sent_by_few_questions(mail_server: MailServer) -> None:
    readers(sender.BATCH)
    one = approved()
    sending.schedule(campaign=one, per_minute=3600)
    with CaptureQueriesContext(connection) as feeding:
        assert sending.tick() == sender.BATCH
    with CaptureQueriesContext(connection) as leaving:
        assert send_due() == sender.BATCH
    assert len(feeding) < 100  # before: some 20 for each
    assert len(leaving) - sender.BATCH < 50  # and one for each, as it has left


@pytest.mark.parametrize(("good_for", "leave"), [(0.0, 1), (60.0, 6)])
def test_what_was_answered_is_believed_no_longer_than_it_says(
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    good_for: float,
    leave: int,
) -> None:
    """With the control: believed for a minute, it would be too long."""
    assert sender.GOOD_FOR <= 1
    people = queued(6)
    monkeypatch.setattr(sender, "GOOD_FOR", good_for)

    def all_say_no() -> None:
        for email in people:
            say_no(email)

    after_first(monkeypatch, all_say_no)
    assert send_due() == leave
    assert len(mail_server.messages) == leave
    assert Message.objects.filter(state="held").count() == 6 - leave


def test_nobody_s_order_waits_behind_a_campaign(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(30)
    order()
    monkeypatch.setattr(sender, "GOOD_FOR", 0)
    after_first(monkeypatch, lambda: order("other@example.com"))
    assert send_due(at_most=3) == 3
    first, second, third = (to for (to,) in mail_server.recipients)
    assert (first, second) == ("buyer@example.com", "other@example.com")
    assert third.startswith("reader")


def test_what_was_not_come_to_goes_back_as_it_was(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(6)
    before = dict(Message.objects.values_list("pk", "due_at"))
    monkeypatch.setattr(sender, "GOOD_FOR", 0)
    seen: list[str] = []
    after_first(
        monkeypatch,
        lambda: seen.extend(Message.objects.values_list("state", flat=True)),
    )
    assert send_due(at_most=1) == 1
    assert set(seen) == {"queued", "sending"}  # one was taken, as one was asked for
    left = Message.objects.filter(state="queued")
    assert set(left.values_list("attempts", "locked_until")) == {(0, None)}
    assert all(before[one.pk] == one.due_at for one in left)
    assert send_due() == 5


def test_one_letter_that_cannot_be_judged_does_not_stop_the_others(
    mail_server: MailServer,
) -> None:
    queued(3)
    bad = order()
    Message.objects.filter(pk=bad.pk).update(message_class="strange")
    with pytest.raises(ValueError, match="strange"):
        send_due()
    assert len(mail_server.messages) == 3
    bad.refresh_from_db()
    assert bad.state == "sending"  # tried again when its time is over
    assert send_due() == 0


def test_what_is_paused_is_not_opened(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = readers(3)
    one = approved()
    sending.schedule(campaign=one, per_minute=3600)
    sending.tick()
    sending.pause(campaign=one)

    def opened(message: Message) -> None:
        raise AssertionError(message)

    monkeypatch.setattr(Message, "open_all", opened)
    assert send_due() == 0
    assert Message.objects.filter(state="queued", attempts=0).count() == len(people)


def test_two_letters_of_a_list_that_waited_are_asked_about_one_after_the_other(
    mail_server: MailServer,
) -> None:
    """In one batch, and together more than the month allows: one of them leaves."""
    (who,) = queued(1)
    two = approved()
    subject = email_hash(who)
    Recipient.objects.create(campaign=two, subject=subject, state="queued")
    outbox.queue(
        message_class="newsletter",
        to=who,
        subject="Again",
        text="Words",
        about=two.about,
        key=f"{two.about}:{subject}",
    )
    Message.objects.update(created_at=timezone.now() - 2 * established.ASKED_LATELY)
    assert send_due() == 1
    held = Message.objects.get(state="held")
    assert held.last_error == established.ENOUGH


def test_a_server_that_puts_all_off_draws_no_more_than_the_window(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers(30)
    monkeypatch.setattr(sending, "WINDOW", 8)
    sending.schedule(campaign=approved(), per_minute=3600)
    mail_server.refuse_text = "451 not now"
    for _ in range(4):
        sending.tick()
        send_due()
    assert Message.objects.count() == 8
    mail_server.refuse_text = ""
    Message.objects.update(due_at=timezone.now())
    assert send_due() == 8
    assert sending.tick() == 8  # and then it goes on


def test_a_campaign_that_goes_wrong_stops_none_after_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    readers(3)
    first, second = (
        sending.schedule(campaign=approved(), per_minute=3600) for _ in range(2)
    )
    honest = sending._list_some

    def breaks(row: Any) -> bool:
        if row.pk == first.pk:
            raise ZeroDivisionError
        return honest(row)

    monkeypatch.setattr(sending, "_list_some", breaks)
    with pytest.raises(ZeroDivisionError):
        sending.tick()
    assert set(Message.objects.values_list("about", flat=True)) == {second.about}
    assert Message.objects.count() == 3
    assert "a campaign went wrong" in caplog.text


def test_what_is_queued_together_is_there_once_and_held_where_it_must_be() -> None:
    people = readers(3)
    say_no(people[0])
    letters = [outbox.Letter(to, "Subject", "Words", "", f"key:{to}") for to in people]
    for _ in range(2):
        may = outbox.queue_all(letters, message_class="newsletter")
        assert may == {f"key:{to}" for to in people[1:]}
    states = dict(Message.objects.values_list("key", "state"))
    assert states.pop(f"key:{people[0]}") == "held"
    assert set(states.values()) == {"queued"}
    one = Message.objects.get(key=f"key:{people[1]}")
    assert (one.to, one.subject) == (people[1], "Subject")
    assert "List-Unsubscribe" in one.headers


def test_an_audience_is_counted_a_part_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audience, "BATCH", 3)
    people = readers(40)
    say_no(people[0])
    one = approved()
    begun, parts = None, []
    while begun is None or begun.upto:
        begun = counting.count_audience(campaign=one, begun=begun, seconds=0)
        parts.append(begun.upto)
    assert len(parts) > 5
    assert parts == [*sorted(parts[:-1]), ""]
    assert {len(upto) for upto in parts[:-1]} == {2}  # of nobody more than that
    assert begun.found == audience.count(one) == {"": 39, audience.NO: 1}
