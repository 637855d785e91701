"""The desk of a campaign: audience, start, pause, end and results, for who may."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from members.models import Member
from newsletter import announcements, sending_tasks
from newsletter.actions import bounces, campaigns, sending
from newsletter.models import Bounce, Campaign, Message
from newsletter.sender import send_due
from tests.newsletter.conftest import MailServer
from tests.newsletter.test_campaigns import colleague
from tests.newsletter.test_sending import approved, readers, say_no
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


@pytest.fixture
def sender() -> Member:
    return colleague("sender")


@pytest.fixture
def desk(sender: Member) -> Client:
    client = Client()
    sign_in(client, sender)
    return client


def older(name: str) -> Member:
    """A colleague who was here before anything of today was written."""
    made = colleague(name)
    Member.objects.filter(pk=made.pk).update(
        joined_at=timezone.now() - timedelta(days=9)
    )
    return made


def place(campaign: Campaign) -> str:
    return f"/admin/newsletter/campaign/{campaign.pk}/sending/"


def press(desk: Client, campaign: Campaign, act: str, **typed: str) -> str:
    answer = desk.post(place(campaign), {"act": act, **typed}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def state(campaign: Campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).state


def test_the_audience_is_counted_before_it_is_sent(desk: Client) -> None:
    people = readers(4)
    say_no(people[0])
    one = approved()
    assert (
        "Nobody has counted the audience yet" in desk.get(place(one)).content.decode()
    )
    assert "is being counted" in press(desk, one, "count")
    sending_tasks.count_audience(one.pk)  # as the worker does
    page = desk.get(place(one)).content.decode()
    assert "Would get it</th><td>3</td>" in page
    assert "Not: Said no</th><td>1</td>" in page
    assert not Message.objects.exists()


def test_it_is_sent_paused_resumed_and_its_results_are_read(
    desk: Client, sender: Member, mail_server: MailServer
) -> None:
    people = readers(5)
    one = approved()
    assert "Scheduled for" in press(desk, one, "schedule", per_minute="24")
    sending.tick()  # two letters of it are queued
    assert state(one) == Campaign.State.SENDING
    assert "Refresh" not in desk.get(place(one)).headers
    follows = desk.get(f"{place(one)}?follow=1")
    assert follows.headers["Refresh"] == "5"
    assert b"Stop that" in follows.content
    assert "Paused." in press(desk, one, "pause")
    send_due()
    assert mail_server.recipients == []
    assert "It goes on." in press(desk, one, "resume")
    Campaign.objects.filter(pk=one.pk).update(per_minute=3600)
    sending.tick()
    send_due()
    sending.tick()
    assert sorted(to for (to,) in mail_server.recipients) == sorted(people)
    letter = Message.objects.filter(about=one.about).first()
    assert letter is not None
    bounces.record(
        letter=letter.pk, kind=Bounce.Kind.HARD, status="5.1.1", source="report"
    )
    say_no(people[0])

    over = desk.get(f"{place(one)}?follow=1")
    assert "Refresh" not in over.headers
    page = over.content.decode()
    for line in (
        "s mail server</th><td>5</td>",
        "Came back</th><td>1</td>",
        "Marked as spam by its reader</th><td>0</td>",
        "Left the list within thirty days</th><td>1</td>",
    ):
        assert line in page
    assert not any(person in page for person in people)
    said = LogEntry.objects.filter(user=sender, object_id=str(one.pk))
    assert said.count() == 3


def test_it_ends_for_good_and_can_begin_later(desk: Client) -> None:
    readers(2)
    one = approved()
    later = timezone.localtime() + timedelta(days=2)
    typed = {"starts_at_0": f"{later:%Y-%m-%d}", "starts_at_1": "07:30"}
    press(desk, one, "schedule", per_minute="60", **typed)
    assert state(one) == Campaign.State.SCHEDULED
    assert not Message.objects.exists()
    assert "Cancelled." in press(desk, one, "cancel")
    page = press(desk, one, "resume")
    assert "It is cancelled already" in page
    assert state(one) == Campaign.State.CANCELLED


def test_why_it_did_not_begin_is_said_until_it_does(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reason that a new version of the shop knows no more stops an announcement."""
    words = campaigns.Words(
        "service", "Night", "We are shut tonight", "Until six.", reason="maintenance"
    )
    made = campaigns.begin(words=words, by=colleague("writer").pk)
    made = campaigns.approve(campaign=made, edition=1, by=older("approver").pk)
    sending.schedule(campaign=made)
    with monkeypatch.context() as patch:
        patch.delitem(announcements.REASONS, "maintenance")
        sending.tick()
    assert state(made) == Campaign.State.PAUSED
    assert not Message.objects.exists()
    why = "was paused: It needs one of the reasons of the list."
    assert why in desk.get(place(made)).content.decode()
    press(desk, made, "resume")
    sending.tick()
    assert state(made) == Campaign.State.SENDING
    assert "did not begin" not in desk.get(place(made)).content.decode()


def test_what_is_typed_in_winter_and_summer_is_london_time(desk: Client) -> None:
    one = approved()
    year = timezone.now().year + 1
    typed = {"starts_at_0": f"{year}-07-01", "starts_at_1": "09:00"}
    press(desk, one, "schedule", per_minute="60", **typed)
    starts = Campaign.objects.get(pk=one.pk).starts_at
    assert starts is not None
    assert (starts.hour, starts.utcoffset()) == (8, timedelta(0))


@pytest.mark.parametrize(
    "typed",
    [
        {"per_minute": ""},
        {"per_minute": "0"},
        {"per_minute": "99999999999"},
        {"per_minute": "60", "starts_at_0": "2020-01-01", "starts_at_1": "10:00"},
        {"per_minute": "60", "starts_at_0": "soon", "starts_at_1": ""},
    ],
)
def test_bad_input_is_said_and_nothing_is_sent(
    desk: Client, typed: dict[str, str]
) -> None:
    one = approved()
    answer = desk.post(place(one), {"act": "schedule", **typed})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert state(one) == Campaign.State.APPROVED


def test_only_who_may_send_has_the_buttons(desk: Client) -> None:
    one = approved()
    outsider = Client()
    sign_in(outsider, colleague("outsider", group=""))
    assert outsider.get(place(one)).status_code == 403
    assert outsider.post(place(one), {"act": "cancel"}).status_code == 403
    assert desk.post(place(one), {"act": "burn"}).status_code == 404
    assert desk.get("/admin/newsletter/campaign/999999/sending/").status_code == 404
    assert Client().get(place(one)).status_code == 302
    assert state(one) == Campaign.State.APPROVED


def test_the_page_costs_the_same_for_few_and_many(
    desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    readers(30)
    one = approved()
    press(desk, one, "schedule", per_minute="3600")
    with django_assert_max_num_queries(MOST_QUERIES):
        assert desk.get(place(one)).status_code == 200
