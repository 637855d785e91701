"""Campaigns: who writes, looks and approves, and that approved words stand (P18)."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from members.models import Member
from newsletter import proofs
from newsletter.actions import campaigns
from newsletter.models import Campaign, Message
from tests.builders import product
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST = "/admin/newsletter/campaign/"
ADD = f"{LIST}add/"
PREVIEW = f"{LIST}preview/"
PASSWORD = "a long enough password"


def colleague(name: str, *, group: str = "Newsletter") -> Member:
    made = Member.objects.create_user(
        f"{name}@jessops.example", PASSWORD, is_staff=True
    )
    if group:
        made.groups.add(Group.objects.get(name=group))
    return made


@pytest.fixture
def writer() -> Member:
    return colleague("writer")


@pytest.fixture
def desk(writer: Member) -> Client:
    client = Client()
    sign_in(client, writer)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "message_class": "newsletter",
        "title": "November",
        "subject": "What is new, {{ name }}",
        "body": "# Hello {{ name }}\r\n\r\n[Cameras](/help/)",
        **changes,
    }


def draft(by: int = 1, **changes: Any) -> Campaign:
    words = campaigns.Words(**typed(**{"body": "# Hello\n\nWords.", **changes}))
    return campaigns.begin(words=words, by=by)


def approved(**changes: Any) -> Campaign:
    return campaigns.approve(campaign=draft(**changes), edition=1, by=2)


def act(desk: Client, row: Campaign, what: str, edition: int = 1) -> Any:
    return desk.post(
        f"{LIST}{row.pk}/act/", {"act": what, "edition": edition}, follow=True
    )


# --- the life of a letter at the desk -------------------------------------------------
def test_a_letter_is_written_tested_approved_changed_and_copied(
    desk: Client, writer: Member
) -> None:
    assert desk.get(ADD).status_code == 200
    assert desk.post(ADD, typed(body="# Hi {{ name }}")).status_code == 302
    row = Campaign.objects.get()
    assert (row.state, row.written_by) == ("draft", writer.pk)
    page = f"{LIST}{row.pk}/change/"
    shown = desk.get(page).content.decode()
    assert "Approve these words" in shown
    assert "Before it can be approved" not in shown
    act(desk, row, "test")
    act(desk, row, "test")
    test = Message.objects.get()
    test.open_all()
    assert (test.to, test.about) == (writer.email, f"campaign-test:{row.pk}")
    assert test.subject == "Test: What is new, reader"
    act(desk, row, "approve")
    row.refresh_from_db()
    assert (row.state, row.approved_by) == ("approved", writer.pk)
    assert row.is_as_approved
    assert desk.post(page, typed(body="Other.", edition=1)).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.approved_by, row.edition) == ("draft", None, 2)
    act(desk, row, "copy")
    twin = Campaign.objects.exclude(pk=row.pk).get()
    assert (twin.body, twin.state, twin.edition) == ("Other.", "draft", 1)
    assert LogEntry.objects.filter(change_message__contains="Approved").count() == 1


def test_who_opened_an_old_edition_is_told_and_overwrites_nothing(
    desk: Client,
) -> None:
    row = draft()
    page = f"{LIST}{row.pk}/change/"
    assert desk.post(page, typed(body="First.", edition=1)).status_code == 302
    late = desk.post(page, typed(body="Second.", edition=1))
    assert campaigns.CHANGED in late.content.decode()
    said = act(desk, row, "approve", edition=1).content.decode()
    assert campaigns.CHANGED in said
    row.refresh_from_db()
    assert (row.body, row.state) == ("First.", "draft")


def test_another_name_among_ourselves_keeps_the_approval() -> None:
    row = approved()
    words = campaigns.Words(**typed(body=row.body, title="Other name"))
    done = campaigns.write(campaign=row, words=words, edition=1, by=3)
    assert (done.state, done.edition, done.written_by) == ("approved", 2, 1)


def test_what_is_on_its_way_is_only_looked_at(desk: Client) -> None:
    row = approved()
    Campaign.objects.filter(pk=row.pk).update(
        state="scheduled", starts_at=timezone.now()
    )
    page = f"{LIST}{row.pk}/change/"
    assert desk.post(page, typed(body="Other.", edition=1)).status_code == 403
    assert "its words stand" in act(desk, row, "approve").content.decode()
    assert act(desk, row, "take-back").status_code == 200
    row.refresh_from_db()
    assert (row.state, row.body) == ("scheduled", "# Hello\n\nWords.")
    assert act(desk, row, "copy").status_code == 200


def test_only_the_role_gets_in_and_each_move_has_its_right(writer: Member) -> None:
    row = draft()
    stranger = Client()
    sign_in(stranger, colleague("packer", group=""))
    for path in (LIST, ADD, f"{LIST}{row.pk}/change/"):
        assert stranger.get(path).status_code == 403
    assert stranger.post(PREVIEW, typed()).status_code == 403
    for what in ("approve", "take-back", "test", "copy"):
        assert act(stranger, row, what).status_code == 403
    assert Client().get(LIST).status_code == 302
    assert Client().post(PREVIEW, typed()).status_code == 302
    row.refresh_from_db()
    assert row.state == "draft"
    assert not Message.objects.exists()


def test_an_unknown_move_or_letter_answers_404(desk: Client) -> None:
    row = draft()
    assert act(desk, row, "burn").status_code == 404
    assert desk.get(f"{LIST}{row.pk}/act/").status_code == 405
    assert desk.post(f"{LIST}999999/act/", {"act": "copy"}).status_code == 404
    assert desk.post(PREVIEW, typed(message_class="order")).status_code == 404


def test_the_list_asks_few_questions(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        draft()
    with django_assert_max_num_queries(12):
        desk.get(LIST)


# --- service announcements: two people (P46) ------------------------------------------
def test_an_announcement_needs_a_reason_and_another_person(
    desk: Client, writer: Member
) -> None:
    words = typed(message_class="service", subject="We are shut", body="We are shut.")
    assert "needs one of these reasons" in desk.post(ADD, words).content.decode()
    second = colleague("second")
    assert desk.post(ADD, {**words, "reason": "maintenance"}).status_code == 302
    row = Campaign.objects.get()
    assert "somebody else" in act(desk, row, "approve").content.decode().lower()
    row.refresh_from_db()
    assert row.state == "draft"
    other = Client()
    sign_in(other, second)
    act(other, row, "approve")
    row.refresh_from_db()
    assert (row.state, row.approved_by) == ("approved", second.pk)


# --- the look before it is sent -------------------------------------------------------
def test_the_look_is_closed_in_and_stores_nothing(desk: Client) -> None:
    found = desk.post(PREVIEW, typed(body="# Hello\r\n\r\n- one"))
    policy = found["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert found["X-Frame-Options"] == "SAMEORIGIN"
    assert "Hello</h1>" in found.content.decode()
    assert "@media not all" in found.content.decode()
    dark = desk.post(PREVIEW, typed(look="dark")).content.decode()
    assert "@media all" in dark
    text = desk.post(PREVIEW, typed(part="text", body="<b>x</b>")).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert not Campaign.objects.exists()
    page = desk.get(ADD)
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "<script>" not in page.content.decode()


# --- what stands against a letter -----------------------------------------------------
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{{ email }}", "no field {{ email }}"),
        ("[x]({{name}})", "cannot stand in a link"),
        ("![a](https://x.example/a.png)", "no pictures"),
        ("<b>Bold</b>", "HTML is shown"),
        ("[[product NO-SUCH]]", "no product NO-SUCH on sale"),
        ("[[poem A1]]", "no block of the kind poem"),
        ("See [[product A1]] there", "a line of its own"),
        ('[a](/help/ "button") [b](/help/ "button")', "one yellow button"),
        ("[x](http://other.example/)", "must begin with https"),
        ("[x](https://10.0.0.1/)", "does not name a site"),
        ("[x](https://a:b@other.example/)", "does not name a site"),
        ("[x](https://other.example/?utm_source=us)", "tells readers apart"),
        ("[x](https://other.example/?a=1&FBCLID=2)", "tells readers apart"),
        ("[x](/no-such-page/)", "answers 404"),
        ("[x](/product/no-such-thing/)", "answers 404"),
        ("[x](/admin/)", "not a page for readers"),
        (f"[x](/orders/{'x' * 32}/)", "of one person"),
        (f"[x](/%6Frders/{'x' * 32}/data/)", "of one person"),
        ("[x](/privacy/choice/abc/)", "of one person"),
        ("[x](/enquiries/abc/)", "of one person"),
        ("[x](other.example)", "must begin with https"),
    ],
)
def test_a_fault_is_told_and_keeps_a_letter_a_draft(body: str, said: str) -> None:
    row = draft(body=body)
    assert any(said in fault for fault in proofs.faults(row)), proofs.faults(row)
    with pytest.raises(campaigns.NotFit):
        campaigns.approve(campaign=row, edition=1, by=2)
    row.refresh_from_db()
    assert row.state == "draft"


def test_all_that_is_wrong_with_a_link_is_told_at_once() -> None:
    typed = "http://10.0.0.1/?utm_source=a&gclid=b&utm_source=c"
    assert proofs.faults_of_links(f"[x]({typed})") == [
        f"{typed} has what tells readers apart: utm_source, gclid.",
        f"{typed} must begin with https, or with / for a page of ours.",
        f"{typed} does not name a site.",
    ]


def test_a_letter_without_faults_has_none() -> None:
    one = product()
    body = (
        f"Hello {{{{ name }}}}.\n\n[[product {one.sku}]]\n\n"
        f"[It]({one.get_absolute_url()}), [home](/), [privacy](/privacy/),"
        " [escaped](/%70rivacy/), [them](https://other.example/page?id=3),"
        " [us](mailto:us@jessops.example)."
    )
    assert proofs.faults(draft(body=body)) == []


# --- what the database says -----------------------------------------------------------
WORDS = ("message_class", "subject", "body")


@pytest.mark.parametrize("column", WORDS)
def test_the_database_lets_nobody_change_approved_words(column: str) -> None:
    row = approved()
    rows = Campaign.objects.filter(pk=row.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**{column: "news"})
    rows.update(state="scheduled", starts_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**{column: "news"}, approved_at=timezone.now(), approved_sha256="x")
    rows.update(state="sending")
    assert Campaign.objects.get().is_as_approved


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "approved"},
        {"state": "scheduled", "starts_at": timezone.now()},
        {"approved_by": 2},
        {"approved_at": timezone.now(), "approved_by": 2, "approved_sha256": "x"},
        {"state": "cancelled"},
        {"ended_at": timezone.now()},
        {"reason": "fault"},
        {"per_minute": 0},
        {"per_minute": 6001},
    ],
)
def test_a_row_that_makes_no_sense_is_refused(broken: dict[str, Any]) -> None:
    row = draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=row.pk).update(**broken)
