"""Every door of a choice beside the pages: a letter, the order form, our staff."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from jessops.lib.hashing import email_hash
from members.models import Member
from privacy import choices, links, people, topics, transfer, transitions
from privacy.actions import choices as choosing
from privacy.actions import transitions as sales
from privacy.models import Choice, ClauseChange, Wording
from shop.wording import OPT_OUT
from tests.privacy.test_transitions import announce, paid
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

WHO = "canary@example.com"
SUBJECT = "".join(["a1"] * 32)
ADD = "/admin/privacy/choice/add/"


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def door(question: str, email: str = WHO) -> str:
    return f"/privacy/choice/{links.token(email_hash(email), question)}/"


def say(purpose: str, answer: str) -> None:
    choices.record(
        email=WHO, purpose=purpose, answer=answer, where="choices", wording="Words"
    )


# --- a sale to somebody who keeps to what we said: an objection -----------------------
def test_an_objection_is_taken_by_a_link_with_the_words_that_were_shown(
    client: Client,
) -> None:
    """It was an error of the server: such a sale has no question of its own."""
    sale = announce()
    page = client.get(door(transfer.question(sale.reference)))
    assert page.status_code == 200
    shown = text(page.content.decode())
    assert transitions.asked(sale) in shown
    assert "If you do not answer, they move" in shown
    assert "No answer means no" not in shown
    done = client.post(door(transfer.question(sale.reference)), {"answer": "no"})
    assert done.status_code == 303
    entry = choices.history(WHO)[0]
    assert (entry.answer, entry.wording) == ("no", transitions.asked(sale))


def test_an_objection_keeps_somebody_out_of_the_set() -> None:
    for name in ("stays", "moves"):
        paid(f"{name}@example.com")
    sale = announce()
    question = transfer.question(sale.reference)
    choosing.answer(
        subject=email_hash("stays@example.com"),
        question=question,
        said="no",
        where="order",
    )
    everybody = list(people.everyone())
    said = transfer.answers(sale.reference, everybody)
    assert {
        person.email: transfer.why_not(person, said[person.subject], use_differs=False)
        for person in everybody
    } == {"stays@example.com": "no", "moves@example.com": ""}


def test_the_page_of_a_sale_shows_the_question_and_where_to_answer(
    client: Client,
) -> None:
    sale = announce()
    page = client.get("/privacy/transition/").content.decode()
    assert transitions.asked(sale) in text(page)
    for way in ("/members/choices/", "/orders/find/"):
        assert f'href="{way}"' in page


@pytest.mark.parametrize("use_differs", [True, False])
def test_both_pages_of_choices_ask_with_two_equal_buttons(use_differs: bool) -> None:
    question = "May they write to you?" if use_differs else ""
    sale = announce(use_differs=use_differs, question=question)
    order = paid("guest@example.com")
    member = Member.objects.create_user("member@example.com", "a long password")
    signed_in = Client()
    signed_in.force_login(member)
    for browser, page, email in (
        (signed_in, "/members/choices/", "member@example.com"),
        (Client(), f"/orders/{order.token}/choices/", "guest@example.com"),
    ):
        html = browser.get(page).content.decode()
        assert transitions.asked(sale) in text(html)
        both = re.findall(r'<button class="([^"]*)" name="sale" value="(\w+)"', html)
        assert both == [("btn", "no"), ("btn", "yes")]
        for said in ("no", "yes"):
            done = browser.post(page, {"sale": said}, follow=True)
            assert f"You said {said}" in text(done.content.decode())
            entry = choices.history(email)[0]
            assert (entry.answer, entry.wording) == (said, transitions.asked(sale))
        sales.withdraw(reference=sale.reference, by="Member 1")
        gone = browser.post(page, {"sale": "no"})
        assert gone.status_code == 400
        assert "No sale is announced any more" in gone.content.decode()
        assert 'name="sale"' not in browser.get(page).content.decode()
        sale = announce(use_differs=use_differs, question=question)


# --- a sale that is over --------------------------------------------------------------
@pytest.mark.parametrize("use_differs", [True, False])
def test_a_link_about_a_sale_that_is_over_says_so_and_records_nothing(
    client: Client, use_differs: bool
) -> None:
    sale = announce(
        use_differs=use_differs, question="May they write?" if use_differs else ""
    )
    question = transfer.question(sale.reference)
    client.post(door(question), {"answer": "no"})
    sales.withdraw(reference=sale.reference, by="Member 1")
    for response in (
        client.get(door(question)),
        client.post(door(question), {"answer": "yes"}),
        client.post(door(question), {"answer": "maybe"}),
    ):
        assert response.status_code == 410
        page = response.content.decode()
        assert "This question is over" in page
        assert "called off" in page
        assert 'name="answer"' not in page
        assert transitions.asked(sale) in text(page)  # what was answered stays readable
    assert [entry.answer for entry in choices.history(WHO)] == ["no"]
    with pytest.raises(choosing.Over):
        choosing.answer(
            subject=SUBJECT, question=question, said="yes", where="telephone, Member 1"
        )


def test_a_question_that_nobody_asks_takes_no_answer() -> None:
    for question in ("transition:T1999-1", "change:9:cookies", "profiling", "x:y"):
        with pytest.raises(links.BadLink):
            choosing.answer(
                subject=SUBJECT, question=question, said="no", where="letter"
            )
    with pytest.raises(ValueError, match="not an answer"):
        choosing.answer(
            subject=SUBJECT, question=choices.NEWS, said="soft", where="letter"
        )
    assert not Choice.objects.exists()


# --- the order form (P68, decision 0012) ----------------------------------------------
def test_a_ticked_box_takes_the_address_off_every_list() -> None:
    for purpose in (choices.LAUNCHES, choices.NEWSLETTER):
        say(purpose, "yes")
    choices.record_opt_out_box(
        email=WHO, ticked=True, where="checkout", wording=OPT_OUT
    )
    subject = email_hash(WHO)
    assert topics.lists_of(subject) == []
    now = choices.standing(subject, choices.LISTS)
    assert {name: row.answer for name, row in now.items()} == {
        choices.MARKETING_EMAIL: "no",
        choices.LAUNCHES: "no",
        choices.NEWSLETTER: "no",
    }
    shown = {
        Wording.objects.get(sha256=row.wording_sha256).text for row in now.values()
    }
    assert shown == {OPT_OUT}
    assert "any other list of ours" in OPT_OUT


@pytest.mark.parametrize("purpose", choices.LISTS)
def test_an_empty_box_changes_no_answer_to_any_question(purpose: str) -> None:
    for answer in ("yes", "no"):
        say(purpose, answer)
        choices.record_opt_out_box(
            email=WHO, ticked=False, where="checkout", wording=OPT_OUT
        )
        assert choices.current(WHO, purpose) == answer


def test_an_empty_box_means_nothing_to_who_wants_nothing() -> None:
    say(choices.EVERYTHING, "no")
    assert not choices.record_opt_out_box(
        email=WHO, ticked=False, where="checkout", wording=OPT_OUT
    )
    assert choices.current(WHO, choices.MARKETING_EMAIL) is None
    assert topics.lists_of(email_hash(WHO)) == []


# --- what somebody tells our staff ----------------------------------------------------
@pytest.fixture
def clerk() -> Member:
    made = Member.objects.create_user(
        "clerk@jessops.example", "a long password", is_staff=True
    )
    for name in ("add_choice", "view_choice"):
        made.user_permissions.add(Permission.objects.get(codename=name))
    return made


@pytest.fixture
def desk(clerk: Member) -> Client:
    client = Client()
    sign_in(client, clerk)
    return client


def told(**changes: Any) -> dict[str, Any]:
    return {
        "email": " Canary@Example.com",
        "question": choices.NEWS,
        "answer": "no",
        "channel": "telephone",
        **changes,
    }


def test_a_choice_by_telephone_is_recorded_with_the_words_and_who_wrote_it(
    desk: Client, clerk: Member
) -> None:
    asked = desk.get(ADD).content.decode()
    assert topics.NEWS.wording in text(asked)
    before = desk.post(ADD, told())
    assert topics.NEWS.wording in text(before.content.decode())
    assert "Yes, record a choice" in before.content.decode()
    assert not Choice.objects.exists()
    done = desk.post(ADD, told(sure="1"))
    assert done.status_code == 302
    entry = Choice.objects.get()
    assert entry.subject == email_hash(WHO)
    assert (entry.purpose, entry.answer) == (choices.NEWS, "no")
    assert entry.where == f"telephone, Member {clerk.pk}"
    assert WHO not in str(Choice.objects.values()).lower()
    shown = choices.history(WHO)[0]
    assert shown.wording == topics.NEWS.wording
    assert shown.set_by == "by our staff, as you said by telephone"


@pytest.mark.parametrize(
    ("channel", "words"),
    [("telephone", "by telephone"), ("post", "by post"), ("email", "by e-mail")],
)
def test_nothing_at_all_can_be_said_by_any_channel_and_taken_back(
    desk: Client, channel: str, words: str
) -> None:
    say(choices.LAUNCHES, "yes")
    ask = told(question=choices.EVERYTHING, channel=channel, sure="1")
    desk.post(ADD, ask)
    assert choices.opted_out_of_all(WHO)
    assert choices.current(WHO, choices.LAUNCHES) == "no"
    newest = choices.history(WHO)[0]
    assert newest.wording == topics.ANYTHING.wording
    assert newest.set_by == f"by our staff, as you said {words}"
    desk.post(ADD, {**ask, "answer": "yes"})
    assert not choices.opted_out_of_all(WHO)
    assert choices.current(WHO, choices.LAUNCHES) == "no"


def test_staff_record_an_objection_and_an_answer_about_a_new_use(desk: Client) -> None:
    sale = announce()
    ClauseChange.objects.create(
        version=99,
        clause="cookies",
        kind=ClauseChange.Kind.HELD,
        purpose="biscuits",
        question="May we bake biscuits?",
    )
    asked = text(desk.get(ADD).content.decode())
    for question, wording in (
        (transfer.question(sale.reference), transitions.asked(sale)),
        (choices.change(99, "cookies"), "May we bake biscuits?"),
    ):
        assert wording in asked
        desk.post(ADD, told(question=question, channel="post", sure="1"))
        assert choices.current(WHO, question) == "no"
        assert choices.history(WHO)[0].wording == wording
    sales.withdraw(reference=sale.reference, by="Member 1")
    late = desk.post(ADD, told(question=transfer.question(sale.reference), sure="1"))
    assert late.status_code == 200
    assert len(choices.history(WHO)) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "nobody"},
        {"question": "profiling"},
        {"answer": "soft"},
        {"channel": "rumour"},
    ],
)
def test_what_is_no_choice_is_not_recorded(
    desk: Client, changes: dict[str, str]
) -> None:
    assert desk.post(ADD, told(sure="1", **changes)).status_code == 200
    assert not Choice.objects.exists()


def test_only_who_may_record_does(clerk: Member, desk: Client) -> None:
    clerk.user_permissions.remove(Permission.objects.get(codename="add_choice"))
    assert desk.get(ADD).status_code == 403
    assert desk.post(ADD, told(sure="1")).status_code == 403
    assert not Choice.objects.exists()


def test_saying_the_same_again_writes_nothing(desk: Client) -> None:
    for _ in range(2):
        assert desk.post(ADD, told(sure="1")).status_code == 302
    assert Choice.objects.count() == 1
