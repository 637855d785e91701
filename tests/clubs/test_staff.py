"""The Clubs Administrator edits clubs and nothing else (P25, H7)."""

import io
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clubs.actions import clubs, contacts, importing, submissions
from clubs.models import Club, ClubEvent, ContactDetail, Submission
from members.models import Member
from newsletter.models import Message
from tests.clubs.cast import WREN, club, contact
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

ROLE = "Clubs Administrator"


@pytest.fixture
def administrator() -> Client:
    # A flush between other tests takes the role away; the migration makes it again.
    import_module("clubs.migrations.0003_administrator").make_role(apps, None)
    member = Member.objects.create_user("clubs@staff.example", is_staff=True)
    member.groups.set(apps.get_model("auth", "Group").objects.filter(name=ROLE))
    client = Client()
    sign_in(client, member)
    return client


def form_of(club: Club) -> dict[str, str]:
    """An entry as the admin's page sends it, without a contact."""
    return {
        "name": club.name,
        "slug": club.slug,
        "place": club.place,
        "county": club.county,
        "outcode": club.outcode,
        "postcode": "",
        "venue": club.venue,
        "weekday": str(club.weekday),
        "weeks": club.weeks,
        "alternate_from": "",
        "starts_at": "19:30",
        "season_from": "",
        "season_to": "",
        "visitors_welcome": "on",
        "accessibility": "",
        "costs": "",
        "tags": "",
        "website": "",
        "programme": "",
        "details-TOTAL_FORMS": "0",
        "details-INITIAL_FORMS": "0",
    }


# --- H7: the role, on every screen and every button


def test_the_role_reaches_every_screen_of_clubs_and_none_other(
    administrator: Client,
) -> None:
    allowed: set[tuple[str, str]] = set()
    refused: set[tuple[str, str]] = set()
    for model in admin.site._registry:
        meta = model._meta
        base = f"admin:{meta.app_label}_{meta.model_name}"
        for name in ("changelist", "add"):
            status = administrator.get(reverse(f"{base}_{name}")).status_code
            (allowed if status == 200 else refused).add((meta.label, name))
            assert status in (200, 403), (meta.label, name, status)
    assert allowed == {
        ("clubs.Club", "changelist"),
        ("clubs.Club", "add"),
        ("clubs.Submission", "changelist"),
        ("clubs.ClubEvent", "changelist"),
    }
    assert len(refused) > 20
    index = administrator.get("/admin/").content.decode()
    apps_shown = set(re.findall(r'href="/admin/(\w+)/"', index))
    assert apps_shown == {"clubs"}


def test_the_roles_rights_are_about_clubs_alone(administrator: Client) -> None:
    member = Member.objects.get(email="clubs@staff.example")
    rights = member.get_all_permissions()
    assert rights
    assert {right.partition(".")[0] for right in rights} == {"clubs"}
    assert "clubs.change_clubevent" not in rights
    assert "clubs.delete_submission" not in rights


def test_other_staff_have_no_business_with_clubs() -> None:
    member = Member.objects.create_user("till@staff.example", is_staff=True)
    client = Client()
    sign_in(client, member)
    waiting = contacts.hide(club=club())
    assert client.get("/admin/clubs/club/").status_code == 403
    assert client.get("/admin/clubs/club/import/").status_code == 403
    path = f"/admin/clubs/submission/{waiting.pk}/decide/"
    assert client.post(path, {"approve": "1"}).status_code == 403
    assert Client().post(path, {"approve": "1"}).status_code == 302  # to sign in
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


# --- entries


def test_an_entry_is_changed_placed_and_noted(administrator: Client) -> None:
    found = club()
    path = f"/admin/clubs/club/{found.pk}/change/"
    assert administrator.get(path).status_code == 200
    form = {**form_of(found), "venue": "Corn Store", "outcode": "le1"}
    assert administrator.post(path, form).status_code == 302
    found.refresh_from_db()
    assert (found.venue, found.outcode) == ("Corn Store", "LE1")
    assert 52 < found.latitude < 53
    event = ClubEvent.objects.get(code="changed")
    member = Member.objects.get(email="clubs@staff.example")
    assert event.by == f"staff:{member.pk}"
    assert {"venue", "outcode"} <= set(event.detail.split())
    assert "changed" in administrator.get(path).content.decode()


def test_a_new_entry_is_listed_and_has_an_address(administrator: Client) -> None:
    form = {**form_of(club()), "name": "Halation & Co", "slug": ""}
    assert administrator.post("/admin/clubs/club/add/", form).status_code == 302
    made = Club.objects.get(name="Halation & Co")
    assert made.published
    assert Client().get("/clubs/halation-co/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outcode", "ZZ9"),
        ("postcode", "SL7"),
        ("slug", "list-a-club"),
        ("weeks", "other"),
        ("season_from", "9"),
        ("website", "javascript:alert(1)"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    administrator: Client, field: str, value: str
) -> None:
    form = {**form_of(club()), "name": "New", "slug": "new-one", field: value}
    response = administrator.post("/admin/clubs/club/add/", form)
    assert response.status_code == 200
    assert b"errorlist" in response.content
    assert not Club.objects.filter(name="New").exists()


def test_a_detail_is_shown_only_with_the_day_it_was_agreed_on(
    administrator: Client,
) -> None:
    found = club()
    path = f"/admin/clubs/club/{found.pk}/change/"
    detail = {
        **form_of(found),
        "details-TOTAL_FORMS": "1",
        "details-0-club": str(found.pk),
        "details-0-kind": "name",
        "details-0-value": WREN["name"],
        "details-0-published": "on",
        "details-0-source": "club",
        "details-0-agreed_on": "",
    }
    assert administrator.post(path, detail).status_code == 200
    assert not ContactDetail.objects.exists()
    detail["details-0-agreed_on"] = "2026-11-01"
    assert administrator.post(path, detail).status_code == 302
    assert WREN["name"] in Client().get(found.get_absolute_url()).content.decode()
    assert found.contact


def test_admins_own_log_names_nobody(administrator: Client) -> None:
    found = club()
    contact(found, "name")
    detail = found.details.get(kind="name")
    path = f"/admin/clubs/club/{found.pk}/change/"
    form = {
        **form_of(found),
        "details-TOTAL_FORMS": "1",
        "details-INITIAL_FORMS": "1",
        "details-0-id": str(detail.pk),
        "details-0-club": str(found.pk),
        "details-0-DELETE": "on",
        "details-0-kind": "name",
        "details-0-value": WREN["name"],
        "details-0-source": "contact",
    }
    assert administrator.post(path, form).status_code == 302
    assert not found.details.filter(kind="name").exists()
    log = " ".join(
        f"{e.object_repr} {e.change_message}" for e in LogEntry.objects.all()
    )
    assert "contact of club" in log
    assert WREN["name"] not in log


def test_deleting_a_club_forgets_its_contact(administrator: Client) -> None:
    found = club()
    contact(found)
    contacts.ask_link(club=found, email=WREN["email"])
    contacts.answer_links()
    data = {"post": "yes"}
    path = f"/admin/clubs/club/{found.pk}/delete/"
    assert administrator.post(path, data).status_code == 302
    assert not Club.objects.exists()
    assert Message.objects.get().to == ""


def test_clubs_are_taken_off_and_put_back_on(administrator: Client) -> None:
    found = club()
    contact(found, "name")
    for action, status in (("take_off_the_list", 404), ("put_on_the_list", 200)):
        administrator.post(
            "/admin/clubs/club/",
            {"action": action, "_selected_action": [str(found.pk)]},
        )
        assert Client().get(found.get_absolute_url()).status_code == status
    # Back on the list, but nothing of the contact before they agree again.
    assert not found.details.filter(published=True).exists()
    assert found.details.count() == 4


def test_two_entries_of_one_club_become_one(administrator: Client) -> None:
    kept = club(name="Halation Circle")
    double = club(name="Halation Photo Circle", costs="£5 a night")
    contact(double, "name")
    chosen = {"action": "merge", "_selected_action": [str(kept.pk), str(double.pk)]}
    asked = administrator.post("/admin/clubs/club/", chosen)
    assert b"Which entry is to stay" in asked.content
    assert Club.objects.listed().count() == 2
    administrator.post("/admin/clubs/club/", {**chosen, "keep": str(kept.pk)})
    response = Client().get(double.get_absolute_url())
    assert (response.status_code, response["Location"]) == (
        302,
        kept.get_absolute_url(),
    )
    page = Client().get(kept.get_absolute_url()).content.decode()
    assert "£5 a night" in page
    assert WREN["name"] in page
    assert list(Club.objects.listed()) == [kept]
    with pytest.raises(clubs.ClubError):
        clubs.merge(keep=kept, others=[Club.objects.get(pk=double.pk)], by="staff:1")


def test_the_flag_of_bounced_mail_can_be_filtered(administrator: Client) -> None:
    bad, good = club(name="Bounced Club"), club(name="Reached Club")
    contact(bad)
    contact(good)
    bad.contact.bounced_at = bad.created_at
    bad.contact.save(update_fields=["bounced_at"])
    page = administrator.get("/admin/clubs/club/?bounced=yes").content.decode()
    assert "Bounced Club" in page
    assert "Reached Club" not in page


# --- the queue


def test_the_queue_shows_the_difference_and_has_two_buttons(
    administrator: Client,
) -> None:
    found = club()
    contact(found, "name")
    waiting = submissions.propose_change(
        club=found,
        facts={"venue": "<b>Corn</b>", "weekday": 4},
        details={"name": (WREN["name"], True)},
    )
    assert waiting
    page = administrator.get(f"/admin/clubs/submission/{waiting.pk}/change/")
    text = page.content.decode()
    assert "<del>The Reading Room</del>" in text
    assert "<ins>&lt;b&gt;Corn&lt;/b&gt;</ins>" in text
    assert "<ins>Friday</ins>" in text
    assert f"<del>{WREN['email']} (not shown)</del>" in text
    decide = f"/admin/clubs/submission/{waiting.pk}/decide/"
    assert decide in text
    assert administrator.get(decide).status_code == 405
    administrator.post(decide, {"approve": "1"})
    found.refresh_from_db()
    assert (found.venue, found.weekday) == ("<b>Corn</b>", 4)
    assert list(found.details.values_list("kind")) == [("name",)]
    again = administrator.post(decide, {"refuse": "1"}, follow=True)
    assert b"Somebody has decided already" in again.content
    assert b"decide" not in administrator.get(page.request["PATH_INFO"]).content


def test_what_cannot_be_done_stays_in_the_queue(administrator: Client) -> None:
    waiting = Submission.objects.create(
        kind="new", facts={"name": "X", "place": "Y", "outcode": "ZZ9"}
    )
    path = f"/admin/clubs/submission/{waiting.pk}/decide/"
    answer = administrator.post(path, {"approve": "1"}, follow=True)
    assert b"It cannot be done" in answer.content
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


# --- a file of clubs

HEADER = "name,place,county,postcode,venue,day,starts"
LINE = "Halation Circle,Holt,norfolk,NR25 6AA,Corn Store,Tuesday,19:30"


def take(text: str, **options: Any) -> importing.Result:
    return importing.run(io.StringIO(text), by="import", **options)


def test_a_file_goes_in_once() -> None:
    first = take(f"{HEADER}\n{LINE}\n")
    assert (first.new, first.complaints) == (1, [])
    second = take(f"{HEADER}\n{LINE}\n")
    assert (second.new, second.changed, second.same) == (0, 0, 1)
    changed = take(f"{HEADER},costs\n{LINE.replace('19:30', '20:00')},£5\n")
    assert changed.changed == 1
    found = Club.objects.get()
    assert (found.county, found.costs) == ("Norfolk", "£5")


def test_a_dry_run_changes_nothing() -> None:
    assert take(f"{HEADER}\n{LINE}\n", dry=True).new == 1
    assert not Club.objects.exists()


def test_a_line_like_a_club_that_is_there_is_not_taken_for_another() -> None:
    take(f"{HEADER}\n{LINE}\n")
    alike = LINE.replace("Halation Circle", "Halation Photo Circle")
    result = take(f"{HEADER}\n{alike}\n")
    assert result.complaints == [
        "line 2: looks like halation-circle: put its slug in, or one of its own"
    ]
    same = take(f"{HEADER},slug\n{alike},halation-circle\n")
    assert same.changed == 1
    assert Club.objects.get().name == "Halation Photo Circle"
    other = take(f"{HEADER},slug\n{LINE.replace('Circle', 'Circles')},another\n")
    assert other.new == 1


def test_bad_lines_are_named_and_good_ones_go_in() -> None:
    bad = [
        ",Holt,Norfolk,NR25,Hall,Monday,19:30",
        "A,Holt,Norfolk,ZZ9,Hall,Someday,late",
        "B,Holt,Norfolk,NR25,Hall,Monday",
    ]
    result = take("\n".join([HEADER, *bad, LINE]))
    assert result.new == 1
    assert result.complaints == [
        "line 2: name is empty",
        "line 3: postcode: 'ZZ9' is none; day: 'Someday' is none",
        "line 4: has more or fewer fields than the first line",
    ]


def test_contacts_from_a_file_are_unseen_and_told() -> None:
    columns = "contact_name,contact_email"
    take(f"{HEADER},{columns}\n{LINE},Gwen Sallowby,gwen@sallowby.example\n")
    found = Club.objects.get()
    assert not found.details.filter(published=True).exists()
    assert set(found.details.values_list("source", flat=True)) == {"list"}
    assert "Gwen" not in Client().get(found.get_absolute_url()).content.decode()
    assert contacts.tell() == 1
    assert Message.objects.get().to == "gwen@sallowby.example"
    # What a contact told us themselves, no file overwrites.
    found.details.update(source="contact")
    take(f"{HEADER},{columns}\n{LINE},Somebody Else,else@sallowby.example\n")
    assert found.details.get(kind="name").value == "Gwen Sallowby"


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "clubs.csv"
    path.write_text(f"{HEADER}\n{LINE}\nx\n")
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("import_clubs", path, stdout=out, stderr=err)
    assert end.value.code == 1
    assert out.getvalue().startswith("1 clubs were added")
    assert err.getvalue().startswith("line 3: ")
    path.write_text("born,name\n")
    with pytest.raises(CommandError, match="no column place"):
        call_command("import_clubs", path)


def test_the_administrator_takes_in_a_file_by_a_page(administrator: Client) -> None:
    path = "/admin/clubs/club/import/"
    assert b"postcode" in administrator.get(path).content
    for text, said in (
        (f"{HEADER}\n{LINE}\nx\n".encode(), b"1 added, 0 changed, 0 as they were, 1"),
        (b"\xff\xfe", b"not UTF-8"),
        (b"born\n", b"no column"),
    ):
        file = SimpleUploadedFile("clubs.csv", text, "text/csv")
        assert said in administrator.post(path, {"file": file}).content
    assert Club.objects.count() == 1
