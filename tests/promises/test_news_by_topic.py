"""News reaches who chose its topic, seldom, once they are known (P18, P42)."""

from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from pytest_django import Settings

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter import audience, established
from newsletter.actions import campaigns, sending
from newsletter.models import Campaign, Message, Recipient
from newsletter.sender import send_due
from privacy import choices, topics
from privacy.models import Choice
from tests.newsletter.conftest import MailServer, mail_server

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db

KINDS = {
    "marketing": choices.MARKETING_EMAIL,
    "launches": choices.LAUNCHES,
    "news": choices.NEWS,
    "newsletter": choices.NEWSLETTER,
}
A_MONTH_AGO = timedelta(days=40)


def member(name: str, *questions: str, since: timedelta = A_MONTH_AGO) -> str:
    """A member with a proved address who said yes to some questions, once."""
    email = f"{name}@example.co.uk"
    made = Member.objects.create_user(email, "twelve letters")
    EmailAddress.objects.create(user=made, email=email, verified=True, primary=True)
    for question in questions:
        answer(email, question, "yes", timezone.now() - since)
    return email


def answer(email: str, question: str, said: str, at: datetime) -> None:
    Choice.objects.create(
        subject=email_hash(email),
        purpose=question,
        answer=said,
        where="choices",
        wording_sha256="0" * 64,
        policy_version=1,
        at=at,
    )


def sent(kind: str, server: MailServer) -> set[str]:
    """Write, approve and send a campaign of one kind; return whom it reached."""
    before = len(server.recipients)
    words = campaigns.Words(kind, "Autumn", "Autumn lenses", "Words.")
    made = campaigns.begin(words=words, by=1)
    made = campaigns.approve(campaign=made, edition=made.edition, by=2)
    sending.schedule(campaign=made, per_minute=6000)
    for _ in range(2):
        sending.tick()
        send_due()
    sending.tick()
    assert Campaign.objects.get(pk=made.pk).state == Campaign.State.SENT
    return {to for (to,) in server.recipients[before:]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_topics_letters_reach_who_chose_that_topic_alone(
    kind: str, mail_server: MailServer
) -> None:
    one_each = {name: member(name, question) for name, question in KINDS.items()}
    everything = member("everything", *KINDS.values())
    member("silent")
    refused = member("refused", *KINDS.values())
    for question in KINDS.values():
        answer(refused, question, "no", timezone.now())

    assert sent(kind, mail_server) == {one_each[kind], everything}


@pytest.mark.parametrize("kind", KINDS)
def test_one_more_letter_than_promised_in_thirty_days_reaches_nobody(
    kind: str, mail_server: MailServer
) -> None:
    reader = member("reader", KINDS[kind])
    promised = established.CAPS[Campaign.Kind(kind)]
    for _ in range(promised):
        assert sent(kind, mail_server) == {reader}
    assert sent(kind, mail_server) == set()
    assert Message.objects.count() == promised

    Recipient.objects.update(at=timezone.now() - timedelta(days=31))
    assert sent(kind, mail_server) == {reader}


def test_control_without_the_cap_it_would_be_sent(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = member("reader", choices.NEWSLETTER)
    assert sent("newsletter", mail_server) == {reader}
    monkeypatch.setitem(established.CAPS, Campaign.Kind.NEWSLETTER, 2)
    assert sent("newsletter", mail_server) == {reader}


def test_the_caps_are_those_that_the_questions_promise() -> None:
    words = {topic.question: topic.wording for topic in topics.TOPICS}
    for kind, question in KINDS.items():
        said = "one email a month" if kind == "newsletter" else "twice a month"
        assert said in words[question]
        promised = {"one email a month": 1, "twice a month": 2}[said]
        assert established.CAPS[Campaign.Kind(kind)] == promised


@pytest.mark.parametrize("days", [0, 1, 13])
def test_who_came_lately_hears_nothing_yet(days: int, mail_server: MailServer) -> None:
    member("fresh", choices.NEWSLETTER, since=timedelta(days=days))
    old = member("old", choices.NEWSLETTER, since=timedelta(days=15))
    assert sent("newsletter", mail_server) == {old}


def test_control_with_no_time_to_wait_they_would(
    mail_server: MailServer, settings: Settings
) -> None:
    settings.ESTABLISHED_DAYS = 0
    fresh = member("fresh", choices.NEWSLETTER, since=timedelta(minutes=1))
    assert sent("newsletter", mail_server) == {fresh}


def test_staff_see_before_sending_who_gets_it_and_why_not() -> None:
    member("reader", choices.NEWSLETTER)
    member("fresh", choices.NEWSLETTER, since=timedelta(days=1))
    member("silent")
    words = campaigns.Words("newsletter", "Autumn", "Autumn lenses", "Words.")
    found = audience.count(campaigns.begin(words=words, by=1))
    assert found == {"": 1, audience.TOO_NEW: 1, audience.SILENT: 1}
