"""Surveys and contests: voluntary, walled off, and gone again (P75 to P79; C18)."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter import entry_links, results
from newsletter.actions import contests, surveys
from newsletter.contest_tasks import forget_mail
from newsletter.models import (
    Contest,
    Entry,
    Message,
    Question,
    SponsorLink,
    Survey,
    Tally,
)
from newsletter.tallies import release
from privacy.gateway import ContractExpired, UndeclaredField, hand_out, receipts
from privacy.models import Choice, Receipt
from privacy.tasks import retain
from tests.conftest import contract
from tests.newsletter.contests_cast import (
    STREET,
    awarded,
    contest,
    enter,
    staff,
    survey,
)

pytestmark = pytest.mark.django_db

Asked = tuple[str, str, list[str]]
COLOURS: Asked = ("one", "Which colour?", ["Black", "Silver"])
ALL_KINDS: tuple[Asked, ...] = (
    ("yesno", "Did you find it?", []),
    COLOURS,
    ("many", "What do you use?", ["Film", "Digital", "Instant"]),
    ("scale", "How was it?", []),
    ("district", "Where do you live?", []),
)


def post(made: Survey, *answers: Any) -> int:
    """Answer a survey by its page; answers in the order of its questions."""
    names = [one.field for one in made.questions.all()]
    data = dict(zip(names, answers, strict=False))
    return Client().post(f"/surveys/{made.slug}/", data).status_code


def ended(made: Survey) -> Survey:
    Survey.objects.filter(pk=made.pk).update(state="ended")
    return Survey.objects.get(pk=made.pk)


def counts(made: Survey) -> list[dict[str, int]]:
    rows = Tally.objects.filter(question__survey=made).order_by("question__position")
    return [{k: n for k, n in row.counts.items() if n} for row in rows]


# --- P75: voluntary
def test_every_question_may_be_skipped() -> None:
    made = survey(*ALL_KINDS)
    page = Client().get("/surveys/spring/")
    assert "Voluntary. Skip any question." in page.text
    assert "required" not in page.text.partition("<form")[2]
    assert not page.cookies
    assert post(made) == 303
    assert counts(made) == [{"": 1}, {"": 1}, {"": 1, "*": 1}, {"": 1}, {"": 1}]


def test_nothing_else_of_the_shop_asks_for_a_survey_or_a_contest() -> None:
    """P75: no gate. Ordering and joining are as they are with one open."""
    survey(COLOURS)
    contest()
    for path in ("/", "/checkout/", "/accounts/signup/", "/trolley/"):
        text = Client().get(path, follow=True).text
        assert "How is the shop?" not in text
        assert "Win a tripod" not in text


# --- P76: a closed list of fields, and the postcode cut to its district
def test_only_known_kinds_of_questions_can_be_built() -> None:
    assert {str(kind) for kind in Question.Kind} == {
        *("yesno", "one", "many", "scale", "district"),
    }
    made = Survey.objects.create(
        kind="survey", slug="x", title="x", intro="x",
        opens_on=surveys.today(), closes_on=surveys.today(),
    )  # fmt: skip
    for kind in ("text", "birthday", "income", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            Question.objects.create(survey=made, position=1, kind=kind, words="?")
    asked = {field.name for field in Entry._meta.local_fields}
    assert asked == {
        *("id", "key_id", "contest", "subject", "policy_version"),
        *("name", "email", "line1", "line2", "town", "county", "postcode"),
        *("may_share", "unnamed", "place", "entered_on", "awarded_on"),
    }


@pytest.mark.parametrize("typed", ["SL7 1EY", "sl7", "sl71ey", " SL7 "])
def test_a_postcode_is_cut_to_its_district_before_it_is_kept(typed: str) -> None:
    made = survey(("district", "Where do you live?", []))
    assert post(made, typed) == 303
    assert counts(made) == [{"SL7": 1}]


@pytest.mark.parametrize("typed", ["2 Dial House", "ZZ1", "1EY"])
def test_what_is_no_district_is_not_taken(typed: str) -> None:
    made = survey(("district", "Where do you live?", []))
    assert post(made, typed) == 200
    assert counts(made) == [{}]


# --- P77, P79: the sponsor gets winners who agreed, and nothing else
def fetched(made: Contest) -> list[dict[str, str]]:
    """What a sponsor gets by a fresh link, by its page."""
    link = contests.link_of(contests.make_link(contest=made, by=staff()))
    assert link is not None
    return list(csv.DictReader(io.StringIO(contests.fetch(link=link))))


@pytest.mark.django_db(transaction=True)
def test_a_sponsor_gets_the_winners_who_agreed_by_a_link_that_ends() -> None:
    made = contest(places=2)
    yes, no = enter(made, "Ann Ashe", may_share=True), enter(made, "Bob Bray")
    made = awarded(made)
    token = contests.make_link(contest=made, by=staff())
    path = f"/surveys/sponsor/{token}/"
    assert "1 of 2 winners agreed" in Client().get(path).text
    assert not Receipt.objects.exists()
    answer = Client().post(path)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row == {"name": "Ann Ashe", "email": "ann.ashe@example.co.uk", **STREET}
    (receipt,) = receipts(yes.about)
    assert (receipt.recipient, receipt.outcome) == ("Threeleg Ltd", "handed over")
    assert not receipts(no.about)
    assert "Who got it" in Client().get(entry_links.own(yes.pk)).text
    assert "Who got it" not in Client().get(entry_links.own(no.pk)).text
    contests.decide(entry=yes, may_share=False)
    assert list(csv.DictReader(io.StringIO(Client().post(path).text))) == []
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert Client().get(path).status_code == 404
        assert Client().post(path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_sponsor_without_a_contract_gets_nothing() -> None:
    made = contest()
    enter(made, "Ann Ashe", may_share=True)
    token = contests.make_link(contest=awarded(made), by=staff())
    contract("sponsors", expires_on=timezone.now().date() - timedelta(days=1))
    assert Client().post(f"/surveys/sponsor/{token}/").status_code == 503
    assert not Receipt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_gateway_hands_out_declared_fields_alone() -> None:
    rows = [("entry:1", {"name": "Ann", "telephone": "01628 123456"})]
    with pytest.raises(UndeclaredField, match="telephone"):
        hand_out("sponsors", recipient="Threeleg Ltd", rows=rows, reason="test")
    contract("sponsors", expires_on=timezone.now().date() - timedelta(days=1))
    with pytest.raises(ContractExpired):
        hand_out("sponsors", recipient="Threeleg Ltd", rows=[], reason="test")
    assert not Receipt.objects.exists()


def test_the_sponsor_is_named_before_entering_and_the_tick_is_not_set() -> None:
    made = contest()
    page = Client().get("/surveys/win/").text
    before, _, rest = page.partition("<form method")
    form = rest.partition("</form>")[0]
    assert "Threeleg Ltd" in before
    assert "https://threeleg.example/privacy" in before
    assert 'name="may_share"' in form
    assert "checked" not in form
    entry = {"name": "Ann Ashe", "email": "ann@example.co.uk", **STREET}
    assert Client().post("/surveys/win/", entry).status_code == 303
    (row,) = Entry.objects.filter(contest=made)
    assert not row.may_share
    with pytest.raises(IntegrityError), transaction.atomic():
        Contest.objects.filter(pk=made.pk).update(sponsor="")
    # and it is the sponsor whom people read of: it cannot be another one later
    with pytest.raises(IntegrityError), transaction.atomic():
        Contest.objects.filter(pk=made.pk).update(sponsor="Somebody else")


ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=7)


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(people=ANSWERS, places=st.integers(1, 4), data=st.data())
def test_whatever_happens_a_sponsor_gets_winners_who_agreed_and_then_all_is_gone(
    people: list[tuple[bool, bool]], places: int, data: st.DataObject
) -> None:
    """C18: any entries, any draw, any change of mind."""
    for table in (SponsorLink, Entry):
        table.objects.all().delete()
    number = Survey.objects.count()
    made = contest(slug=f"c{number}", places=places)
    for index, (share, unnamed) in enumerate(people):
        enter(made, f"P{index} N{index}", may_share=share, unnamed=unnamed)
    made = awarded(made)
    won = list(Entry.objects.winners().filter(contest=made))
    assert len(won) == min(places, len(people))
    for entry in list(Entry.objects.filter(contest=made)):
        act = data.draw(st.sampled_from(["stay", "share", "keep", "withdraw"]))
        if act == "withdraw":
            contests.withdraw(entry=entry)
        elif act != "stay":
            contests.decide(entry=entry, may_share=act == "share")
    agreed = {
        one.email
        for one in Entry.objects.filter(contest=made)
        if one.place is not None and one.may_share
    }
    assert {row["email"] for row in fetched(made)} == agreed
    left = set(Entry.objects.values_list("pk", flat=True))
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        retain()
        assert set(Entry.objects.values_list("pk", flat=True)) == left
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert not list(contests._agreed(made))  # gone before the clock has run
        retain()
        forget_mail()
        assert not Entry.objects.filter(contest=made).exists()
        with pytest.raises(surveys.SurveyError):
            contests.make_link(contest=made, by=staff())
    made = Contest.objects.get(pk=made.pk)
    assert (made.entrants, made.winners) == (len(people), len(won))
    mail = Message.objects.filter(about=made.about)
    assert {one.to for one in mail} | {one.text for one in mail} <= {""}


def test_entries_of_a_contest_that_nobody_awards_go_too() -> None:
    made = contest()
    enter(made, "Ann Ashe")
    with time_machine.travel(timezone.now() + timedelta(days=364)):
        retain()
        assert Entry.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=366)):
        retain()
        assert Entry.objects.count() == 0


def test_a_draw_is_made_once_and_no_answer_of_it_changes() -> None:
    made = contest()
    for who in ("Ann Ashe", "Bob Bray", "Cid Coe"):
        enter(made, who)
    made = awarded(made)
    before = set(Entry.objects.values_list("pk", "place"))
    contests.award(contest=made, by=staff())
    assert set(Entry.objects.values_list("pk", "place")) == before
    for change in ({"place": None}, {"awarded_on": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.filter(place=1).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contest.objects.filter(pk=made.pk).update(awarded_on=None)


# --- P78: answers apart from who gave them
def test_no_table_of_answers_has_a_key_a_time_or_an_order_of_people() -> None:
    """All that is kept of answers is one row a question, with numbers in it."""
    assert {field.name for field in Tally._meta.get_fields()} == {"question", "counts"}
    seen, waiting = set(), [Tally, Question]
    while waiting:  # everything that a tally is tied to, by any relation
        model = waiting.pop()
        seen.add(model)
        for field in model._meta.get_fields():
            other = field.related_model
            if other in (None, Contest) or isinstance(field, models.ManyToManyField):
                continue
            if isinstance(other, type) and other not in seen:
                waiting.append(other)
    assert seen == {Tally, Question, Survey}
    for model in apps.get_app_config("newsletter").get_models():
        if model not in seen | {Contest}:
            tied = {field.related_model for field in model._meta.get_fields()}
            assert not tied & {Tally, Question}, model


def test_an_answer_leaves_nothing_behind_but_a_number() -> None:
    """The whole database before and after: one row changed, and no row came."""
    made = survey(*ALL_KINDS)
    post(made, "Yes", "Black", ["Film"], "4", "SL7")
    before = dump()
    post(made, "No", "Silver", ["Film", "Digital"], "2", "SL7 1EY")
    after = dump()
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {"newsletter_tally"}
    assert len(before["newsletter_tally"]) == len(after["newsletter_tally"])
    assert not Choice.objects.exists()


def dump() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')  # noqa: S608
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def test_the_order_of_answers_cannot_be_told_from_what_is_kept() -> None:
    """The same answers in any order leave the very same rows."""
    given_by = [("Yes", "SL7"), ("No", "SA5"), ("Yes", "SA5"), ("", "EX1")]
    kept = []
    for slug, order in (("a", given_by), ("b", given_by[::-1])):
        made = survey(("yesno", "?", []), ("district", "Where?", []), slug=slug)
        for answers in order:
            post(made, *answers)
        rows = Tally.objects.filter(question__survey=made).order_by("pk")
        kept.append([dict(sorted(row.counts.items())) for row in rows])
    assert kept[0] == kept[1]


@given(
    st.dictionaries(st.text(max_size=3), st.integers(0, 30), max_size=7),
    st.integers(5, 9),
)
def test_no_number_that_is_shown_or_worked_out_is_about_few(
    counts: dict[str, int], k: int
) -> None:
    found = release(counts, k)
    if found.is_empty:
        assert sum(counts.values()) < k or not counts
        return
    numbers = [n for n in found.shown.values() if n]
    assert all(n >= k for n in numbers)
    assert found.rest == 0 or found.rest >= k
    assert sum(numbers) + found.rest == found.total == sum(counts.values())
    held = [a for a in counts if a not in found.shown and counts[a]]
    assert bool(held) == bool(found.rest)
    # one that stands alone in the rest would be known from the total
    assert len(held) != 1 or len([n for n in counts.values() if n]) == 1


def test_results_come_when_it_is_over_and_not_before() -> None:
    made = survey(COLOURS, ALL_KINDS[2], ALL_KINDS[4])
    many: list[tuple[str, list[str], str]] = 7 * [("Black", ["Film"], "SL7")]
    for answers in [*many, *(2 * [("Silver", list[str](), "SA5")])]:
        post(made, *answers)
    assert "Black" not in Client().get("/surveys/spring/?done=1").text
    made = ended(made)
    page = Client().get("/surveys/spring/").text
    assert "No number below is about fewer than 5 people" in page
    assert "SA5" not in page
    colours, uses, places = results.of(made)
    assert colours.rest == 9
    assert [(one.words, one.people) for one in uses.lines] == [
        ("Film", None), ("Digital", 0), ("Instant", 0),
    ]  # fmt: skip
    assert (places.rest, places.lines) == (9, ())
    assert post(made, "Black") == 404


def test_a_survey_leads_to_a_contest_by_a_link_and_nothing_else() -> None:
    """Another page, another form, another request: nothing is carried over."""
    made = survey(COLOURS, leads_to=contest().survey)
    answer = Client().post("/surveys/spring/", {})
    assert answer["Location"] == "/surveys/spring/?done=1"
    assert not answer.cookies
    assert 'href="/surveys/win/"' in Client().get("/surveys/spring/?done=1").text
    assert made.leads_to is not None


def test_only_who_has_the_link_sees_an_entry() -> None:
    made = contest()
    entry = enter(made, "Ann Ashe")
    path = entry_links.own(entry.pk)
    assert "Ann Ashe" in Client().get(path).text
    other = enter(made, "Bob Bray")
    forged = path.replace(entry.pk.hex, other.pk.hex)
    assert Client().get(forged).status_code == 404
    assert Client().post(forged, {"act": "withdraw"}).status_code == 404
    assert Entry.objects.count() == 2
