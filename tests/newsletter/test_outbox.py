"""The outbox: with the fact or not at all, once, to one person, and then forgotten."""

import socket
import threading
import time
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from jessops.lib.clock import LONDON
from newsletter import outbox, sender, tasks
from newsletter.models import Message
from newsletter.personal_data.messages import MAIL
from privacy import choices
from privacy.tasks import retain
from tests.newsletter.conftest import MailServer

pytestmark = pytest.mark.django_db

WHO = "canary@example.com"


def queue(**changes: Any) -> Message:
    arguments: dict[str, Any] = {
        "message_class": "order",
        "to": WHO,
        "subject": "Your order J26-0000-0001",
        "text": "Thank you.",
        "html": "<p>Thank you.</p>",
        "about": "order:J26-0000-0001",
        "key": "order-placed:J26-0000-0001",
    }
    return outbox.queue(**arguments | changes)


def answer(said: str, purpose: str = "marketing-email") -> None:
    choices.record(
        email=WHO, purpose=purpose, answer=said, where="test", wording="words"
    )


def test_a_message_is_sent_once_with_a_fixed_id(mail_server: MailServer) -> None:
    message = queue(headers={"Reply-To": "orders@jessops.example"})
    assert sender.send_due() == 1
    assert sender.send_due() == 0
    (sent,) = mail_server.messages
    assert mail_server.recipients == [[WHO]]
    assert sent["Message-ID"] == f"<outbox-{message.pk}@jessops.example>"
    assert sent["From"] == "Jessops <orders@jessops.example>"
    assert sent["Reply-To"] == "orders@jessops.example"
    assert {part.get_content_type() for part in sent.walk()} >= {
        "text/plain",
        "text/html",
    }
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("sent", 1, "")


def test_the_same_fact_is_reported_once() -> None:
    first = queue()
    again = queue(subject="Another", to="other@example.com")
    assert (again.pk, again.subject, again.to) == (first.pk, first.subject, WHO)
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_fact_leaves_no_message() -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_a_permanent_refusal_fails_at_once_without_the_address(
    mail_server: MailServer,
) -> None:
    message = queue(to="never@example.com")
    sender.send_due()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("failed", "smtp 550")
    assert message.settled_at


def test_a_temporary_refusal_waits_longer_each_time(mail_server: MailServer) -> None:
    message = queue(to="later@example.com")
    waits = []
    for _ in range(4):
        Message.objects.update(due_at=timezone.now())
        sender.send_due()
        message.refresh_from_db()
        assert (message.state, message.last_error) == ("queued", "smtp 451")
        waits.append((message.due_at - timezone.now()).total_seconds())
    for wait, bound in zip(waits, (30, 60, 120, 240), strict=True):
        assert bound / 2 - 2 < wait <= bound


def test_a_message_is_given_up_after_three_days(mail_server: MailServer) -> None:
    message = queue(to="later@example.com")
    Message.objects.update(give_up_at=timezone.now() - timedelta(seconds=1))
    sender.send_due()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("failed", "smtp 451")


def test_without_a_mail_server_one_message_is_tried_and_all_wait(
    settings: Settings,
) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for number in range(3):
        queue(key=f"k{number}")
    sender.send_due()
    assert list(
        Message.objects.order_by("-attempts").values_list("attempts", "last_error")
    ) == [(1, "connection"), (0, ""), (0, "")]


def test_a_conversation_lost_after_the_text_is_repeated_under_the_same_id(
    mail_server: MailServer,
) -> None:
    mail_server.drop_next = True
    message = queue()
    sender.send_due()
    Message.objects.update(due_at=timezone.now())
    sender.send_due()
    message.refresh_from_db()
    assert message.state == "sent"
    assert list(mail_server.ids().items()) == [(message.message_id, 2)]


def test_a_dead_sender_s_message_is_taken_over(mail_server: MailServer) -> None:
    message = queue()
    claimed = sender._claim(sender.PACE)
    assert claimed
    assert sender.send_due() == 0
    Message.objects.update(locked_until=timezone.now())
    assert sender.send_due() == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)


def test_a_sender_that_lost_its_lease_does_not_overwrite_the_other(
    mail_server: MailServer,
) -> None:
    message = queue()
    (late,) = sender._claim(sender.PACE)
    Message.objects.update(locked_until=timezone.now())
    sender.send_due()
    sender._settle(late, Message.State.FAILED, "smtp 550")
    message.refresh_from_db()
    assert message.state == "sent"


def test_marketing_without_an_answer_is_held_not_sent(mail_server: MailServer) -> None:
    for message_class in ("marketing", "newsletter"):
        message = queue(message_class=message_class, key=message_class)
        assert message.state == "held"
    assert sender.send_due() == 0
    assert mail_server.messages == []


@pytest.mark.parametrize(
    ("message_class", "purpose", "said", "sent"),
    [
        ("marketing", "marketing-email", "yes", 1),
        ("marketing", "marketing-email", "soft", 1),
        ("marketing", "marketing-email", "no", 0),
        ("newsletter", "newsletter", "yes", 1),
        ("newsletter", "newsletter", "soft", 0),
        ("newsletter", "marketing-email", "yes", 0),
        ("order", "marketing-email", "no", 1),
        ("account", "marketing-email", "no", 1),
        ("legal", "marketing-email", "no", 1),
        # to who is known to us alone: tests/promises/test_wall.py
        ("service", "marketing-email", "no", 0),
    ],
)
def test_the_mail_wall(
    mail_server: MailServer, message_class: str, purpose: str, said: str, sent: int
) -> None:
    answer(said, purpose)
    queue(message_class=message_class)
    assert sender.send_due() == sent == len(mail_server.messages)


def test_a_no_after_queuing_stops_what_waits(mail_server: MailServer) -> None:
    answer("yes")
    message = queue(message_class="marketing")
    assert message.state == "queued"
    answer("no")
    assert sender.send_due() == 0
    message.refresh_from_db()
    assert message.state == "held"
    assert mail_server.messages == []


def test_when_the_wall_cannot_answer_nothing_is_sent(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()

    def down(*_: object) -> set[str]:
        raise RuntimeError

    monkeypatch.setattr("newsletter.wall.allowed", down)
    with pytest.raises(RuntimeError):
        sender.send_due()
    assert mail_server.messages == []


def test_a_class_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not a class"):
        queue(message_class="promotion")


@pytest.mark.parametrize(
    "to",
    [
        "a@b.example, d@e.example",
        "a@b.example,d@e.example",
        "a@b.example;d@e.example",
        "a@b.example d@e.example",
        "a@b.example\nBcc: d@e.example",
        "a@b.example\r\nBcc: d@e.example",
        "a@b.example%0aBcc:d@e.example",
        "a@b.example\x00d@e.example",
        "a@b.example\u2028d@e.example",
        "a@b.example\x85",
        "a\u2029@b.example",
        "Someone <a@b.example>",
        "<a@b.example>",
        '"a,d"@b.example',
        '"a\r\nBcc: x"@b.example',
        "a@b.example (comment)",
        "a@@b.example",
        "a@b@c.example",
        "@b.example",
        "a@",
        "a@localhost",
        "a@127.0.0.1",
        "a@[127.0.0.1]",
        "a..b@c.example",
        ".a@c.example",
        "a@b..example",
        "a@-b.example",
        "\uff41@b.example",
        "a" * 65 + "@b.example",
        "a@" + "b." * 130 + "example",
        " a@b.example",
        "a@b.example\t",
        "",
    ],
)
def test_mail_cannot_be_steered_to_someone_else(to: str) -> None:
    with pytest.raises(outbox.BadRecipient) as caught:
        queue(to=to)
    assert not to or to not in str(caught.value)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sent_to"),
    [
        ("a@b.example", "a@b.example"),
        ("first.last+tag@sub.domain.co.uk", "first.last+tag@sub.domain.co.uk"),
        ("o'neill@b.example", "o'neill@b.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        # a look-alike letter stays a different domain, visibly
        ("a@j\u0435ssops.example", "a@xn--jssops-3of.example"),
    ],
)
def test_a_plain_address_is_taken_as_it_is(typed: str, sent_to: str) -> None:
    assert queue(to=typed).to == sent_to


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hello\nBcc: d@e.example"},
        {"subject": "Hello\rX: y"},
        {"subject": "Hello\x00"},
        {"subject": "Hello\u2028there"},
        {"subject": "x" * 10_000},
        {"subject": " "},
        {"headers": {"Bcc": "d@e.example"}},
        {"headers": {"To": "d@e.example"}},
        {"headers": {"From": "d@e.example"}},
        {"headers": {"Return-Path": "d@e.example"}},
        {"headers": {"Reply-To": "a@b.example\nBcc: d@e.example"}},
        {"headers": {"List-Unsubscribe\n": "<https://x.example>"}},
    ],
)
def test_no_header_can_be_smuggled_in(changes: dict[str, Any]) -> None:
    with pytest.raises(outbox.BadHeader):
        queue(**changes)
    assert not Message.objects.exists()


def test_text_and_address_are_forgotten_on_the_thirtieth_day(
    mail_server: MailServer,
) -> None:
    message, waiting = queue(), queue(key="other", to="later@example.com")
    sender.send_due()
    message.refresh_from_db()
    assert message.settled_at
    goes = datetime.combine(
        MAIL.goes_on(message.settled_at), datetime.min.time(), LONDON
    )
    with time_machine.travel(goes - timedelta(seconds=1), tick=False):
        retain()
    message.refresh_from_db()
    assert message.to
    with time_machine.travel(goes, tick=False):
        retain()
    message.refresh_from_db()
    left = (message.to, message.subject, message.text, message.html, message.headers)
    assert left == ("", "", "", "", {})
    assert message.message_id
    assert message.state == "sent"
    waiting.refresh_from_db()
    assert waiting.to == "later@example.com"


def test_the_sweep_sends_what_no_bell_rang_for(mail_server: MailServer) -> None:
    for number in range(3):
        queue(key=f"k{number}")
    assert outbox.oldest_due_seconds() > 0
    tasks.sweep()
    assert len(mail_server.messages) == 3
    assert outbox.oldest_due_seconds() == 0


def test_a_full_load_rings_for_the_next(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = []
    monkeypatch.setattr(tasks, "wake", lambda task: rung.append(task.name))
    monkeypatch.setattr(sender.send_due, "__kwdefaults__", {
        "pace": sender.PACE, "at_most": 2, "seconds": 30
    })  # fmt: skip
    for number in range(3):
        queue(key=f"k{number}")
    tasks.send_due()
    assert rung == ["newsletter.tasks.send_due"]
    tasks.send_due()
    assert len(rung) == 1
    assert len(mail_server.messages) == 3


def test_a_failed_message_can_be_tried_again(mail_server: MailServer) -> None:
    message = queue(to="never@example.com")
    assert not outbox.retry(message)
    sender.send_due()
    assert outbox.retry(message)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 0)


def test_django_s_own_mail_goes_through_the_outbox(
    settings: Settings, mail_server: MailServer
) -> None:
    settings.EMAIL_BACKEND = "newsletter.backend.OutboxBackend"
    email = EmailMultiAlternatives("Reset", "text", None, [WHO])
    email.attach_alternative("<p>text</p>", "text/html")
    assert email.send() == 1
    message = Message.objects.get()
    assert (message.message_class, message.to, message.html) == (
        "account",
        WHO,
        "<p>text</p>",
    )
    assert sender.send_due() == 1


def test_django_s_own_mail_cannot_have_more_recipients_or_attachments(
    settings: Settings,
) -> None:
    settings.EMAIL_BACKEND = "newsletter.backend.OutboxBackend"
    with pytest.raises(outbox.BadRecipient):
        mail.send_mail("Reset", "text", None, [WHO, "other@example.com"])
    with pytest.raises(outbox.BadRecipient):
        EmailMultiAlternatives("x", "text", None, [WHO], bcc=["b@example.com"]).send()
    email = EmailMultiAlternatives("Reset", "text", None, [WHO])
    email.attach("a.txt", "text")
    with pytest.raises(ValueError, match="attachments"):
        email.send()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "sending"},
        {"state": "sent"},
        {"settled_at": timezone.now()},
        {"locked_until": timezone.now()},
        {"forgotten_at": timezone.now()},
    ],
)
def test_the_database_refuses_impossible_states(changes: dict[str, Any]) -> None:
    queue()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(**changes)


def test_the_command_sends_without_celery(mail_server: MailServer) -> None:
    queue()
    out = StringIO()
    call_command("send_outbox", "--until-empty", "--first-wait=0.1", stdout=out)
    assert out.getvalue() == "1 sent\n"


def test_the_command_waits_for_what_is_put_off(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(to="later@example.com")
    real = time.sleep

    def sleep(seconds: float) -> None:
        message = Message.objects.get()
        message.to = WHO
        message.save(update_fields=["to"])
        real(seconds)

    monkeypatch.setattr("time.sleep", sleep)
    call_command("send_outbox", "--until-empty", "--first-wait=0.1", stdout=StringIO())
    assert Message.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        ("421 closing\r\n", "smtp 421"),
        ("554 go away\r\n", "smtp 554"),
        ("", "connection"),
        (None, "connection"),
    ],
)
def test_a_server_that_does_not_talk_is_named_by_a_code(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    greeting: str | None,
    error: str,
) -> None:
    monkeypatch.setattr("newsletter.smtp.TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()

        def serve() -> None:
            line, _ = listener.accept()
            with line:
                if greeting is None:
                    time.sleep(0.6)
                else:
                    line.sendall(greeting.encode())

        thread = threading.Thread(target=serve)
        thread.start()
        message = queue()
        sender.send_due()
        thread.join()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("queued", error)


@pytest.mark.parametrize(
    ("text", "sender_answer", "state", "error"),
    [
        ("554 spam", "", "failed", "smtp 554"),
        ("452 full", "", "queued", "smtp 452"),
        ("421 closing", "", "queued", "smtp 421"),
        # what is wrong with us must not lose a customer's mail
        ("", "530 sign in first", "queued", "smtp 530"),
    ],
)
def test_what_the_server_says_to_the_message_decides(
    mail_server: MailServer, text: str, sender_answer: str, state: str, error: str
) -> None:
    mail_server.refuse_text, mail_server.refuse_sender = text, sender_answer
    message = queue()
    sender.send_due()
    message.refresh_from_db()
    assert (message.state, message.last_error) == (state, error)


def test_django_s_own_plain_mail_has_no_page(
    settings: Settings, mail_server: MailServer
) -> None:
    settings.EMAIL_BACKEND = "newsletter.backend.OutboxBackend"
    mail.send_mail("Reset", "text", None, [WHO])
    assert sender.send_due() == 1
    assert mail_server.messages[0].get_content_type() == "text/plain"
