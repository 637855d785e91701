"""Staff answer enquiries: their own queue, the channel that was wished (P4, P50)."""

import re
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from members.actions import answers, enquiries
from members.models import DataRequest, Enquiry, EnquiryEvent, Member
from newsletter.models import Message
from privacy.models import Look
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST = "/admin/members/enquiry/"
NUMBER = "01632 960123"
MAIL = "quill@example.co.uk"


def of_team(*teams: str) -> Client:
    """A browser in which somebody of these teams is signed in."""
    # A flush between other tests takes the roles away; the migration makes them again.
    import_module("members.migrations.0007_teams").make_roles(apps, None)
    email = f"{'-'.join(teams).replace(' ', '').lower() or 'none'}@staff.example"
    member = Member.objects.create_user(email, is_staff=True)
    member.groups.set(Group.objects.filter(name__in=teams))
    client = Client()
    sign_in(client, member)
    return client


def asked(kind: str = "question", **changes: Any) -> Enquiry:
    given = {"words": "Where is it?", "email": MAIL, "telephone": NUMBER, **changes}
    return enquiries.ask(asked=enquiries.Asked(**given), kind=kind)


def page_of(enquiry: Enquiry) -> str:
    return reverse("admin:members_enquiry_change", args=[enquiry.pk])


def act(client: Client, enquiry: Enquiry, **given: str) -> None:
    path = reverse("admin:members_enquiry_act", args=[enquiry.pk])
    assert client.post(path, given).status_code == 302


def test_a_team_sees_its_own_queue_and_liaison_what_was_handed_over() -> None:
    sales, design = asked(), asked("policy")
    web_design, liaison = of_team("Web Design"), of_team("Customer Liaison")
    page = web_design.get(LIST).content.decode()
    assert design.reference in page
    assert sales.reference not in page
    assert web_design.get(page_of(sales)).status_code == 404
    act_path = reverse("admin:members_enquiry_act", args=[sales.pk])
    assert web_design.post(act_path, {"act": "close"}).status_code == 404
    assert sales.reference not in liaison.get(LIST).content.decode()
    answers.answer(enquiry=sales, staff=1, words="No.")
    enquiries.object_to(enquiry=sales)
    assert sales.reference in liaison.get(LIST).content.decode()
    assert of_team().get(LIST).status_code == 403


def test_the_list_shows_no_person_and_costs_the_same_for_any_number(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = of_team("Web Sales")
    asked()
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for number in range(6):
        asked(email=f"quill{number}@example.co.uk")
    with django_assert_num_queries(len(one)):
        page = client.get(LIST).content.decode()
    assert len(re.findall(r"E26-\d{4}-\d{4}", page)) == 7
    assert MAIL not in page
    assert NUMBER not in page


def test_what_is_due_first_comes_first_and_what_is_late_says_so() -> None:
    with time_machine.travel("2026-11-02 10:00Z", tick=False):
        old = asked()
    with time_machine.travel("2026-11-30 10:00Z", tick=False):
        new = asked()
        page = of_team("Web Sales").get(LIST).content.decode()
    assert page.index(old.reference) < page.index(new.reference)
    assert "Mon 9 Nov 2026, LATE" in page
    for queue in ("late", "escalated", "answered", "closed", "all"):
        page = of_team("Web Sales", queue).get(f"{LIST}?queue={queue}").content.decode()
        assert (old.reference in page) is (queue in ("late", "all"))


@pytest.mark.parametrize(
    ("wish", "shown", "hidden"), [("email", MAIL, NUMBER), ("telephone", NUMBER, MAIL)]
)
def test_only_the_wished_way_is_shown_until_there_is_a_reason(
    wish: str, shown: str, hidden: str
) -> None:
    enquiry = asked(contact_by=wish)
    client = of_team("Web Sales")
    page = client.get(page_of(enquiry)).content.decode()
    assert shown in page
    assert hidden not in page
    other = "telephone" if wish == "email" else "answer"
    act(client, enquiry, act=other, words="Here it is.")
    enquiry.refresh_from_db()
    assert enquiry.is_open, "answered against the wish, without a reason"
    act(client, enquiry, act="other", reason="")
    assert hidden not in client.get(page_of(enquiry)).content.decode()
    act(client, enquiry, act="other", reason="unreachable")
    assert hidden in client.get(page_of(enquiry)).content.decode()
    colleague = of_team("Web Sales", "Clubs")
    assert hidden not in colleague.get(page_of(enquiry)).content.decode()
    act(client, enquiry, act=other, words="Here it is.")
    enquiry.refresh_from_db()
    assert enquiry.state == "answered"
    event = EnquiryEvent.objects.get(code="other-channel")
    assert event.detail == "unreachable"


def test_an_answer_by_mail_goes_to_the_person_with_the_way_back() -> None:
    enquiry = asked()
    client = of_team("Web Sales")
    act(client, enquiry, act="answer", words="  ")
    assert Message.objects.count() == 1
    act(client, enquiry, act="answer", words="It is at the door.")
    [mail] = [one for one in Message.objects.all() if "Our answer" in one.subject]
    assert mail.to == MAIL
    assert "It is at the door." in mail.text
    assert enquiry.token in mail.headers["Reply-To"]
    assert (
        "It is at the door."
        in Client().get(enquiry.get_absolute_url()).content.decode()
    )


def test_an_answer_by_telephone_is_noted_and_no_mail_goes() -> None:
    enquiry = asked(contact_by="telephone")
    act(of_team("Web Sales"), enquiry, act="telephone", words="Told them.")
    enquiry.refresh_from_db()
    assert enquiry.state == "answered"
    assert Message.objects.count() == 1  # the acknowledgement


def test_an_enquiry_is_passed_on_and_closed() -> None:
    enquiry = asked()
    client = of_team("Web Sales")
    act(client, enquiry, act="pass", team="nowhere")
    act(client, enquiry, act="pass", team="clubs")
    enquiry.refresh_from_db()
    assert enquiry.team == "clubs"
    assert client.get(page_of(enquiry)).status_code == 404
    clubs = of_team("Clubs")
    act(clubs, enquiry, act="close")
    act(clubs, enquiry, act="answer", words="Too late")
    enquiry.refresh_from_db()
    assert enquiry.is_closed
    assert "It is closed already" in clubs.get(LIST).content.decode()
    assert not answers.pass_on(enquiry=enquiry, team="clubs", staff=1)


def test_each_look_is_on_record() -> None:
    enquiry = asked()
    of_team("Web Sales").get(page_of(enquiry))
    look = Look.objects.get(about=enquiry.matter)
    assert (look.subject, look.role, look.why) == (
        enquiry.email_hash,
        "Web Sales",
        "enquiry",
    )


def test_who_may_only_look_finds_no_button() -> None:
    enquiry = asked()
    client = of_team("Web Sales")
    role = Group.objects.get(name="Web Sales")
    role.permissions.set(role.permissions.filter(codename="view_enquiry"))
    page = client.get(page_of(enquiry)).content.decode()
    assert 'value="answer"' not in page
    path = reverse("admin:members_enquiry_act", args=[enquiry.pk])
    assert client.post(path, {"act": "close"}).status_code == 403


# --- requests about data --------------------------------------------------------------
REQUESTS = "/admin/members/datarequest/"
INTAKE = {
    "kind": "deactivate",
    "channel": "telephone",
    "email": MAIL,
    "full_name": "Quill Marrow",
    "words": "Close my account for now.",
}


def taken(client: Client, **changes: str) -> tuple[DataRequest, str]:
    response = client.post(f"{REQUESTS}add/", {**INTAKE, **changes})
    assert response.status_code == 302, response.content.decode()
    return DataRequest.objects.latest("pk"), response["Location"]


def step(client: Client, path: str, **given: str) -> str:
    response = client.post(path.replace("change/", "act/"), given)
    assert response["Location"] == path
    return client.get(path).content.decode()


def test_a_telephone_call_is_taken_in_and_carried_out() -> None:
    member = Member.objects.create_user(MAIL)
    client = of_team("Privacy")
    request, path = taken(client)
    page = client.get(path).content.decode()
    assert "not proved" in page
    assert 'value="carry-out"' not in page
    assert "First it must be proved" in step(client, path, act="carry-out")
    assert "for proof of identity" in step(client, path, act="ask-identity")
    step(client, path, act="prove", why="order-details")
    assert "Found" in step(client, path, act="search")
    assert "to be told more" in step(client, path, act="pause")
    step(client, path, act="resume")
    step(client, path, act="extend", why="complex")
    assert "Choose one" in step(client, path, act="extend", why="because")
    assert "Choose one" in step(client, path, act="burn")
    assert "Done." in step(client, path, act="carry-out")
    member.refresh_from_db()
    assert not member.is_active
    request.refresh_from_db()
    assert request.outcome == "done"
    assert Look.objects.filter(about=request.matter, why="request").exists()


def test_the_queue_is_sorted_by_the_day_and_late_ones_stand_out() -> None:
    client = of_team("Privacy")
    with time_machine.travel("2026-01-12 12:00Z", tick=False):
        sign_in(client, Member.objects.get(email="privacy@staff.example"))
        first, _ = taken(client)
    with time_machine.travel("2026-02-20 12:00Z", tick=False):
        sign_in(client, Member.objects.get(email="privacy@staff.example"))
        second, _ = taken(client)
        waiting, path = taken(client)
        step(client, path, act="ask-identity")
        refused, path = taken(client)
        step(client, path, act="refuse", why="unfounded")
        withdrawn, path = taken(client)
        step(client, path, act="withdraw")
        page = client.get(REQUESTS).content.decode()
        settled = client.get(f"{REQUESTS}?settled=1").content.decode()
    places = [page.index(one.reference) for one in (first, second, waiting)]
    assert places == sorted(places)
    assert "LATE by 8 days" in page
    assert MAIL not in page
    assert refused.reference not in page
    assert refused.reference in settled
    assert withdrawn.reference in settled


def test_the_intake_says_what_is_wrong() -> None:
    client = of_team("Privacy")
    page = client.post(f"{REQUESTS}add/", {**INTAKE, "email": "quill", "words": ""})
    assert "Enter an email address" in page.content.decode()
    assert "Write it down" in page.content.decode()
    assert not DataRequest.objects.exists()


def test_only_privacy_takes_requests() -> None:
    _, path = taken(of_team("Privacy"))
    other = of_team("Web Sales")
    assert other.get(REQUESTS).status_code == 403
    assert other.get(f"{REQUESTS}add/").status_code == 403
    assert other.get(path).status_code == 403
    assert other.post(path.replace("change/", "act/")).status_code == 403
