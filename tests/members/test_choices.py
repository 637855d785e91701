"""A member's page of choices: what it shows, what a POST records, and what it costs."""

import re
import threading
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from members.models import Member
from privacy import choices, topics
from privacy.actions import choices as actions
from privacy.models import Choice, Wording
from shop import frame
from tests.members.cast import member, signed_in

pytestmark = pytest.mark.django_db

PAGE = "/members/choices/"
NAMES = [topic.field for topic in topics.TOPICS]


def text(html: str) -> str:
    """What a page says, with its spaces in order."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def form_of(html: str) -> dict[str, str]:
    """What the form of topics would send as it stands."""
    found = dict(
        re.findall(r'<input type="hidden" name="(was-\w+)" value="(\w*)">', html)
    )
    found |= dict(
        re.findall(r'<input type="radio" name="(\w+)" value="(\w+)" checked>', html)
    )
    return {name: value for name, value in found.items() if name != "contact_by"}


@pytest.fixture
def priya() -> Member:
    return member("priya@example.co.uk", full_name="Priya Raman")


@pytest.fixture
def mine(priya: Member) -> Client:
    return signed_in(priya)


def opened(browser: Client) -> dict[str, str]:
    """Open the page in one window, and take its form."""
    response = browser.get(PAGE)
    assert response.status_code == 200
    return form_of(response.content.decode())


def said(priya: Member) -> dict[str, str | None]:
    return {
        topic.field: choices.current(priya.email, topic.question)
        for topic in topics.TOPICS
    }


def send(browser: Client, form: dict[str, str]) -> str:
    """Press Save; return what the next page says."""
    response = browser.post(PAGE, form, follow=True)
    assert response.status_code == 200
    return text(response.content.decode())


# --- what it shows --------------------------------------------------------------------
def test_nobody_reads_it_without_signing_in(client: Client) -> None:
    for response in (client.get(PAGE), client.post(PAGE, {"everything": "no"})):
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")
    assert not Choice.objects.exists()


def test_four_questions_each_unanswered_and_so_no(mine: Client) -> None:
    page = mine.get(PAGE).content.decode()
    for topic in topics.TOPICS:
        assert topic.title in page
        assert topic.wording in text(page)
    assert text(page).count(topics.UNANSWERED) == len(topics.TOPICS)
    assert form_of(page) == {
        **{f"was-{name}": "" for name in NAMES},
        **dict.fromkeys(NAMES, "no"),
    }
    assert not Choice.objects.exists()


def test_each_answer_says_since_when_and_who_set_it(
    priya: Member, mine: Client
) -> None:
    for purpose, where, day in (
        (choices.MARKETING_EMAIL, "checkout", 1),
        (choices.LAUNCHES, "choices", 2),
        (choices.NEWS, "telephone, Member 3", 3),
        (choices.NEWSLETTER, "letter", 4),
    ):
        with time_machine.travel(datetime(2026, 3, day, 12, tzinfo=UTC)):
            choices.record(
                email=priya.email,
                purpose=purpose,
                answer="yes" if day % 2 else "no",
                where=where,
                wording="Words",
            )
    page = text(mine.get(PAGE).content.decode())
    assert "Yes since 1 March 2026, set by you at checkout." in page
    assert "No since 2 March 2026, set by you in your account." in page
    assert "Yes since 3 March 2026, set by our staff, as you said by telephone." in page
    assert "No since 4 March 2026, set by you from a letter." in page
    assert "Member 3" not in page


def test_not_having_refused_when_buying_is_shown_as_that(
    priya: Member, mine: Client
) -> None:
    choices.record_opt_out_box(
        email=priya.email, ticked=False, where="checkout", wording="Tick to say no"
    )
    page = mine.get(PAGE).content.decode()
    assert form_of(page)["offers"] == "yes"
    assert "you bought something, and left the box on the order form empty" in page


def test_the_words_of_another_day_stay_in_the_history(
    priya: Member, mine: Client
) -> None:
    choices.record(
        email=priya.email,
        purpose=choices.NEWS,
        answer="no",
        where="checkout",
        wording="Old <words> that nobody sees any more",
    )
    page = mine.get(PAGE).content.decode()
    assert "<details" in page
    assert "Old &lt;words&gt; that nobody sees any more" in page


# --- what a POST records --------------------------------------------------------------
def test_saving_records_each_answer_with_the_words_that_the_page_showed(
    priya: Member, mine: Client
) -> None:
    shown = mine.get(PAGE).content.decode()
    page = send(mine, {**form_of(shown), "launches": "yes"})
    assert "Saved. Product launches: yes" in page
    assert said(priya) == {**dict.fromkeys(NAMES, "no"), "launches": "yes"}
    for choice in Choice.objects.all():
        kept = Wording.objects.get(sha256=choice.wording_sha256).text
        assert kept in text(shown)
        assert choice.where == "choices"
        assert choice.policy_version == 1


def test_sending_a_form_twice_records_it_once(priya: Member, mine: Client) -> None:
    form = {**opened(mine), "news": "yes"}
    send(mine, form)
    rows = Choice.objects.count()
    page = send(mine, form)
    assert "Nothing changed. It was on record like this already." in page
    assert Choice.objects.count() == rows


def test_an_old_window_turns_nothing_back(priya: Member, mine: Client) -> None:
    """Opened before, saved after: it changes what was changed in it, and no more."""
    old = opened(mine)
    send(mine, {**opened(mine), "launches": "yes"})
    page = send(mine, {**old, "news": "yes"})
    assert said(priya)["launches"] == "yes"
    assert said(priya)["news"] == "yes"
    assert "Another window had changed something meanwhile" in page
    page = send(mine, old)
    assert said(priya)["launches"] == "yes"
    assert "Nothing changed. Another window" in page


def test_without_what_the_window_showed_every_mark_counts(
    priya: Member, mine: Client
) -> None:
    """The control: it is the form's own record that keeps an old window harmless."""
    send(mine, {**opened(mine), "launches": "yes"})
    send(mine, {"launches": "no", "was-launches": "yes"})
    assert said(priya)["launches"] == "no"


def test_a_soft_yes_is_left_alone_until_it_is_touched(
    priya: Member, mine: Client
) -> None:
    choices.record_opt_out_box(
        email=priya.email, ticked=False, where="checkout", wording="Tick to say no"
    )
    send(mine, {**opened(mine), "news": "yes"})
    assert said(priya)["offers"] == "soft"
    send(mine, {**opened(mine), "offers": "no"})
    assert said(priya)["offers"] == "no"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"launches": "perhaps"},
        {"launches": "soft"},
        {"everything": "maybe"},
        {"sale": "maybe"},
        {"colour": "red"},
    ],
)
def test_nonsense_is_refused_and_nothing_saved(
    mine: Client, form: dict[str, str]
) -> None:
    response = mine.post(PAGE, form)
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert "<title>Error:" in response.content.decode()
    assert not Choice.objects.exists()


def test_a_form_without_its_token_is_refused(priya: Member) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(priya)
    assert browser.post(PAGE, {"everything": "no"}).status_code == 403
    assert not Choice.objects.exists()


def test_nobody_elses_answers_are_shown_or_changed(mine: Client, priya: Member) -> None:
    other = member("other@example.co.uk")
    send(signed_in(other), {**opened(signed_in(other)), "news": "yes"})
    assert "Site news</th>" not in mine.get(PAGE).content.decode()
    assert said(priya) == dict.fromkeys(NAMES)


# --- everything -----------------------------------------------------------------------
def test_no_to_everything_answers_each_question_and_says_what_still_comes(
    priya: Member, mine: Client
) -> None:
    send(mine, {**opened(mine), "launches": "yes", "newsletter": "yes"})
    page = send(mine, {"everything": "no"})
    assert choices.opted_out_of_all(priya.email)
    assert set(said(priya).values()) == {"no"}
    assert "You have said no to everything" in page
    assert topics.STILL_COMES in page
    assert 'name="launches"' not in mine.get(PAGE).content.decode()
    rows = Choice.objects.count()
    assert "Nothing changed" in send(mine, {"everything": "no"})
    assert Choice.objects.count() == rows


def test_taking_it_back_brings_nothing_back_by_itself(
    priya: Member, mine: Client
) -> None:
    send(mine, {**opened(mine), "launches": "yes"})
    send(mine, {"everything": "no"})
    send(mine, {"everything": "yes"})
    assert not choices.opted_out_of_all(priya.email)
    assert set(said(priya).values()) == {"no"}
    assert opened(mine)["launches"] == "no"
    assert "Nothing changed" in send(mine, {"everything": "yes"})


def test_a_yes_from_an_old_window_is_refused_beside_a_no_to_everything(
    priya: Member, mine: Client
) -> None:
    old = opened(mine)
    send(mine, {"everything": "no"})
    rows = Choice.objects.count()
    response = mine.post(PAGE, {**old, "launches": "yes"})
    assert response.status_code == 409
    assert "take that back first" in response.content.decode()
    assert Choice.objects.count() == rows


def test_the_words_of_the_button_are_the_words_on_record(
    priya: Member, mine: Client
) -> None:
    for answer in ("no", "yes"):
        shown = text(mine.get(PAGE).content.decode())
        send(mine, {"everything": answer})
        newest = choices.history(priya.email)[0]
        assert newest.answer == answer
        assert newest.wording in shown


# --- the notice, from the record ------------------------------------------------------
def test_an_old_address_of_a_saved_page_claims_nothing(mine: Client) -> None:
    send(mine, {**opened(mine), "news": "yes"})
    assert "Saved." in text(mine.get(f"{PAGE}?done=saved").content.decode())
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert "Saved." not in text(mine.get(f"{PAGE}?done=saved").content.decode())
    assert "Saved." not in text(mine.get(f"{PAGE}?done=<x>").content.decode())


# --- how we answer (P50) --------------------------------------------------------------
def test_the_wish_for_telephone_needs_a_number_and_is_kept(
    priya: Member, mine: Client
) -> None:
    response = mine.post(PAGE, {"contact_by": "telephone", "telephone": ""})
    assert response.status_code == 400
    assert "Enter the number you want us to ring" in response.content.decode()
    page = send(mine, {"contact_by": "telephone", "telephone": " 01628  496000"})
    assert "We answer you by telephone, on 01628 496000" in page
    priya.refresh_from_db()
    assert (priya.contact_by, priya.telephone) == ("telephone", "01628 496000")
    page = send(mine, {"contact_by": "email", "telephone": "01628 496000"})
    assert "We answer you by email" in page
    page = send(mine, {"contact_by": "email", "telephone": ""})
    priya.refresh_from_db()
    assert (priya.contact_by, priya.telephone) == ("email", "")


@pytest.mark.parametrize(
    "form",
    [
        {"contact_by": "pigeon", "telephone": ""},
        {"contact_by": "telephone", "telephone": "ring me"},
        {"contact_by": "email", "telephone": "4242 4242 4242 4242"},
    ],
)
def test_a_wish_that_cannot_be_kept_is_refused(
    priya: Member, mine: Client, form: dict[str, str]
) -> None:
    response = mine.post(PAGE, form)
    assert response.status_code == 400
    assert "There is 1 thing to fix" in response.content.decode()
    priya.refresh_from_db()
    assert (priya.contact_by, priya.telephone) == ("email", "")


# --- what it costs --------------------------------------------------------------------
def test_the_page_costs_the_same_however_long_the_history(
    priya: Member, mine: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Session, member, sale, answers, history, and the words that were shown."""
    mine.get(PAGE)  # the notices of every page are read now and then
    for entries in (4, 60):
        for number in range(entries):
            choices.record(
                email=priya.email,
                purpose=choices.LISTS[number % 4],
                answer="yes" if number % 3 else "no",
                where="choices",
                wording=f"Words number {number}",
            )
        frame.forget()  # which asks for the departments once a minute
        with django_assert_num_queries(7):
            mine.get(PAGE)


@pytest.mark.django_db(transaction=True)
def test_two_windows_that_save_at_once_record_once() -> None:
    """Without the lock both read "no answer", and both write."""
    priya = member("priya@example.co.uk")
    begin = threading.Barrier(4)
    faults: list[BaseException] = []

    def press() -> None:
        try:
            begin.wait()
            actions.save(
                subject=priya.email_hash,
                shown={"news": ""},
                marked={"news": "yes"},
                where="choices",
            )
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert Choice.objects.filter(purpose=choices.NEWS).count() == 1
