"""Service announcements: rare, by two people, to whom they concern, selling nothing.

P46, P47, P48, C9.
"""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter import announcements, outbox, sender, wall, writing
from newsletter.actions import announcements as actions
from newsletter.actions import campaigns
from newsletter.models import AnnouncementOverride, Campaign, Message
from privacy import choices, people
from shop.models import Status
from tests.builders import draft_token, move_order, product
from tests.newsletter.conftest import MailServer, mail_server
from tests.staff import sign_in

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WORDS = (
    "Nobody can order on Sunday from 9:30 to 11:00. Nothing that you ordered is lost."
)


@pytest.fixture
def writer() -> Member:
    return staff("writer@jessops.example")


@pytest.fixture
def second() -> Member:
    return staff("second@jessops.example")


def staff(email: str, joined_at: datetime = LONG_AGO) -> Member:
    made = Member.objects.create_user(
        email, "a long staff password", is_staff=True, joined_at=joined_at
    )
    made.groups.add(Group.objects.get(name="Newsletter"))
    return made


def written(by: Member, **fields: Any) -> Campaign:
    values: dict[str, Any] = {
        "message_class": "service",
        "title": "Sunday",
        "subject": "The shop is shut on Sunday",
        "body": WORDS,
        "reason": "maintenance",
        "written_by": by.pk,
        **fields,
    }
    return Campaign.objects.create(**values)


def approved(campaign: Campaign, by: Member) -> Campaign:
    """Approve as the action of the campaigns does: check, then the row."""
    actions.check_approval(campaign=campaign, by=by.pk)
    Campaign.objects.filter(pk=campaign.pk).update(
        state="approved",
        approved_by=by.pk,
        approved_at=timezone.now(),
        approved_sha256=campaign.text_sha256(),
    )
    campaign.refresh_from_db()
    return campaign


def started(campaign: Campaign, at: datetime | None = None) -> Campaign:
    at = at or timezone.now()
    actions.check_start(campaign=campaign, at=at)
    Campaign.objects.filter(pk=campaign.pk).update(
        state="sending", starts_at=at, began_at=at
    )
    campaign.refresh_from_db()
    return campaign


# --- P46: rare, with a reason, by two people ------------------------------------------
def test_nobody_sends_an_announcement_alone(writer: Member) -> None:
    campaign = written(writer)
    with pytest.raises(actions.NotSecond):
        approved(campaign, writer)
    with (
        pytest.raises(IntegrityError, match="campaign_service_second_person"),
        transaction.atomic(),
    ):
        Campaign.objects.filter(pk=campaign.pk).update(
            state="approved",
            approved_by=writer.pk,
            approved_at=timezone.now(),
            approved_sha256="0" * 64,
        )


def test_a_second_account_of_the_same_person_is_no_second_person(
    writer: Member,
) -> None:
    campaign = written(writer)
    with pytest.raises(actions.NotSecond):
        approved(campaign, staff("writer2@jessops.example", timezone.now()))


def test_somebody_without_the_right_does_not_count(writer: Member) -> None:
    campaign = written(writer)
    for other in (
        Member.objects.create_user("p@example.com", joined_at=LONG_AGO),
        Member.objects.create_user("s@example.com", is_staff=True, joined_at=LONG_AGO),
    ):
        with pytest.raises(actions.NotSecond):
            approved(campaign, other)
    with pytest.raises(actions.NotSecond):
        actions.check_approval(campaign=campaign, by=0)


@pytest.mark.parametrize("reason", ["", "because", "marketing"])
def test_a_reason_that_is_not_on_the_list_is_none(
    writer: Member, second: Member, reason: str
) -> None:
    with pytest.raises(actions.NotFit):
        approved(written(writer, reason=reason), second)


def test_a_third_one_in_a_quarter_takes_a_second_persons_reason(
    writer: Member, second: Member
) -> None:
    for _ in range(announcements.A_QUARTER):
        started(approved(written(writer), second))
    third = approved(written(writer), second)
    with pytest.raises(actions.TooMany):
        started(third)
    _refused_by_the_database(third)
    with pytest.raises(actions.NotSecond):
        actions.allow_more(campaign=third, why="The server burns", by=writer.pk)
    with pytest.raises(actions.Refused):
        actions.allow_more(campaign=third, why="  ", by=second.pk)
    # a row that did not come by the action is of no use to who wrote it
    AnnouncementOverride.objects.create(campaign=third.pk, why="x", by=writer.pk)
    with pytest.raises(actions.TooMany):
        started(third)
    _refused_by_the_database(third)
    fourth = approved(written(writer), second)
    actions.allow_more(campaign=fourth, why="The server burns.", by=second.pk)
    with pytest.raises(actions.Refused):
        actions.allow_more(campaign=fourth, why="Again", by=second.pk)
    started(fourth)
    # and the earlier ones go on as they were
    Campaign.objects.filter(state="sending").exclude(pk=fourth.pk).update(
        state="paused"
    )
    assert Campaign.objects.filter(state="paused").update(state="sending") == 2


def _refused_by_the_database(campaign: Campaign) -> None:
    now = timezone.now()
    with (
        pytest.raises(IntegrityError, match="one more service announcement"),
        transaction.atomic(),
    ):
        Campaign.objects.filter(pk=campaign.pk).update(state="sending", starts_at=now)


def test_a_new_quarter_counts_anew_and_one_that_never_left_counts_not(
    writer: Member, second: Member
) -> None:
    last = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    new_year = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
    for _ in range(announcements.A_QUARTER):
        started(approved(written(writer), second), last)
    with pytest.raises(actions.TooMany):
        started(approved(written(writer), second), last)
    never_left = approved(written(writer), second)
    Campaign.objects.filter(pk=never_left.pk).update(
        state="scheduled", starts_at=new_year
    )
    Campaign.objects.filter(pk=never_left.pk).update(
        state="cancelled", ended_at=timezone.now()
    )
    for _ in range(announcements.A_QUARTER):
        moved = started(approved(written(writer), second), new_year)
    # nor does one slip in by its day
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=moved.pk).update(starts_at=last)


def test_everybody_can_read_how_many_there_were_and_why(
    writer: Member, second: Member, client: Client
) -> None:
    with time_machine.travel(datetime(2027, 2, 1, 12, tzinfo=UTC), tick=False):
        page = client.get("/privacy/announcements/").content.decode()
        assert _rows(page) == [("2027", "0", "0"), ("2026", "0", "0")]
        for _ in range(2):
            started(approved(written(writer), second))
        more = approved(written(writer, subject="Card payments are late"), second)
        actions.allow_more(campaign=more, why="The bank is away.", by=second.pk)
        started(more)
        planned = approved(written(writer, subject="Only planned"), second)
        actions.allow_more(campaign=planned, why="Planned", by=second.pk)
        Campaign.objects.filter(pk=planned.pk).update(
            state="scheduled", starts_at=timezone.now() + timedelta(days=1)
        )
        page = client.get("/privacy/announcements/").content.decode()
    assert _rows(page) == [("2027", "3", "1"), ("2026", "0", "0")]
    assert "Card payments are late" in page
    assert "The bank is away." in page
    assert WORDS in page
    assert str(more.approved_sha256) in page
    assert "Only planned" not in page


def _rows(page: str) -> list[tuple[str, str, str]]:
    row = r'<tr><th scope="row">(\d+)</th><td>(\d+)</td><td>(\d+)</td></tr>'
    return re.findall(row, page)


def test_an_extra_one_is_allowed_on_the_staffs_screen(
    writer: Member, second: Member, client: Client
) -> None:
    campaign = written(writer)
    address = "/admin/newsletter/announcementoverride/add/"
    answer = {"campaign": str(campaign.pk), "why": "It burns.", "sure": "1"}
    sign_in(client, writer)
    assert "somebody else" in client.post(address, answer).content.decode()
    sign_in(client, second)
    asked = client.post(address, {"campaign": str(campaign.pk), "why": "It burns."})
    assert "your reason is published" in asked.content.decode()
    assert not AnnouncementOverride.objects.exists()
    assert client.post(address, answer).status_code == 302
    assert AnnouncementOverride.objects.get().by == second.pk
    plain = Member.objects.create_user("plain@jessops.example", is_staff=True)
    sign_in(client, plain)
    assert client.post(address, answer).status_code == 403


# --- P47: to whom ---------------------------------------------------------------------
def ordered(email: str, status: str, days: int) -> None:
    token = draft_token(Client(), {product().sku: 1}, email=email)
    now = timezone.now()
    fields: dict[str, Any] = {"placed_at": now}
    if status == Status.AUTHORISED:
        fields["authorised_at"] = now
    if status in (Status.CANCELLED, Status.LAPSED):
        fields["closed_at"] = now
    day = now.date() + timedelta(days=days)
    move_order(token, status, delivery_on=day, **fields)


def say_no_to_everything(email: str) -> None:
    for purpose in choices.PURPOSES:
        choices.record(
            email=email, purpose=purpose, answer="no", where="test", wording="words"
        )


def test_it_reaches_exactly_members_and_guests_with_an_order_under_way() -> None:
    member = Member.objects.create_user("member@example.com")
    Member.objects.create_user("member-no@example.com")
    say_no_to_everything("member-no@example.com")
    Member.objects.create_user("left@example.com", is_active=False)
    ordered("left@example.com", Status.AUTHORISED, 2)
    ordered("coming@example.com", Status.AUTHORISED, 2)
    ordered("coming-no@example.com", Status.AUTHORISED, 0)
    say_no_to_everything("coming-no@example.com")
    ordered("to-pay@example.com", Status.PENDING, 2)
    ordered("arrived@example.com", Status.AUTHORISED, -1)
    ordered("cancelled@example.com", Status.CANCELLED, 2)
    ordered("lapsed@example.com", Status.LAPSED, 2)
    draft_token(Client(), {product().sku: 1}, email="draft@example.com")
    reached = announcements.reach(people.everyone())
    assert {address for _, address in reached} == {
        member.email,
        "member-no@example.com",
        "coming@example.com",
        "coming-no@example.com",
        "to-pay@example.com",
    }


def test_who_leaves_while_it_waits_does_not_get_it(mail_server: MailServer) -> None:
    addresses = ("stays@example.com", "said-no@example.com", "leaves@example.com")
    for address in addresses:
        Member.objects.create_user(address)
        outbox.queue(
            message_class="service",
            to=address,
            subject="The shop is shut",
            text=WORDS,
            key=f"announced:{address}",
        )
    say_no_to_everything("said-no@example.com")
    Member.objects.filter(email="leaves@example.com").update(is_active=False)
    sender.send_due()
    assert sorted(mail_server.recipients) == [
        ["said-no@example.com"],
        ["stays@example.com"],
    ]
    held = Message.objects.get(to_hash=email_hash("leaves@example.com"))
    assert held.state == "held"


# --- P48: it sells nothing ------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        "Meanwhile everything is £20.",
        "There is an offer for you.",
        "[See it](http://localhost:8000/product/x-t5/)",
        "See http://localhost:8000/help/?utm_source=mail",
        "Shop now",
        "{{ product:FUJI-XT5 }}",
    ],
)
def test_words_that_sell_are_approved_by_nobody(
    writer: Member, second: Member, words: str
) -> None:
    with pytest.raises(actions.NotFit):
        approved(written(writer, body=f"{WORDS}\n\n{words}"), second)
    with pytest.raises(actions.NotFit):
        approved(written(writer, subject=words), second)
    assert approved(written(writer), second).is_as_approved


def test_words_that_sell_do_not_leave_whoever_let_them_through(
    writer: Member, second: Member, mail_server: MailServer
) -> None:
    """The wall reads them once more, for each letter."""
    honest = started(approved(written(writer), second))
    now = timezone.now()
    selling = written(
        writer,
        **{"body": f"{WORDS} Shop now.", "state": "sending", "starts_at": now},
        **{"approved_by": second.pk, "approved_at": now, "approved_sha256": "0" * 64},
    )
    Campaign.objects.filter(pk=selling.pk).update(approved_sha256=selling.text_sha256())
    selling.refresh_from_db()
    assert selling.is_as_approved
    for campaign in (honest, selling):
        address = f"to-{campaign.pk}@example.com"
        Member.objects.create_user(address)
        message = outbox.queue(
            message_class="service",
            to=address,
            subject=campaign.subject,
            text=campaign.body,
            about=campaign.about,
            key=f"{campaign.about}:{address}",
        )
        assert message.state == ("queued" if campaign is honest else "held")
    # a plain row is held as it leaves, too
    Message.objects.update(state="queued", settled_at=None)
    sender.send_due()
    assert mail_server.recipients == [[f"to-{honest.pk}@example.com"]]


def test_a_letter_of_a_list_may_sell(writer: Member) -> None:
    offer = written(writer, message_class="marketing", reason="", body="£20 off")
    actions.check_approval(campaign=offer, by=writer.pk)
    actions.check_start(campaign=offer)


def test_what_arrives_is_what_was_approved(
    writer: Member, second: Member, mail_server: MailServer
) -> None:
    """By the actions of the campaigns, and read at the mail server."""
    campaign = written(writer)
    with pytest.raises(campaigns.NotYours):
        campaigns.approve(campaign=campaign, edition=1, by=writer.pk)
    campaigns.approve(campaign=campaign, edition=1, by=second.pk)
    campaign.refresh_from_db()
    started(campaign)
    reader = Member.objects.create_user("reader@example.com")
    made = writing.render(campaign, name="", subject_hash=reader.email_hash)
    assert "unsubscribe" not in made.text.lower()
    outbox.queue(
        message_class="service",
        to="reader@example.com",
        subject=made.subject,
        text=made.text,
        html=made.html,
        headers=made.headers,
        about=campaign.about,
        key=f"{campaign.about}:{reader.email_hash}",
    )
    sender.send_due()
    (sent,) = mail_server.messages
    body = sent.get_body(("plain",))
    assert body is not None
    arrived = body.get_content()
    assert sent["Subject"] == campaign.subject
    assert campaign.body in " ".join(arrived.split())
    words = [campaign.message_class, campaign.reason, str(sent["Subject"]), WORDS]
    approved_hash = hashlib.sha256(json.dumps(words).encode()).hexdigest()
    assert campaign.approved_sha256 == approved_hash


def test_what_is_sent_is_what_was_approved(writer: Member, second: Member) -> None:
    campaign = started(approved(written(writer), second))
    with (
        pytest.raises(IntegrityError, match="keeps its words"),
        transaction.atomic(),
    ):
        Campaign.objects.filter(pk=campaign.pk).update(body="£20 off")
    assert campaign.is_as_approved
    assert announcements.hold(campaign.about) == wall.GO
    assert announcements.hold("order:J26-1") == wall.GO
    # and where somebody got past the database, it does not begin
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE newsletter_campaign DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE newsletter_campaign SET body = 'Other words' WHERE id = %s",
            [campaign.pk],
        )
        cursor.execute("ALTER TABLE newsletter_campaign ENABLE TRIGGER USER")
    campaign.refresh_from_db()
    assert not campaign.is_as_approved
    assert wall.word_on(campaign.about) == wall.DROP
    with pytest.raises(actions.Changed):
        actions.check_start(campaign=campaign)


def test_the_number_is_the_databases_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_proc"
            " WHERE proname = 'newsletter_announcements_are_rare'"
        )
        (source,) = cursor.fetchone()
    assert f"others >= {announcements.A_QUARTER} " in source
