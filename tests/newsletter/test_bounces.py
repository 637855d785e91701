"""What follows from a letter that comes back: who gets no more, and who sees it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from newsletter import inbound, outbox, suppression
from newsletter.actions import bounces
from newsletter.models import Bounce, Message, Suppression
from newsletter.naming import named_in, return_path
from newsletter.reports import Report, classify
from newsletter.sender import send_due
from privacy import dossier
from tests.members.cast import member
from tests.newsletter.conftest import MailServer
from tests.newsletter.test_mails import LETTER, READER, letter, raw
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

__all__ = ["letter"]
SUBJECT = email_hash(READER)


def sent(number: int, **fields: Any) -> Message:
    row = uuid4()
    return Message.objects.create(
        pk=row,
        key=f"campaign:7:{number}",
        about="campaign:7",
        subject="Autumn lenses",
        text="Words",
        message_id=f"<outbox-{row}@jessops.example>",
        state=Message.State.SENT,
        settled_at=timezone.now(),
        **{"message_class": "newsletter", "to": READER, **fields},
    )


def soft(message: Message) -> str:
    return bounces.record(
        letter=message.pk, kind="soft", status="5.2.2", source="report"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [("bounce-postfix", "hard-bounce"), ("complaint-yahoo", "complaint")],
)
def test_a_mailbox_that_is_gone_and_a_complaint_end_it_at_once(
    name: str, reason: str, letter: Message
) -> None:
    assert not suppression.is_suppressed(SUBJECT, "newsletter")
    inbound.take(raw(name))
    row = Suppression.objects.get(subject=SUBJECT)
    assert row.reason == reason
    assert row.note.split()[-1] == str(Bounce.objects.get().pk)
    assert "quill" not in row.note
    assert suppression.is_suppressed(SUBJECT, "newsletter")
    assert not suppression.is_suppressed(SUBJECT, "order")


def test_what_a_server_says_twice_counts_once(letter: Message) -> None:
    assert inbound.take(raw("bounce-full-mailbox")) == "report:soft"
    again = raw("bounce-full-mailbox").replace(
        b"bounce-full-mailbox@", b"another-number@"
    )
    assert inbound.take(again) == "report:soft again"
    assert inbound.take(raw("bounce-full-mailbox")) == "again"
    assert Bounce.objects.count() == 1


def test_what_may_pass_is_counted_and_ends_it_in_the_end() -> None:
    letters = [sent(number) for number in range(bounces.SOFT_LIMIT)]
    for message in letters[:-1]:
        assert soft(message) == "report:soft"
    assert not Suppression.objects.exists()
    soft(letters[-1])
    assert Suppression.objects.get().reason == "soft-bounces"


def test_what_is_long_ago_does_not_count() -> None:
    for number in range(bounces.SOFT_LIMIT - 1):
        soft(sent(number))
    Bounce.objects.update(
        at=timezone.now() - bounces.SOFT_WITHIN - timedelta(minutes=1)
    )
    soft(sent(99))
    assert not Suppression.objects.exists()


def test_another_mailbox_is_not_counted_along() -> None:
    for number in range(bounces.SOFT_LIMIT):
        soft(sent(number, to=f"reader{number}@example.org"))
    assert not Suppression.objects.exists()


def test_who_a_report_names_does_not_matter(letter: Message) -> None:
    """A forwarding mailbox: it was ours to write to, the other one never was."""
    inbound.take(raw("bounce-postfix").replace(b"quill@", b"marrow@"))
    assert Suppression.objects.get().subject == SUBJECT


def test_a_report_without_a_letter_of_ours_is_not_believed(letter: Message) -> None:
    for report in (
        Report(None, "hard", "5.1.1", "report"),
        Report(uuid4(), "complaint", "", "loop"),
    ):
        assert bounces.take(report) == "report:no letter of ours"
    assert not Suppression.objects.exists()


def test_a_letter_whose_row_is_blank_tells_nothing(letter: Message) -> None:
    Message.objects.update(to_hash="")
    assert inbound.take(raw("bounce-postfix")) == "report:too late"
    assert not Bounce.objects.exists()


def test_alarms_to_our_own_desks_never_stop() -> None:
    message = sent(1, message_class="staff", to="webmaster@jessops.example")
    bounces.record(letter=message.pk, kind="hard", source="report")
    assert Bounce.objects.count() == 1
    assert not Suppression.objects.exists()


def queued(to: str) -> Message:
    return outbox.queue(
        message_class="order", to=to, subject="x", text="y", key=f"test:{to}"
    )


def test_a_mailbox_that_is_refused_at_the_door_bounced(mail_server: MailServer) -> None:
    gone, later = queued("never@example.org"), queued("ok@example.org")
    mail_server.refuse_text = "554 5.7.1 we do not like these words"
    send_due()
    bounce = Bounce.objects.get()
    assert (bounce.letter, bounce.source) == (gone.pk, "refused")
    assert Suppression.objects.get().subject == email_hash("never@example.org")
    later.refresh_from_db()
    assert later.state == Message.State.FAILED


def test_every_letter_says_where_it_returns_to(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    senders: list[str] = []
    real = mail_server.handle_MAIL

    async def handle(*given: Any) -> str:
        senders.append(given[3])
        return await real(*given)

    monkeypatch.setattr(mail_server, "handle_MAIL", handle)
    message = queued("ok@example.org")
    send_due()
    assert senders == [f"bounces+{message.pk.hex}@jessops.example"]
    assert named_in(senders[0]) == named_in(message.message_id) == message.pk
    (received,) = mail_server.messages
    assert received["From"] == "Jessops <orders@jessops.example>"
    assert len(return_path(message).partition("@")[0]) <= 64


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("5.1.1", "", "hard"),
        ("5.1.10", "", "hard"),
        ("5.4.1", "Recipient address rejected: Access denied", "hard"),
        ("5.0.0", "550 User unknown", "hard"),
        ("", "550 no such user", "hard"),
        ("5.2.2", "550 user unknown? no: mailbox full", "soft"),
        ("5.7.1", "blocked as spam", "soft"),
        ("5.0.0", "550 rejected", "soft"),
        ("4.1.1", "user unknown, try later", "soft"),
        ("", "", "soft"),
    ],
)
def test_only_no_mailbox_at_all_is_for_good(status: str, words: str, kind: str) -> None:
    assert classify(status, words) == kind


def test_a_row_is_about_somebody_and_says_it_once(letter: Message) -> None:
    row = {"kind": "hard", "source": "report", "letter": LETTER}
    Bounce.objects.create(subject=SUBJECT, **row)
    for broken in ({**row, "subject": SUBJECT}, {**row, "kind": "soft", "subject": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Bounce.objects.create(**broken)


def test_what_a_person_is_told_of_it(letter: Message) -> None:
    inbound.take(raw("bounce-postfix"))
    (group,) = dossier.of(SUBJECT, READER, matter=f"letter:{LETTER}")
    assert group.title.startswith("Letters that came back")
    said = [str(item.said) for item in group.entries[0].items]
    assert "There is no such mailbox" in said
    assert "5.1.1" in said


def test_staff_find_it_by_the_whole_address(letter: Message) -> None:
    inbound.take(raw("bounce-postfix"))
    client = Client()
    sign_in(client, member("staff@jessops.example", is_staff=True, is_superuser=True))
    found = client.get("/admin/newsletter/bounce/", {"q": READER})
    assert found.status_code == 200
    assert b"5.1.1" in found.content
    other = client.get("/admin/newsletter/bounce/", {"q": "other@example.org"})
    assert b"5.1.1" not in other.content
    shown = client.get(f"/admin/newsletter/bounce/{Bounce.objects.get().pk}/change/")
    assert shown.status_code == 200
    assert SUBJECT.encode() not in shown.content
    assert client.get("/admin/newsletter/bounce/add/").status_code == 403


def test_a_number_is_found_however_servers_write_it() -> None:
    for text in (
        f"bounces+{LETTER.hex}@jessops.example",
        f"BOUNCES+{LETTER.hex.upper()}@JESSOPS.EXAMPLE",
        f"srs0=ab=cd=jessops.example=bounces+{LETTER.hex}=x@other.example",
        f"<outbox-{LETTER}@jessops.example>",
    ):
        assert named_in(text) == LETTER, text
    for text in ("", "bounces+@x", f"bounces+{LETTER.hex[:-1]}@x", "outbox-1@x"):
        assert named_in(text) is None
    assert named_in(f"outbox-{UUID(int=0)}@x") == UUID(int=0)
