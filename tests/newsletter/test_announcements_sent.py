"""A service announcement by the feeder itself: to whom it goes, and who is left out.

P46, P47: the reach and the wall are proved elsewhere; here is the whole way, from the
words of one person to what a mail server took.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter import audience, suppression
from newsletter.actions import campaigns, sending
from newsletter.models import Campaign, Message, Recipient
from newsletter.sender import send_due
from shop.models import Status
from tests.newsletter.conftest import MailServer
from tests.promises.test_announcements import (
    WORDS,
    ordered,
    say_no_to_everything,
    staff,
)

pytestmark = pytest.mark.django_db


def people() -> set[str]:
    """Make some of every kind; return whom an announcement is for."""
    for name in ("member", "wants-nothing", "closed", "gone", "complained"):
        Member.objects.create_user(f"{name}@example.com")
    say_no_to_everything("wants-nothing@example.com")
    Member.objects.filter(email="closed@example.com").update(is_active=False)
    ordered("closed@example.com", Status.AUTHORISED, 2)
    ordered("waits@example.com", Status.AUTHORISED, 2)
    ordered("arrived@example.com", Status.AUTHORISED, -1)
    for name, reason in (("gone", "hard-bounce"), ("complained", "complaint")):
        suppression.suppress(subject=email_hash(f"{name}@example.com"), reason=reason)
    return {
        f"{name}@example.com"
        for name in ("member", "wants-nothing", "waits", "complained")
    }


def announced() -> Campaign:
    """Words of one colleague that another approved."""
    by, second = (
        staff(f"{name}@jessops.example").pk for name in ("writer", "approver")
    )
    words = campaigns.Words(
        "service", "Sunday", "The shop is shut on Sunday", WORDS, "maintenance"
    )
    made = campaigns.begin(words=words, by=by)
    return campaigns.approve(campaign=made, edition=1, by=second)


def arrived(server: MailServer) -> set[str]:
    found = [to for (to,) in server.recipients]
    assert len(found) == len(set(found))
    return {to for to in found if not to.endswith("@jessops.example")}


def test_it_goes_to_whom_it_concerns_whatever_they_said_of_lists(
    mail_server: MailServer,
) -> None:
    wanted, one = people(), announced()
    counted = audience.count(one)
    # both colleagues are members, too
    assert counted.pop("") == len(wanted) + 2
    assert counted == {
        audience.LEFT: 1,
        audience.SUPPRESSED: 1,
        audience.NOT_ASKED_FOR: 1,
    }
    sending.schedule(campaign=one, per_minute=3600)
    sending.tick()
    send_due()
    sending.tick()
    assert arrived(mail_server) == wanted
    assert Campaign.objects.get(pk=one.pk).state == Campaign.State.SENT
    (letter,) = [
        message for message in mail_server.messages if "member@" in message["To"]
    ]
    body = letter.get_body(("plain",))
    assert body
    assert WORDS.split(".")[0] in " ".join(body.get_content().split())
    assert letter["List-Unsubscribe"] is None  # nobody can leave word of the service


def test_no_cap_and_no_time_with_us_keeps_it_from_anybody(
    mail_server: MailServer,
) -> None:
    Member.objects.create_user("new@example.com")
    for _ in range(2):
        one = announced_again()
        sending.schedule(campaign=one, per_minute=3600)
        sending.tick()
        Message.objects.update(created_at=timezone.now() - timedelta(hours=1))
        send_due()
    assert [to for (to,) in mail_server.recipients].count("new@example.com") == 2


def announced_again() -> Campaign:
    made = Campaign.objects.first()
    if made is None:
        return announced()
    copied = campaigns.copy(campaign=made, by=made.written_by)
    return campaigns.approve(campaign=copied, edition=1, by=made.approved_by or 0)


def test_who_closes_the_account_while_it_waits_does_not_get_it(
    mail_server: MailServer,
) -> None:
    wanted, one = people(), announced()
    sending.schedule(campaign=one, per_minute=3600)
    sending.tick()
    Member.objects.filter(email="member@example.com").update(is_active=False)
    send_due()
    assert arrived(mail_server) == wanted - {"member@example.com"}
    held = Message.objects.get(to_hash=email_hash("member@example.com"))
    assert held.state == "held"


def test_a_paused_announcement_leaves_nobody_out_when_it_goes_on(
    mail_server: MailServer,
) -> None:
    wanted, one = people(), announced()
    sending.schedule(campaign=one, per_minute=3600)
    sending.tick()
    sending.pause(campaign=one)
    send_due()
    assert mail_server.recipients == []
    sending.resume(campaign=one)
    send_due()
    assert arrived(mail_server) == wanted
    assert not Recipient.objects.filter(state=Recipient.State.LEFT_OUT).exists()
