"""A letter that asks to leave, as it comes, to each mailbox (P20, P21)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.models import Enquiry
from newsletter import inbound, leaving_links, wall
from newsletter.leaving_words import asks_to_leave
from newsletter.models import Message
from newsletter.reading import Mail
from privacy import choices
from privacy.models import Choice
from tests.newsletter.test_mails import READER, named, raw

pytestmark = pytest.mark.django_db

SUBJECT = email_hash(READER)
PLACEHOLDER = b"letters+TOKEN-OF-THE-LETTER@jessops.example"
# Mathematical letters, which some think clever.
BOLD = "".join(chr(0x1D41A + ord(letter) - 97) for letter in "unsubscribe")
UNSIGNED = {"leave-webmaster", "leave-forged-no-token", "leave-forged-wrong-token"}


def subscribe() -> None:
    for question in choices.LISTS:
        choices.record_for(
            subject=SUBJECT,
            purpose=question,
            answer="yes",
            where="account",
            wording="Write to me",
        )


def arrives(name: str) -> str:
    box = leaving_links.mailbox(SUBJECT).encode()
    return inbound.take(raw(name).replace(PLACEHOLDER, box))


def yeses() -> set[str]:
    said = choices.answers([SUBJECT], choices.LISTS)
    return {question for (_, question), value in said.items() if value != "no"}


@pytest.mark.parametrize("name", sorted(set(named("leave")) - UNSIGNED))
def test_an_answer_to_a_letter_takes_its_reader_off_every_list(name: str) -> None:
    subscribe()
    assert len(yeses()) == len(choices.LISTS)
    assert arrives(name) == "left"
    assert yeses() == set()
    assert not wall.may_send("newsletter", READER)
    assert not Enquiry.objects.exists()
    assert not Message.objects.exists()  # nothing to answer, so nothing to loop
    rows = Choice.objects.count()
    again = raw(name).replace(b"Message-ID: <", b"Message-ID: <2")
    box = leaving_links.mailbox(SUBJECT).encode()
    assert inbound.take(again.replace(PLACEHOLDER, box)) == "left"
    assert Choice.objects.count() == rows


def test_the_token_counts_and_the_sender_does_not() -> None:
    subscribe()
    box = leaving_links.mailbox(SUBJECT).encode()
    other = raw("leave-plain").replace(b"quill@example.co.uk", b"else@example.org", 1)
    assert inbound.take(other.replace(PLACEHOLDER, box.upper())) == "left"
    assert yeses() == set()


@pytest.mark.parametrize("name", sorted(UNSIGNED))
def test_who_only_says_who_it_is_from_is_asked_first_and_once_a_day(name: str) -> None:
    subscribe()
    for number in range(5):
        again = raw(name).replace(b"Message-ID: <", b"Message-ID: <%d" % number)
        assert inbound.take(again) == "left:asked"
    assert len(yeses()) == len(choices.LISTS)
    asked = Message.objects.get()
    assert asked.to == READER
    assert asked.headers["Auto-Submitted"] == "auto-replied"
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        inbound.take(raw(name).replace(b"Message-ID: <", b"Message-ID: <tomorrow"))
    assert Message.objects.count() == 2


@pytest.mark.parametrize("name", sorted(UNSIGNED))
def test_who_is_on_no_list_has_staff_read_what_they_want(name: str) -> None:
    assert arrives(name).startswith("enquiry:")
    assert Enquiry.objects.get().email == READER
    assert not any("lists" in message.subject for message in Message.objects.all())


@pytest.mark.parametrize(
    "name", [*named("auto"), *named("question"), "bounce-postfix", "complaint-yahoo"]
)
def test_no_machine_and_no_question_takes_anybody_off(name: str) -> None:
    subscribe()
    arrives(name)
    assert len(yeses()) == len(choices.LISTS)


def mail(subject: str = "", text: str = "") -> Mail:
    return Mail(READER, "", (), subject, text, 0, automatic=False)


@pytest.mark.parametrize(
    "subject",
    [
        *(
            "unsubscribe",
            "UNSUBSCRIBE",
            "Unsubscribe.",
            "'unsubscribe'",
            "(unsubscribe)",
        ),
        *(
            "RE: unsubscribe",
            "Re[2]: unsubscribe",
            "AW: WG: unsubscribe",
            "R: unsubscribe",
        ),
        *(
            "unsubscribed",
            "unsubscribing",
            "unsub\u00adscribe",
            "un subscribe",
            "Un-Subscribe",
        ),
        *(
            "unsubscription please",
            BOLD,
            "ünsubscribe",
            "unsubcribe",
            "unsuscribe",
        ),
        *("unsubscibe", "please unsubscribe me from all", "unsubscribe: quill"),
    ],
)
def test_the_word_is_known_however_it_is_written(subject: str) -> None:
    assert asks_to_leave(mail(subject))


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("subscribe", ""),
        ("Re: Autumn lenses", ""),
        ("Sunsubscribers", ""),
        ("How to resubscribe", ""),
        ("Question", "How do I unsubscribe my late father?"),
        ("Question", "I do not want to unsubscribe"),
        ("Re: Autumn lenses", "Nice.\n\n> reply with the word unsubscribe"),
        ("Re: Autumn lenses", "> unsubscribe"),
        ("Re: Autumn lenses", "On Monday Jessops wrote:\nunsubscribe"),
        ("Re: Autumn lenses", "-- \nunsubscribe"),
        ("", ""),
    ],
)
def test_what_only_looks_like_it_is_not_it(subject: str, text: str) -> None:
    assert not asks_to_leave(mail(subject, text))


@pytest.mark.parametrize(
    "text",
    [
        "unsubscribe",
        "Unsubscribe me!",
        "Please unsubscribe me, please.",
        "\n\nUNSUBSCRIBE\n\nSent from my telephone",
        "unsubscribe\n> Autumn lenses",
    ],
)
def test_the_word_alone_will_do_in_the_text(text: str) -> None:
    assert asks_to_leave(mail("Re: Autumn lenses", text))
