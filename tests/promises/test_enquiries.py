"""P3, P4, P50, P106, P107: who writes to us is answered, as they wish, by a person."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jessops.lib import signing
from members.actions import answers, enquiries
from members.models import Enquiry, EnquiryEvent, Member
from members.tasks import escalate_late
from newsletter.models import Message

pytestmark = pytest.mark.django_db

SECRET = "between us"
QUILL = "quill@example.co.uk"
FORM = {
    "kind": "policy",
    "message": "Who reads this?",
    "email": QUILL,
    "contact_by": "email",
    "attempt": "q" * 32,
}


def by_mail(to: str = "webmaster@jessops.example", **heads: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = f"Quill <{QUILL}>", to
    message["Subject"], message["Message-ID"] = "Your policy", "<q1@example.co.uk>"
    for name, value in heads.items():
        message[name.replace("_", "-")] = value
    message.set_content("Who reads this?")
    raw = message.as_bytes()
    signed = signing.signature(SECRET, raw, timezone.now())
    answer = Client().post(
        "/webhooks/email/",
        raw,
        content_type="message/rfc822",
        headers={"X-Mail-Signature": signed},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("door", ["form", "email"])
def test_a_question_is_one_enquiry_and_acknowledged_at_once(
    client: Client, settings: Settings, door: str
) -> None:
    """P3: sent twice, by either door; and P107: it comes to Web Design."""
    settings.INBOUND_MAIL_SECRET = SECRET
    for _ in range(2):
        if door == "form":
            assert client.post("/enquiries/", FORM).status_code == 303
        else:
            by_mail()
    enquiry = Enquiry.objects.get()
    assert (enquiry.channel, enquiry.team) == (door, "web-design")
    told = Message.objects.get()
    assert told.to == QUILL
    assert enquiry.reference in told.subject
    assert enquiry.acknowledged_at is not None
    assert enquiry.acknowledged_at - enquiry.created_at < timedelta(minutes=1)


def test_a_machines_answer_gets_none(settings: Settings) -> None:
    """The control: an acknowledgement to everything would answer itself for ever."""
    settings.INBOUND_MAIL_SECRET = SECRET
    by_mail(Auto_Submitted="auto-replied")
    assert not Enquiry.objects.exists()
    assert not Message.objects.exists()


def asked(**changes: str) -> Enquiry:
    given = {"words": "Where is it?", "email": QUILL, **changes}
    return enquiries.ask(asked=enquiries.Asked(**given), kind="question")


def escalations(enquiry: Enquiry) -> int:
    events = EnquiryEvent.objects.filter(reference=enquiry.reference)
    return events.filter(code="escalated").count()


def test_past_its_day_it_goes_to_liaison_once(client: Client) -> None:
    """P4 by a stopped clock (H6): not before, once, and the person is told."""
    with time_machine.travel("2026-11-23 10:00Z", tick=False) as clock:
        late, answered = asked(), asked()
        answers.answer(enquiry=answered, staff=1, words="Here.")
        clock.move_to("2026-11-30 23:59:58Z")
        escalate_late()
        assert escalations(late) == 0
        clock.move_to("2026-12-01 00:00Z")
        for _ in range(3):
            escalate_late()
        assert escalations(late) == 1
        assert escalations(answered) == 0, "answered in time, and handed over"
        late.refresh_from_db()
        assert late.team == "liaison"
        page = client.get(late.get_absolute_url()).content.decode()
    assert "we did not answer in time" in page
    assert Message.objects.filter(key__startswith="enquiry_handed_over").count() == 1


def test_who_is_not_satisfied_is_handed_over_by_one_button(client: Client) -> None:
    enquiry = asked()
    answers.answer(enquiry=enquiry, staff=1, words="No.")
    page = client.get(enquiry.get_absolute_url()).content.decode()
    assert "I am not satisfied" in page
    client.post(enquiry.get_absolute_url(), {"act": "object"})
    enquiry.refresh_from_db()
    assert (enquiry.team, enquiry.escalated_why) == ("liaison", "not-satisfied")
    assert escalations(enquiry) == 1


@pytest.mark.parametrize("wish", ["email", "telephone"])
def test_nobody_is_answered_against_their_wish_without_a_reason(wish: str) -> None:
    """P50: the wish of the form, and of the account where a mail says none."""
    Member.objects.create_user(QUILL, contact_by=wish, telephone="01632 960123")
    enquiry = asked()
    assert enquiry.wish == wish
    other = {
        "email": answers.answer_by_telephone,
        "telephone": answers.answer,
    }[wish]
    with pytest.raises(answers.WrongChannel):
        other(enquiry=enquiry, staff=1, words="Hello")
    with pytest.raises(ValueError, match="whim"):
        answers.use_other_channel(enquiry=enquiry, staff=1, reason="whim")
    answers.use_other_channel(enquiry=enquiry, staff=1, reason="asked")
    with pytest.raises(answers.WrongChannel):
        other(enquiry=enquiry, staff=2, words="Hello")
    other(enquiry=enquiry, staff=1, words="Hello")
    assert EnquiryEvent.objects.get(code=answers.OTHER).detail == "asked"


def test_four_ways_lead_to_us_each_with_its_mark(
    client: Client, settings: Settings
) -> None:
    """P106, P107: on the policy and on the contact page, from the settings."""
    company = settings.COMPANY
    for path in ("/privacy/", "/help/contact/"):
        page = client.get(path).content.decode()
        for way in ("telephone", "fax", "email", "address"):
            assert company[way] in page, (path, way)
        assert re.search(r'href="tel:\+44\d+"', page), path
        assert "ask for Web Design" in page, path
        assert "mark" in page, path
        assert 'href="/enquiries/"' in page, path
