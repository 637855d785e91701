"""Surveys and contests behind the pages: the builder, races, and whose an entry is."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jessops.lib import csv_guard
from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter import districts, entry_links
from newsletter.actions import contests, surveys
from newsletter.models import (
    Contest,
    Entry,
    Message,
    Question,
    SponsorLink,
    Survey,
    Tally,
)
from newsletter.tallies import of_many, of_one, release
from privacy import dossier, erasure, guard, people
from privacy.models import Look
from tests.concurrency.race import at_once
from tests.newsletter.contests_cast import (
    STREET,
    awarded,
    contest,
    enter,
    staff,
    survey,
)
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann Ashe", "email": "ann.ashe@example.co.uk", **STREET}


# --- the pages
def test_the_list_shows_what_is_open_and_what_is_over() -> None:
    assert "Nothing at present" in Client().get("/surveys/").text
    contest()
    survey(("yesno", "?", []), slug="old")
    Survey.objects.filter(slug="old").update(state="ended")
    Survey.objects.create(
        kind="survey", slug="draft", title="Unwritten", intro="x",
        opens_on=surveys.today(), closes_on=surveys.today(),
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        page = Client().get("/surveys/")
    found = [q for q in queries if "newsletter_survey" in q["sql"]]
    assert len(found) == 1
    open_, _, over = page.text.partition('id="over"')
    assert 'href="/surveys/win/"' in open_
    assert 'href="/surveys/old/"' in over
    assert "Unwritten" not in page.text
    assert Client().get("/surveys/draft/").status_code == 404
    assert Client().get("/surveys/nothing/").status_code == 404
    assert not page.cookies


def test_before_its_first_day_it_is_not_there() -> None:
    later = surveys.today() + timedelta(days=1)
    survey(("yesno", "?", []), opens_on=later)
    assert Client().get("/surveys/spring/").status_code == 404
    contest(opens_on=later)
    assert Client().post("/surveys/win/", ANN).status_code == 404
    with pytest.raises(surveys.Closed):
        surveys.answer(survey=Survey.objects.get(slug="spring"), answers={})


def test_what_no_form_of_ours_sends_is_refused() -> None:
    made = survey(("yesno", "?", []), ("many", "?", ["a", "b"]))
    other = survey(("yesno", "?", []), slug="other").questions.get()
    first, second = made.questions.all()
    for wrong in (
        {first.pk: ["Perhaps"]},
        {first.pk: ["Yes", "No"]},
        {second.pk: ["c"]},
        {other.pk: ["Yes"]},
    ):
        with pytest.raises(surveys.NotAnAnswer):
            surveys.answer(survey=made, answers=wrong)
    page = Client().post("/surveys/spring/", {first.field: "Perhaps"})
    assert page.status_code == 200
    assert "There is 1 thing to fix" in page.text
    assert all(set(row.counts.values()) == {0} for row in Tally.objects.all())


@pytest.mark.parametrize("missing", ["name", "email", "line1", "town", "postcode"])
def test_an_entry_that_cannot_be_sent_a_prize_is_asked_for_more(missing: str) -> None:
    contest()
    page = Client().post("/surveys/win/", {**ANN, missing: " "})
    assert page.status_code == 200
    assert f'href="#id_{missing}"' in page.text
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "a@b"), ("postcode", "12345"), ("name", "Ann\u202eAshe")],
)
def test_an_entry_that_is_none_is_refused(field: str, value: str) -> None:
    contest()
    assert Client().post("/surveys/win/", {**ANN, field: value}).status_code == 200
    assert not Entry.objects.exists()


def test_entering_twice_is_entering_once_and_looks_the_same() -> None:
    """R31: nobody learns who entered, and nobody turns a prize to another address."""
    contest()
    first = Client().post("/surveys/win/", ANN)
    again = {**ANN, "email": "Ann.Ashe@EXAMPLE.co.uk", "line1": "9 Elsewhere"}
    second = Client().post("/surveys/win/", {**again, "may_share": "on"})
    assert (first.status_code, first["Location"]) == (303, second["Location"])
    entry = Entry.objects.get()
    assert (entry.line1, entry.may_share) == (STREET["line1"], False)
    assert Message.objects.count() == 1
    assert "No" not in Message.objects.get().subject


def test_the_mail_names_the_sponsor_and_leads_to_the_entry() -> None:
    entry = enter(contest(), "Ann Ashe", may_share=True)
    message = Message.objects.get(key=f"contest_entered:{entry.pk}")
    for text in (message.text, message.html):
        assert entry_links.own(entry.pk) in text
        assert "Threeleg Ltd" in " ".join(text.split())
        assert "Ann Ashe" not in message.subject


def test_an_entrant_changes_both_answers_and_withdraws() -> None:
    entry = enter(contest(), "Ann Ashe")
    path = entry_links.own(entry.pk)
    for act, field, value in (
        ("share", "may_share", True),
        ("keep", "may_share", False),
        ("unname", "unnamed", True),
        ("name", "unnamed", False),
    ):
        assert Client().post(path, {"act": act})["Location"] == f"{path}?done={act}"
        entry.refresh_from_db()
        assert getattr(entry, field) is value
    assert Client().post(path, {"act": "win"}).status_code == 404
    assert Client().get(path).status_code == 200
    assert Entry.objects.count() == 1, "looking changes nothing"
    answer = Client().post(path, {"act": "withdraw"})
    assert not Entry.objects.exists()
    assert Client().get(answer["Location"]).status_code == 200
    assert Client().get(path).status_code == 404
    assert Client().post(path, {"act": "withdraw"}).status_code == 404
    with pytest.raises(ValueError, match="place"):
        contests.decide(entry=entry, place=True)


def test_winners_are_named_by_surname_and_county_unless_they_object() -> None:
    made = contest(places=3)
    ann, bob = enter(made, "Ann Ashe"), enter(made, "Bob Bray", unnamed=True)
    made = awarded(made)
    page = Client().get("/surveys/win/").text
    assert "Ashe, Berkshire" in page
    for hidden in ("Ann", "Bray", "Marlow", "SL7"):
        assert hidden not in page.partition("Who won")[2]
    assert "1 is not named here" in page
    contests.decide(entry=ann, unnamed=True)
    assert "Ashe" not in Client().get("/surveys/win/").text
    Entry.objects.filter(pk=bob.pk).update(unnamed=False)
    assert "Bray, Berkshire" in Client().get("/surveys/win/").text
    keys = set(Message.objects.values_list("key", flat=True))
    assert {f"contest_won:{ann.pk}", f"contest_won:{bob.pk}"} <= keys


# --- races
@pytest.mark.django_db(transaction=True)
def test_answers_at_once_are_all_counted() -> None:
    made = survey(("yesno", "?", []), ("one", "?", ["a", "b"]))
    first, second = made.questions.all()
    given = {first.pk: ["Yes"], second.pk: ["a"]}
    at_once(lambda _: surveys.answer(survey=made, answers=given), range(8))
    assert [row.counts for row in Tally.objects.order_by("pk")] == [
        {"Yes": 8, "No": 0, "": 0},
        {"a": 8, "b": 0, "": 0},
    ]


@pytest.mark.django_db(transaction=True)
def test_two_draws_at_once_are_one_and_who_enters_is_drawn_from_or_refused() -> None:
    made = contest(places=2)
    for who in ("Ann Ashe", "Bob Bray", "Cid Coe"):
        enter(made, who)
    by = staff()
    surveys.end(survey=made.survey, by=by)
    at_once(lambda _: contests.award(contest=made, by=by), range(4))
    places = Entry.objects.winners().values_list("place", flat=True)
    assert list(places) == [1, 2]
    assert Message.objects.filter(key__startswith="contest_won:").count() == 2
    with pytest.raises(surveys.Closed):
        enter(made, "Dee Day")
    assert not Entry.objects.filter(awarded_on=None).exists()


# --- staff
@pytest.fixture
def editor() -> Client:
    who = Member.objects.create_user("letters@staff.example", is_staff=True)
    who.groups.add(Group.objects.get(name="Newsletter"))
    client = Client()
    sign_in(client, who)
    return client


def page_of(**changes: Any) -> dict[str, Any]:
    today = surveys.today()
    return {
        "kind": "survey", "slug": "built", "title": "Built", "intro": "Why.",
        "opens_on": today, "closes_on": today, "threshold": 5, "leads_to": "",
    } | changes  # fmt: skip


def questions_of(*rows: tuple[str, str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "questions-TOTAL_FORMS": len(rows), "questions-INITIAL_FORMS": 0,
    }  # fmt: skip
    for n, (kind, words, options) in enumerate(rows):
        data |= {
            f"questions-{n}-position": n + 1,
            f"questions-{n}-kind": kind,
            f"questions-{n}-words": words,
            f"questions-{n}-options": options,
        }
    return data


def test_staff_build_publish_and_end_a_survey(editor: Client) -> None:
    answer = editor.post("/admin/newsletter/survey/add/", page_of())
    made = Survey.objects.get(slug="built")
    path = answer["Location"]
    assert path == f"/admin/newsletter/survey/{made.pk}/change/"
    assert editor.get(path).status_code == 200
    act = f"/admin/newsletter/survey/{made.pk}/act/"
    assert (
        "must ask something" in editor.post(act, {"act": "publish"}, follow=True).text
    )
    asked = questions_of(("one", "Which?", "Black\n Silver \n\nBlack"))
    assert editor.post(path, page_of() | asked).status_code == 302
    assert made.questions.get().options == ["Black", "Silver"]
    editor.post(act, {"act": "publish"})
    assert Client().get("/surveys/built/").status_code == 200
    page = editor.get(path).text
    assert 'name="_save"' not in page, "what is published is only looked at"
    assert editor.post(path, page_of(title="Other")).status_code == 403
    editor.post(act, {"act": "end"})
    editor.post(act, {"act": "end"})
    made.refresh_from_db()
    assert (made.state, made.title) == ("ended", "Built")
    assert "Too few answered" in editor.get(path).text
    words = LogEntry.objects.values_list("change_message", flat=True)
    assert [w for w in words if w in ("Published", "Ended")] == ["Ended", "Published"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("text", ""),
        ("one", "Only this"),
        ("yesno", "Yes\nNo"),
        ("many", "a\n*"),
        ("one", "\n".join(map(str, range(13)))),
    ],
)
def test_the_builder_refuses_other_fields(
    editor: Client, kind: str, options: str
) -> None:
    made = Survey.objects.create(**page_of(leads_to=None))
    path = f"/admin/newsletter/survey/{made.pk}/change/"
    page = editor.post(path, page_of() | questions_of((kind, "What?", options)))
    assert page.status_code == 200
    assert "errorlist" in page.text
    assert not Question.objects.exists()


def test_staff_hold_a_contest_from_its_sponsor_to_the_link(editor: Client) -> None:
    editor.post("/admin/newsletter/survey/add/", page_of(kind="contest", slug="win"))
    page = Survey.objects.get(slug="win")
    path = f"/admin/newsletter/survey/{page.pk}/"
    refused = editor.post(f"{path}act/", {"act": "publish"}, follow=True)
    assert "must name its sponsor" in refused.text
    sponsor = {
        "contest-TOTAL_FORMS": 1, "contest-INITIAL_FORMS": 0,
        "contest-0-sponsor": "Threeleg Ltd",
        "contest-0-sponsor_policy": "https://threeleg.example/privacy",
        "contest-0-prize": "A tripod", "contest-0-places": 1,
        "contest-0-rules": "One entry a person.",
    }  # fmt: skip
    assert editor.post(f"{path}change/", page_of(slug="win") | sponsor)
    editor.post(f"{path}act/", {"act": "publish"})
    made = Contest.objects.get()
    entry = enter(made, "Ann Ashe", may_share=True)
    for act, words in (("award", "not over yet"), ("link", "no winners")):
        assert words in editor.post(f"{path}act/", {"act": act}, follow=True).text
    editor.post(f"{path}act/", {"act": "end"})
    editor.post(f"{path}act/", {"act": "award"})
    shown = editor.post(f"{path}act/", {"act": "link"}).text
    token = re.search(r"/surveys/sponsor/([\w-]{43})/", shown)
    assert token
    link = SponsorLink.objects.get()
    assert token[1] not in str(vars(link))
    assert Client().get(token[0]).status_code == 200
    assert token[1] not in editor.get(f"{path}change/").text
    editor.post(f"{path}act/", {"act": "unlink"})
    assert Client().get(token[0]).status_code == 404
    assert Contest.objects.get().entrants == 1
    assert editor.post(f"{path}act/", {"act": "redraw"}).status_code == 403
    # winners are shown to who sends prizes; that leaves a line which they read
    screen = "/admin/newsletter/entry/"
    assert "Ann Ashe" not in editor.get(screen).text
    assert "Ann Ashe" in editor.get(f"{screen}{entry.pk}/change/").text
    assert Look.objects.get().subject == entry.subject


def test_who_did_not_win_is_shown_to_nobody(editor: Client) -> None:
    entry = enter(contest(), "Ann Ashe")
    answer = editor.get(f"/admin/newsletter/entry/{entry.pk}/change/", follow=True)
    assert "Ann Ashe" not in answer.text
    assert not Look.objects.exists()


def test_other_staff_have_no_business_with_contests() -> None:
    client = Client()
    sign_in(client, Member.objects.create_user("till@staff.example", is_staff=True))
    made = contest()
    for path in ("survey/", "survey/add/", "entry/", f"survey/{made.pk}/change/"):
        assert client.get(f"/admin/newsletter/{path}").status_code == 403
    for act in ("publish", "end", "award", "link", "unlink", ""):
        path = f"/admin/newsletter/survey/{made.pk}/act/"
        assert client.post(path, {"act": act}).status_code == 403
    assert Survey.objects.get().state == "published"


def test_what_is_published_stands_in_the_database() -> None:
    made = survey(("yesno", "Do you like it?", []))
    for change in ({"title": "x"}, {"intro": "x"}, {"state": "draft"}, {"slug": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Survey.objects.filter(pk=made.pk).update(**change)
    question = made.questions.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(words="Do you hate it?")
    with pytest.raises(IntegrityError), transaction.atomic():
        question.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(survey=made, position=9, kind="yesno", words="More?")
    page = contest().survey
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(survey=page, position=1, kind="yesno", words="Hm?")


def test_a_survey_that_is_past_is_not_published() -> None:
    past = surveys.today() - timedelta(days=1)
    made = Survey.objects.create(
        **page_of(leads_to=None, opens_on=past, closes_on=past)
    )
    Question.objects.create(survey=made, position=1, kind="yesno", words="?")
    with pytest.raises(surveys.SurveyError, match="over"):
        surveys.publish(survey=made, by=staff())


# --- whose an entry is
@pytest.mark.django_db(transaction=True)
def test_an_entry_is_shown_to_its_person_and_erased_with_them() -> None:
    made = contest()
    mine, other = enter(made, "Ann Ashe"), enter(made, "Bob Bray")
    subject = email_hash(ANN["email"])
    assert people.state_of(ANN["email"]) == people.GUEST
    assert guard.allow("contest", subject=subject, collected_under=1)
    groups = {one.title: one for one in dossier.of(subject, ANN["email"])}
    (shown,) = groups["Your entry in a contest"].entries
    said = {item.label: item.said for item in shown.items}
    assert shown.title == "Contest: Win a tripod"
    assert said["Name in an entry to a contest"] == "Ann Ashe"
    assert said["Whether the sponsor may have your entry if you win"] == "No"
    with transaction.atomic():
        erasure.forget({subject: ANN["email"]})
    assert list(Entry.objects.all()) == [other]
    assert not Entry.objects.filter(pk=mine.pk).exists()


def test_everyone_meets_each_entrant_once() -> None:
    for slug in ("a", "b"):
        made = contest(slug=slug)
        for who in ("Ann Ashe", "Bob Bray"):
            enter(made, who)
    found = [one for one in people.everyone() if "contest" in one.purposes]
    assert sorted(one.email for one in found) == [
        "ann.ashe@example.co.uk",
        "bob.bray@example.co.uk",
    ]


# --- pure parts
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SL7 1EY", "SL7"), ("ec1a 1bb", "EC1A"), ("ec1a", "EC1A"), ("M1", "M1"),
        ("", ""), ("ZZ9", ""), ("12", ""), ("SL7 1", ""), ("7" * 400, ""),
    ],
)  # fmt: skip
def test_districts(text: str, found: str) -> None:
    assert districts.district(text) == found


def test_results_hide_what_could_be_worked_out() -> None:
    assert release({"a": 20, "b": 2, "c": 7}, 5).shown == {"a": 20}
    assert release({"a": 20, "b": 3, "c": 4}, 5).rest == 7
    assert release({"a": 3}, 5).is_empty
    one = of_one("?", ["Yes", "No"], {"Yes": 10, "No": 6, "": 5}, 5)
    assert [(x.words, x.people) for x in one.lines] == [
        ("Yes", 10), ("No", 6), ("No answer", 5),
    ]  # fmt: skip
    many = of_many("?", ["a", "b", "c"], {"a": 10, "b": 18, "c": 0}, 20, 5)
    assert [x.people for x in many.lines] == [10, None, 0]
    assert of_many("?", ["a"], {"a": 1}, 4, 5).lines == ()


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    text = csv_guard.write(["name"], [{"name": cell}])
    assert f'"{csv_guard.plain(cell)}"' in text
    assert str(csv_guard.plain(cell)).startswith("'")
    assert csv_guard.plain("Ann, =1") == "Ann, =1"
