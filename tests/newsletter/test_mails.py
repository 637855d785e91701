"""Mail as it comes: 68 messages of many programs, and what becomes of each (P20, P21).

All of them are written by us, with invented names and hosts.
"""

from pathlib import Path
from uuid import UUID

import pytest

from jessops.lib.hashing import email_hash
from members.models import Enquiry
from newsletter import inbound
from newsletter.leaving_words import asks_to_leave
from newsletter.models import Bounce, Message
from newsletter.reading import read
from tests.newsletter.damage import MAILS, fuzz

pytestmark = pytest.mark.django_db

LETTER = UUID("5f0c3d52-9a41-4d0e-8b67-2c1e7f90ab34")
READER = "quill@example.co.uk"
BOUNCES = {
    "bounce-postfix": ("hard", "5.1.1"),
    "bounce-exim": ("hard", "5.0.0"),
    "bounce-sendmail": ("hard", "5.1.1"),
    "bounce-exchange": ("hard", "5.1.10"),
    "bounce-gmail": ("hard", "5.1.1"),
    "bounce-qmail": ("hard", "5.1.1"),
    "bounce-exim-plain": ("hard", ""),
    "bounce-utf8": ("hard", "5.1.6"),
    "bounce-full-mailbox": ("soft", "5.2.2"),
    "bounce-filter": ("soft", "5.7.9"),
    "bounce-given-up": ("soft", "4.4.1"),
    "complaint-yahoo": ("complaint", ""),
    "complaint-redacted": ("complaint", ""),
    "complaint-attached": ("complaint", ""),
}
NOTHING_LOST = {
    "bounce-delayed": "report:nothing lost",
    "bounce-delivered": "report:nothing lost",
    "complaint-not-spam": "report:nothing lost",
    "bounce-of-no-letter": "report:no letter of ours",
    "bounce-of-another-number": "report:no letter of ours",
    "complaint-of-no-letter": "report:no letter of ours",
}
NO_ANSWER = {"auto-from-ourselves": "ourselves"}
DESKS = {
    "complaint-in-words": "web-design",
    "question-koi8": "liaison",
    "question-forwarded-bounce": "liaison",
}


def raw(name: str) -> bytes:
    return (Path(__file__).parent / "mails" / f"{name}.eml").read_bytes()


def named(prefix: str) -> list[str]:
    return [path.stem for path in MAILS if path.stem.startswith(f"{prefix}-")]


@pytest.fixture
def letter() -> Message:
    """The letter that the reports are about, in the outbox and sent."""
    return Message.objects.create(
        pk=LETTER,
        key="campaign:7:x",
        message_class="newsletter",
        about="campaign:7",
        to=READER,
        subject="Autumn lenses",
        text="Words",
        message_id=f"<outbox-{LETTER}@jessops.example>",
        state=Message.State.SENT,
        settled_at="2026-11-16T09:00:00Z",
    )


def test_there_are_enough_and_each_is_looked_at() -> None:
    kinds = ("leave", "question", "auto", "bounce", "complaint")
    assert len(MAILS) == sum(len(named(kind)) for kind in kinds) >= 60
    told = {*BOUNCES, *NOTHING_LOST, *DESKS}
    assert told >= {*named("bounce"), *named("complaint")}


@pytest.mark.parametrize("name", named("leave"))
def test_whoever_asks_to_leave_is_understood(name: str) -> None:
    mail, number = read(raw(name))
    assert asks_to_leave(mail)
    assert not mail.automatic
    assert mail.report is None
    assert mail.sender == READER
    assert number == f"<{name}@example.co.uk>"


@pytest.mark.parametrize("name", [*named("question"), "complaint-in-words"])
def test_whatever_is_not_understood_becomes_an_enquiry(
    name: str, letter: Message
) -> None:
    assert inbound.take(raw(name)).startswith("enquiry:")
    enquiry = Enquiry.objects.get()
    assert enquiry.team == DESKS.get(name, "web-design")
    assert enquiry.email == READER
    assert not Bounce.objects.exists()


@pytest.mark.parametrize("name", named("auto"))
def test_no_machine_gets_an_answer(name: str, letter: Message) -> None:
    assert inbound.take(raw(name)) == NO_ANSWER.get(name, "automatic")
    assert not Enquiry.objects.exists()
    assert not Bounce.objects.exists()
    assert Message.objects.get() == letter


@pytest.mark.parametrize("name", BOUNCES)
def test_a_report_is_of_the_letter_that_it_names(name: str, letter: Message) -> None:
    kind, status = BOUNCES[name]
    assert inbound.take(raw(name)) == f"report:{kind}"
    bounce = Bounce.objects.get()
    assert (bounce.kind, bounce.status, bounce.letter) == (kind, status, LETTER)
    assert bounce.subject == email_hash(READER)
    assert bounce.about == "campaign:7"
    assert Bounce.objects.counted("campaign:7") == {kind: 1}
    assert Message.objects.get() == letter  # nobody is written to about it
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize("name", NOTHING_LOST)
def test_nothing_follows_from_a_delay_or_from_a_report_of_no_letter(
    name: str, letter: Message
) -> None:
    assert inbound.take(raw(name)) == NOTHING_LOST[name]
    assert not Bounce.objects.exists()
    assert not Enquiry.objects.exists()


def test_what_the_text_says_is_read_in_every_alphabet() -> None:
    said = {name: read(raw(name))[0] for name in named("question") + named("leave")}
    assert said["question-koi8"].text == "Где мой заказ?"
    assert said["question-base64"].subject == "Ein Objektiv für Zoë"
    assert said["question-mislabelled"].text.startswith("Is ")
    assert said["leave-utf16"].text == "please"
    assert said["leave-japanese"].subject.startswith("返信")
    assert said["leave-bare-bytes"].subject == "Zoë asks: unsubscribe"
    assert said["leave-bare-latin"].subject == "Grüße: unsubscribe"
    assert said["question-with-pictures"].attachments == 1


def test_damaged_mail_breaks_nothing() -> None:
    """Two seconds of it; two minutes are tests/drills/test_fuzz_inbound.py."""
    good, _ = fuzz(2, seed=20261123)
    assert good > 50
