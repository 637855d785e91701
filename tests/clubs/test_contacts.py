"""A club's contact is in control of what is shown of them (P23, P24, C15)."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from clubs import emails, links
from clubs.actions import clubs, contacts, submissions
from clubs.models import (
    Club,
    ClubContact,
    ClubEvent,
    ClubLinkRequest,
    ContactDetail,
    Submission,
)
from clubs.tasks import look_after_contacts, send_links
from newsletter.models import Message
from privacy import retention
from tests.clubs.cast import WREN, club, contact
from tests.promises.test_harness_canaries import read_columns

pytestmark = pytest.mark.django_db

START = "2026-11-22T12:00:00Z"
# A club as the form sends it.
ENTRY = {
    "club": "Contact Sheet Club",
    "place": "Marlow",
    "region": "buckinghamshire",
    "meets_at": "sl7 1ey",
    "venue": "Reading Room, Mill Lane",
    "weekday": "1",
    "weeks": "every",
    "starts_at": "19:30",
    "season_from": "9",
    "season_to": "5",
    "visitors_welcome": "on",
    "tags": "Outings, Film and darkroom",
    "website": "https://contact-sheet.example/?from=jessops",
    "name": WREN["name"],
    "email": WREN["email"],
    "show_name": "on",
    "act": "change",
}


def mine(*shown: str) -> Club:
    found = club()
    contact(found, *(shown or ("name", "email")))
    return found


def link(found: Club, email: str = WREN["email"]) -> str:
    return links.for_contact(found, email)


def page(client: Client, found: Club) -> str:
    response = client.get(found.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def entry(found: Club) -> dict[str, str]:
    """The form as the entry's page fills it in for the contact."""
    text = Client().get(link(found)).content.decode()
    sent = {"act": "change"}
    for tag in re.findall(r"<input[^>]*>", text):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        box = given.get("type") == "checkbox"
        if "name" in given and (not box or " checked" in tag):
            sent[given["name"]] = "on" if box else given.get("value", "")
    for name, body in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', text, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        sent[name] = chosen[1] if chosen else ""
    sent["programme"] = found.programme
    return {k: v.replace("&#x27;", "'") for k, v in sent.items() if k != "q"}


# --- the link


def test_the_link_goes_to_the_contact_and_to_nobody_else(client: Client) -> None:
    found = mine()
    path = f"{found.get_absolute_url()}change/"
    answers = [
        client.post(path, {"email": email}).content.decode()
        for email in ("WREN@hazel.example", "stranger@elsewhere.example")
    ]
    assert answers[0] == answers[1]
    assert "Look in your email" in answers[0]
    assert ClubLinkRequest.objects.count() == 2
    assert contacts.answer_links() == 2
    assert not ClubLinkRequest.objects.exists()
    message = Message.objects.get()
    assert message.to == WREN["email"]
    found_link = re.search(r"http://localhost:8000(/clubs/\S+)", message.text)
    assert found_link
    assert client.get(found_link[1]).status_code == 200
    # nothing that names the person is in the address
    assert "wren" not in found_link[1]


def test_asking_twice_in_ten_minutes_mails_once() -> None:
    found = mine()
    for _ in range(3):
        contacts.ask_link(club=found, email=WREN["email"])
        send_links()
    assert Message.objects.count() == 1


@pytest.mark.parametrize("email", ["", "wren", "a@b\nBcc: x@y.example", "x" * 300])
def test_what_is_no_address_is_asked_for_again(client: Client, email: str) -> None:
    for path in (f"{mine().get_absolute_url()}change/", "/clubs/list-a-club/"):
        response = client.post(path, {"email": email})
        assert "There is 1 thing to fix" in response.content.decode()
    assert not Message.objects.exists()
    assert not ClubLinkRequest.objects.exists()


def test_a_link_opens_its_own_entry_only(client: Client) -> None:
    first, second = mine(), mine()
    token = link(first).split("/")[-2]
    assert client.get(f"{second.get_absolute_url()}change/{token}/").status_code == 404
    assert (
        client.get(f"{first.get_absolute_url()}change/{token[:-1]}x/").status_code
        == 404
    )
    other = signing.dumps([first.pk, token], salt="something.else")
    assert client.get(f"{first.get_absolute_url()}change/{other}/").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=801)):
        assert client.get(link(first)).status_code == 200
        assert (
            client.get(f"{first.get_absolute_url()}change/{token}/").status_code == 404
        )


def test_looking_at_the_link_changes_nothing(client: Client) -> None:
    found = mine()
    response = client.get(link(found))
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in response["Cache-Control"]
    assert WREN["telephone"] in response.content.decode()
    assert found.details.filter(published=True).count() == 2
    assert not Submission.objects.exists()


def test_another_site_cannot_press_the_button(client: Client) -> None:
    found = mine()
    response = client.post(
        link(found), {"act": "remove"}, headers={"Origin": "https://evil.example"}
    )
    assert response.status_code == 403
    assert WREN["name"] in page(client, found)


# --- leaving


def test_removal_is_one_post_and_the_next_page_lacks_the_name(client: Client) -> None:
    found = mine("name", "email", "telephone", "address")
    assert all(value in page(client, found) for value in WREN.values())
    response = client.post(link(found), {"act": "remove"})
    assert response.status_code == 303
    after = page(client, found)
    assert not any(value in after for value in WREN.values())
    assert "contact is not shown here" in after
    waiting = Submission.objects.get()
    assert (waiting.kind, waiting.state) == ("remove", "waiting")
    client.post(link(found), {"act": "remove"})
    assert Submission.objects.count() == 1


CACHED = [
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
]


def cache_pages(settings: Settings) -> None:
    settings.MIDDLEWARE = [CACHED[0], *settings.MIDDLEWARE, CACHED[1]]
    settings.CACHE_MIDDLEWARE_SECONDS = 600


def test_removal_is_seen_at_once_also_through_a_page_cache(
    client: Client, settings: Settings
) -> None:
    cache_pages(settings)
    found = mine()
    assert WREN["name"] in page(client, found)
    assert WREN["name"] in page(client, found)
    client.post(link(found), {"act": "remove"})
    assert WREN["name"] not in page(client, found)
    client.post(link(found), {"act": "unlist"})
    assert client.get(found.get_absolute_url()).status_code == 404
    assert found.name not in client.get("/clubs/").content.decode()


def test_without_its_header_a_page_cache_would_keep_the_name(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the cache is on, and it is the header that keeps pages out of it."""
    cache_pages(settings)
    monkeypatch.setattr("clubs.views.clubs._fresh", lambda response: response)
    found = mine()
    assert WREN["name"] in page(client, found)
    client.post(link(found), {"act": "remove"})
    assert WREN["name"] in page(client, found)
    cache.clear()
    assert WREN["name"] not in page(client, found)


def test_the_whole_club_goes_too_where_that_is_asked(client: Client) -> None:
    found = mine()
    client.post(link(found), {"act": "unlist"})
    assert client.get(found.get_absolute_url()).status_code == 404
    found.refresh_from_db()
    assert found.unlisted_why == "asked"


def test_after_the_review_nothing_is_left_of_the_person(client: Client) -> None:
    """H4 for an erased contact: every column of every table."""
    found = mine("name", "email")
    client.post(f"{found.get_absolute_url()}change/", {"email": WREN["email"]})
    contacts.answer_links()
    emails.still_you(found, WREN["email"], on=timezone.now().date())
    Message.objects.update(state="sent", settled_at=timezone.now())
    emails.link(found, WREN["email"])  # one that still waits
    client.post(link(found), {**entry(found), "telephone": "01632 960999"})
    client.post(link(found), {"act": "remove"})
    marks = [*WREN.values(), "wren", "hazel", "960999"]

    def holding() -> set[str]:
        return {
            column
            for column, text in read_columns().items()
            if any(mark.lower() in text.lower() for mark in marks)
        }

    # The control: before, they are there to be found.
    assert "clubs_contactdetail.value" in holding()
    assert WREN["email"] in {message.to for message in Message.objects.all()}
    assert "clubs_submission.details" in holding()
    removal = Submission.objects.get(kind="remove")
    submissions.approve(submission=removal, by="staff:1")
    assert holding() == set()
    assert client.get(link(found)).status_code == 404
    assert page(client, found)


def test_unreviewed_it_goes_by_itself_after_thirty_days() -> None:
    with time_machine.travel(START, tick=False) as clock:
        found = mine()
        contacts.hide(club=found)
        clock.shift(timedelta(days=29))
        retention.clock("club-contacts").run()
        assert found.details.count() == 4
        clock.shift(timedelta(days=1))
        retention.clock("club-contacts").run()
        assert found.details.count() == 0


# --- changing


def test_what_is_no_longer_to_be_shown_is_hidden_before_any_review(
    client: Client,
) -> None:
    found = mine("name", "email")
    form = entry(found)
    del form["show_name"]
    client.post(link(found), form)
    after = page(client, found)
    assert WREN["name"] not in after
    assert WREN["email"] in after


def test_changes_wait_for_the_administrator(client: Client) -> None:
    found = mine()
    form = {**entry(found), "venue": "Corn Store", "show_telephone": "on"}
    response = client.post(link(found), form)
    assert response["Location"].endswith("?done=change")
    before = page(client, found)
    assert "Corn Store" not in before
    assert WREN["telephone"] not in before
    waiting = Submission.objects.get()
    assert submissions.differences(waiting) == [
        ("Meeting place", "The Reading Room", "Corn Store"),
        (
            "Contact: telephone number",
            "01632 960123 (not shown)",
            "01632 960123 (shown)",
        ),
    ]
    submissions.approve(submission=waiting, by="staff:1")
    after = page(client, found)
    assert "Corn Store" in after
    assert WREN["telephone"] in after
    detail = found.details.get(kind="telephone")
    assert detail.source == "contact"
    assert detail.agreed_on == timezone.now().date()
    waiting.refresh_from_db()
    assert (waiting.details, waiting.email) == ({}, "")


def test_a_refused_change_leaves_the_entry_as_it_was(client: Client) -> None:
    found = mine()
    client.post(link(found), {**entry(found), "venue": "Corn Store"})
    waiting = Submission.objects.get()
    submissions.refuse(submission=waiting, by="staff:1")
    assert "Corn Store" not in page(client, found)
    with pytest.raises(submissions.NotWaiting):
        submissions.approve(submission=waiting, by="staff:1")
    assert (
        Message.objects.exclude(message_class="staff").get().subject
        == "About your request"
    )


def test_nothing_new_makes_no_submission(client: Client) -> None:
    found = mine()
    response = client.post(link(found), entry(found))
    assert response["Location"].endswith("?done=same")
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("meets_at", "ZZ99"),
        ("weekday", "9"),
        ("starts_at", "evening"),
        ("website", "javascript:alert(1)"),
        ("weeks", "other"),
        ("season_to", ""),
        ("tags", "a,b,c,d,e,f,g"),
        ("email", "wren"),
        ("show_address", "on"),
    ],
)
def test_an_entry_that_cannot_be_is_asked_for_again(
    client: Client, field: str, value: str
) -> None:
    found = mine()
    form = {**entry(found), "season_from": "9", "season_to": "5", "address": ""}
    response = client.post(link(found), {**form, field: value})
    assert response.status_code == 200
    assert "to fix" in response.content.decode()
    assert not Submission.objects.exists()


def test_an_unknown_button_is_not_found(client: Client) -> None:
    assert client.post(link(mine()), {"act": "erase everything"}).status_code == 404


# --- a new club


def test_a_club_is_listed_by_mail_form_and_review(client: Client) -> None:
    client.post("/clubs/list-a-club/", {"email": WREN["email"]})
    message = Message.objects.get()
    assert message.to == WREN["email"]
    where = re.search(r"http://localhost:8000(/clubs/\S+)", message.text)
    assert where
    assert "Send to the Clubs Administrator" in client.get(where[1]).content.decode()
    assert not Submission.objects.exists()
    page = client.post(where[1], ENTRY).content.decode()
    assert "Thank you, we have it" in page
    assert "Contact Sheet Club" not in client.get("/clubs/").content.decode()
    waiting = Submission.objects.get()
    assert ("Name", "", "Contact Sheet Club") in submissions.differences(waiting)
    submissions.approve(submission=waiting, by="staff:1")
    found = Club.objects.get()
    assert found.county == "Buckinghamshire"
    assert found.website == "https://contact-sheet.example/"
    assert found.tags == ["Outings", "Film and darkroom"]
    shown = client.get(found.get_absolute_url()).content.decode()
    assert WREN["name"] in shown
    assert WREN["email"] not in shown
    [told] = [
        message
        for message in Message.objects.all()
        if message.subject == "Your club's entry is on our list"
    ]
    assert "/change/" in told.text


def test_the_form_is_only_for_the_address_that_the_link_went_to(
    client: Client,
) -> None:
    where = links.for_new("somebody@elsewhere.example")
    response = client.post(where, ENTRY)
    assert "Enter the address that the link was mailed to" in response.content.decode()
    assert not Submission.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert client.post(where, ENTRY).status_code == 404


def test_an_address_that_a_page_has_is_no_clubs(client: Client) -> None:
    assert clubs.free_slug("List a club", "Holt") == "list-a-club-holt"
    club(slug="halation-circle")
    assert clubs.free_slug("Halation Circle", "Holt") == "halation-circle-holt"


# --- what is due


def test_somebody_who_did_not_tell_us_is_told_once() -> None:
    found = mine()
    contacts.set_details(
        club=found,
        details={"name": ("Gwen Sallowby", True), "email": ("gwen@s.example", True)},
        source=ContactDetail.Source.OLD_LIST,
        agreed=False,
    )
    assert not found.details.filter(published=True).exists()
    look_after_contacts()
    look_after_contacts()
    message = Message.objects.get()
    assert message.message_class == "legal"
    for words in (
        *("Gwen Sallowby", "an older list of clubs", "Clubs Administrator"),
        *("Information Commissioner", "/change/", "consent"),
    ):
        assert words in re.sub(r"\s+", " ", message.text), words


def test_who_told_us_themselves_is_not_told_again() -> None:
    mine()
    assert contacts.tell() == 0
    assert not Message.objects.exists()


def test_once_a_year_we_ask_whether_it_is_still_right(client: Client) -> None:
    with time_machine.travel(START, tick=False) as clock:
        found = mine()
        look_after_contacts()
        assert not Message.objects.exists()
        clock.shift(timedelta(days=366))
        look_after_contacts()
        look_after_contacts()
        message = Message.objects.get()
        where = re.search(r"http://localhost:8000(/clubs/\S+/change/\S+)", message.text)
        assert where
        client.post(where[1], {"act": "confirm"})
        clock.shift(timedelta(days=364))
        look_after_contacts()
        assert Message.objects.count() == 1
        clock.shift(timedelta(days=3))
        look_after_contacts()
        assert Message.objects.count() == 2
        assert WREN["name"] in page(client, found)


def test_two_silent_years_take_the_entry_off_the_list(client: Client) -> None:
    with time_machine.travel(START, tick=False) as clock:
        found = mine()
        for asked in (1, 2):
            clock.shift(timedelta(days=366))
            look_after_contacts()
            assert Message.objects.count() == asked
            assert WREN["name"] in page(client, found)
        clock.shift(timedelta(days=364))
        look_after_contacts()
        assert WREN["name"] in page(client, found)
        clock.shift(timedelta(days=2))
        look_after_contacts()
        assert client.get(found.get_absolute_url()).status_code == 404
        found.refresh_from_db()
        assert found.unlisted_why == "silent"
        clock.shift(timedelta(days=31))
        retention.clock("club-contacts").run()
        assert not found.details.exists()


def test_a_mail_that_comes_back_flags_the_club() -> None:
    found = mine()
    emails.link(found, WREN["email"])
    Message.objects.update(state="failed", settled_at=timezone.now())
    assert contacts.note_bounces() == 1
    assert contacts.note_bounces() == 0
    assert ClubContact.objects.get().bounced_at
    assert ClubEvent.objects.filter(code="bounced", club=found.pk).count() == 1


# --- what the database holds to


@pytest.mark.parametrize(
    ("model", "name", "changes"),
    [
        (ContactDetail, "contact_detail_shown_by_agreement", {"agreed_on": None}),
        (ContactDetail, "contact_detail_not_blank", {"value": ""}),
        (ContactDetail, "contact_detail_leaves_unseen", {"leaving_at": timezone.now()}),
        (ClubContact, "club_contact_silent_when_asked", {"silent": 1}),
        (Club, "club_in_these_islands", {"latitude": 0.0}),
        (Club, "club_meets_on_a_day", {"weekday": 7}),
        (Club, "club_alternate_from_a_date", {"weeks": "other"}),
        (Club, "club_season_has_two_ends", {"season_from": 9}),
        (Club, "club_website_plain", {"website": "https://a.example/?b"}),
        (Club, "club_website_plain", {"website": "javascript:1"}),
        (Club, "club_listed_without_why_not", {"unlisted_why": "staff"}),
        (Submission, "submission_settled_by_somebody", {"state": "approved"}),
        (Submission, "submission_about_a_club", {"club": None}),
        (
            Submission,
            "submission_settled_is_blank",
            {"state": "refused", "settled_at": timezone.now(), "settled_by": "x"},
        ),
    ],
)
def test_the_database_refuses_what_may_not_be(
    model: type[Model], name: str, changes: dict[str, Any]
) -> None:
    found = mine("name", "email", "telephone", "address")
    Submission.objects.create(kind="change", club=found, email=WREN["email"])
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model._default_manager.update(**changes)


def test_one_detail_of_each_kind_and_no_club_within_itself() -> None:
    found = mine()
    with (
        pytest.raises(IntegrityError, match="contact_detail_once"),
        transaction.atomic(),
    ):
        ContactDetail.objects.create(
            club=found, kind="name", value="Another", source="club"
        )
    with (
        pytest.raises(IntegrityError, match="merged_is_unlisted"),
        transaction.atomic(),
    ):
        Club.objects.update(merged_into=found)
