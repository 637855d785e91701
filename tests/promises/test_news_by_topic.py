"""News reaches who chose its topic, seldom, once they are known (P18, P42)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone
from pytest_django import Settings

from jessops.lib.clock import LONDON
from jessops.lib.hashing import email_hash
from members.actions import correcting
from members.models import Member
from newsletter import audience, established, outbox
from newsletter.actions import campaigns, sending, sign_up
from newsletter.models import Campaign, Message, Subscription
from newsletter.sender import send_due
from privacy import choices, topics
from privacy.models import Choice, Wording
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
A_LONG_TIME_AGO = timezone.now() - A_MONTH_AGO


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


def draft(kind: str) -> Campaign:
    words = campaigns.Words(kind, "Autumn", "Autumn lenses", "Words.")
    return campaigns.begin(words=words, by=1)


def begun(kind: str) -> Campaign:
    """A campaign that goes out from now on."""
    made = draft(kind)
    made = campaigns.approve(campaign=made, edition=made.edition, by=2)
    return sending.schedule(campaign=made, per_minute=3600)


def on(year: int, month: int, day: int) -> time_machine.travel:
    """A morning in London."""
    return time_machine.travel(datetime(year, month, day, 10, tzinfo=LONDON))


def sent(kind: str, server: MailServer) -> set[str]:
    """Write, approve and send a campaign of one kind; return whom it reached."""
    before = len(server.recipients)
    made = begun(kind)
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
def test_one_more_letter_than_promised_in_a_month_reaches_nobody(
    kind: str, mail_server: MailServer
) -> None:
    """Counted as the question says it: by the calendar, so 28 days can be a month."""
    with on(2027, 2, 3) as february:
        reader = member("reader", KINDS[kind])
        promised = established.CAPS[Campaign.Kind(kind)]
        for _ in range(promised):
            assert sent(kind, mail_server) == {reader}
        february.shift(timedelta(days=20))
        assert sent(kind, mail_server) == set()
        assert Message.objects.count() == promised
    with on(2027, 3, 3):
        assert sent(kind, mail_server) == {reader}


@pytest.mark.parametrize(
    ("first", "second", "reaches"),
    [
        ((2027, 1, 31), (2027, 2, 1), False),
        ((2027, 1, 31), (2027, 2, 13), False),
        ((2027, 1, 31), (2027, 2, 15), True),
        ((2027, 1, 1), (2027, 1, 31), False),
    ],
)
def test_the_turn_of_a_month_does_not_bring_two_at_once(
    first: tuple[int, int, int],
    second: tuple[int, int, int],
    reaches: bool,
    mail_server: MailServer,
) -> None:
    with on(*first):
        reader = member("reader", choices.NEWSLETTER)
        assert sent("newsletter", mail_server) == {reader}
    with on(*second):
        assert sent("newsletter", mail_server) == ({reader} if reaches else set())


def test_a_letter_that_never_left_is_none_of_the_month(
    mail_server: MailServer,
) -> None:
    reader = member("reader", choices.NEWSLETTER)
    first = begun("newsletter")
    sending.tick()
    assert Message.objects.get(about=first.about).state == "queued"
    # on its way, it counts
    assert audience.count(begun("newsletter")) == {"": 0, audience.ENOUGH: 1}
    for row in Campaign.objects.all():
        sending.cancel(campaign=row)
    send_due()
    assert sent("newsletter", mail_server) == {reader}


def test_a_letter_that_failed_and_is_tried_after_the_next_one_does_not_leave(
    mail_server: MailServer,
) -> None:
    """The month is asked for once more as a letter leaves (P42)."""
    reader = member("reader", choices.NEWSLETTER)
    first = begun("newsletter")
    sending.tick()
    Message.objects.update(state="failed", settled_at=timezone.now())
    assert sent("newsletter", mail_server) == {reader}
    (late,) = Message.objects.filter(about=first.about)
    Message.objects.filter(pk=late.pk).update(
        created_at=timezone.now() - timedelta(hours=1)
    )
    assert outbox.retry(late)
    assert send_due() == 0
    late.refresh_from_db()
    assert (late.state, late.last_error) == ("held", established.ENOUGH)


def test_a_letter_that_waited_leaves_when_it_is_the_only_one(
    mail_server: MailServer,
) -> None:
    """The control of the one before: waiting alone holds nobody's letter."""
    member("reader", choices.NEWSLETTER)
    begun("newsletter")
    sending.tick()
    ago = timezone.now() - timedelta(hours=1)
    Message.objects.update(created_at=ago)
    assert send_due() == 1
    member("fresh", choices.NEWSLETTER, since=timedelta(days=1))
    late = Message.objects.get()
    late.to_hash = email_hash("fresh@example.co.uk")
    assert established.why_not(late) == established.TOO_NEW


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


def test_who_confirmed_the_newsletters_own_form_gets_the_next_one(
    mail_server: MailServer,
) -> None:
    """They asked for that letter, from their mailbox: for the other lists they wait."""
    email = "reader@example.co.uk"
    sign_up.ask(email=email, name="")
    assert not audience.count(draft("newsletter"))
    assert sign_up.confirm(pk=Subscription.objects.get().pk)
    answer(email, choices.NEWS, "yes", timezone.now())
    send_due()
    assert sent("newsletter", mail_server) == {email}
    assert audience.count(draft("news")) == {"": 0, audience.TOO_NEW: 1}
    # whoever said the same yes on another page waits
    member("other", choices.NEWSLETTER, since=timedelta(days=1))
    assert audience.count(draft("newsletter"))[audience.TOO_NEW] == 1


def test_a_new_address_of_a_member_is_no_new_member_and_no_new_month(
    mail_server: MailServer,
) -> None:
    """Their answers are written down anew when they move, and a letter was a letter."""
    member("moves", choices.NEWSLETTER)
    Wording.objects.create(sha256="0" * 64, text="May we?")
    who = Member.objects.get()
    began = begun("newsletter")
    sending.tick()
    send_due()
    correcting._move(who, "moved@example.co.uk")
    assert choices.current("moved@example.co.uk", choices.NEWSLETTER) == "yes"
    assert audience.count(draft("newsletter")) == {"": 0, audience.ENOUGH: 1}
    Message.objects.filter(about=began.about).update(settled_at=A_LONG_TIME_AGO)
    assert audience.count(draft("newsletter")) == {"": 1}


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
    found = audience.count(draft("newsletter"))
    assert found == {"": 1, audience.TOO_NEW: 1, audience.SILENT: 1}
