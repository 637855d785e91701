"""What people choose, door by door: topics, words, wishes (P18, P19, P50, P103).

Every door is tried by its own page: joining, a member's, a guest's order, the order
form. What is asked there, and what is on record after it, are one and the same.
"""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter import wall
from privacy import choices, guard, topics
from privacy.actions import choices as choosing
from privacy.models import Choice
from shop.models import Order, OrderEvent, Status
from shop.wording import OPT_OUT
from tests.builders import draft_token, fill, move_order, product
from tests.members.cast import PASSWORD, last_code, member, signed_in

pytestmark = pytest.mark.django_db

GUEST = "guest@example.co.uk"
NINA = "nina@example.co.uk"
ACCOUNT = "/members/choices/"
PURPOSES = {
    "launches": "launches",
    "offers": "marketing",
    "news": "news",
    "newsletter": "newsletter",
}


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def bought(email: str = GUEST, **changes: object) -> Order:
    """An order of a guest that is paid for."""
    token = draft_token(Client(), {product().sku: 1}, email=email)
    now = timezone.now()
    values: dict[str, Any] = {"placed_at": now, "authorised_at": now} | changes
    if (status := values.pop("status", Status.AUTHORISED)) != Status.DRAFT:
        move_order(token, status, **values)
    return Order.objects.get(token=token)


def allowed(email: str) -> set[str]:
    """The topics that the guard lets anybody write to a person about."""
    return {
        field
        for field, purpose in PURPOSES.items()
        if guard.allow(purpose, email=email, collected_under=1)
    }


def wording_matches(email: str, page: str) -> None:
    """Each of the newest answers is kept with words that the page really shows."""
    entries = choices.history(email)
    assert entries
    for entry in entries:
        assert entry.wording in text(page), entry


# --- P18: three topics and the newsletter, each with an answer of its own -------------
def doors() -> list[tuple[Client, str, str]]:
    """A member's page and a guest's: the browser, the address, and whose it is."""
    nina = member(NINA)
    return [
        (signed_in(nina), ACCOUNT, NINA),
        (Client(), f"/orders/{bought().token}/choices/", GUEST),
    ]


@pytest.mark.parametrize("field", PURPOSES)
def test_a_yes_to_one_topic_is_a_yes_to_no_other(field: str) -> None:
    for browser, page, email in doors():
        assert allowed(email) == set()
        assert browser.post(page, {field: "yes"}).status_code == 303
        assert allowed(email) == {field}
        assert browser.post(page, {field: "no", f"was-{field}": "yes"}).status_code
        assert allowed(email) == set()


def test_every_topic_is_a_purpose_of_the_guard_with_a_question_of_its_own() -> None:
    asked = {purpose.asks for purpose in guard.PURPOSES.values() if purpose.asks}
    assert asked == {topic.question for topic in topics.TOPICS} == set(choices.LISTS)
    assert len({topic.wording for topic in topics.TOPICS}) == len(topics.TOPICS)
    assert {topic.field for topic in topics.TOPICS} == set(PURPOSES)


def test_the_page_of_an_order_needs_no_cookie_and_sets_none() -> None:
    order = bought()
    browser = Client(enforce_csrf_checks=True)
    page = f"/orders/{order.token}/choices/"
    assert f'href="{page}"' in browser.get(order.get_absolute_url()).content.decode()
    for response in (
        browser.get(page),
        browser.post(page, {"news": "yes"}),
        browser.get(f"{page}?done=saved"),
    ):
        assert not response.cookies
        assert "no-store" in response["Cache-Control"]
    assert choices.current(GUEST, choices.NEWS) == "yes"


def test_an_order_that_nobody_paid_for_opens_nobodys_choices() -> None:
    """Before that, whoever filled in the form may have typed anybody's address."""
    order = bought(status=Status.DRAFT, authorised_at=None)
    page = f"/orders/{order.token}/choices/"
    assert Client().get(page).status_code == 404
    assert Client().post(page, {"news": "yes"}).status_code == 404
    assert Client().get("/orders/nobodys-token-at-all/choices/").status_code == 404
    erased = bought("gone@example.co.uk")
    Order.objects.filter(pk=erased.pk).update(email="")
    assert Client().get(f"/orders/{erased.token}/choices/").status_code == 404
    assert not Choice.objects.exists()


def test_one_person_has_one_answer_through_every_door() -> None:
    """Account and order of one address show and change the same record."""
    nina = signed_in(member(NINA))
    page = f"/orders/{bought(NINA).token}/choices/"
    nina.post(ACCOUNT, {"launches": "yes"})
    assert 'value="yes" checked' in Client().get(page).content.decode()
    Client().post(page, {"launches": "no", "was-launches": "yes"})
    shown = text(nina.get(ACCOUNT).content.decode())
    assert "set by you from your order's page" in shown
    assert allowed(NINA) == set()


# --- P19: asked when joining, in the words that are kept ------------------------------
def joins(browser: Client, **marked: str) -> str:
    page = browser.get("/accounts/signup/").content.decode()
    browser.post("/accounts/signup/", {"email": NINA, "password1": PASSWORD, **marked})
    assert not Choice.objects.exists(), "before the address is proved"
    browser.post("/accounts/confirm-email/", {"code": last_code(NINA)})
    assert Member.objects.get(email=NINA)
    return page


def test_whoever_joins_is_asked_then_and_there_and_no_is_marked(
    client: Client,
) -> None:
    page = client.get("/accounts/signup/").content.decode()
    for topic in topics.TOPICS:
        assert topic.wording in text(page)
        marked = re.findall(rf'name="{topic.field}" value="(\w+)" checked', page)
        assert marked == ["no"]


def test_who_refuses_when_joining_is_on_no_list(client: Client) -> None:
    page = joins(client, **dict.fromkeys(PURPOSES, "no"))
    assert allowed(NINA) == set()
    assert topics.lists_of(email_hash(NINA)) == []
    assert not wall.may_send("marketing", NINA)
    assert not wall.may_send("newsletter", NINA)
    wording_matches(NINA, page)
    for choice in Choice.objects.all():
        assert (choice.answer, choice.where, choice.policy_version) == (
            "no",
            "joining",
            1,
        )


def test_who_agrees_to_a_topic_when_joining_is_on_that_list_alone(
    client: Client,
) -> None:
    page = joins(client, **{**dict.fromkeys(PURPOSES, "no"), "news": "yes"})
    assert allowed(NINA) == {"news"}
    wording_matches(NINA, page)


def test_who_is_not_asked_has_not_answered(client: Client) -> None:
    joins(client)
    assert not Choice.objects.exists()
    assert allowed(NINA) == set()


def test_a_yes_when_joining_undoes_no_refusal_of_everything(client: Client) -> None:
    choosing.say_no_to_everything(subject=email_hash(NINA), where="order")
    browser = client
    browser.post(
        "/accounts/signup/", {"email": NINA, "password1": PASSWORD, "news": "yes"}
    )
    browser.post("/accounts/confirm-email/", {"code": last_code(NINA)})
    assert choices.opted_out_of_all(NINA)
    assert choices.current(NINA, choices.NEWS) is None


def test_an_explicit_no_when_joining_ends_what_was_not_refused_at_checkout(
    client: Client,
) -> None:
    choices.record_opt_out_box(
        email=NINA, ticked=False, where="checkout", wording=OPT_OUT
    )
    assert allowed(NINA) == {"offers"}
    client.post(
        "/accounts/signup/", {"email": NINA, "password1": PASSWORD, "offers": "no"}
    )
    client.post("/accounts/confirm-email/", {"code": last_code(NINA)})
    assert allowed(NINA) == set()


def test_what_every_page_shows_is_what_is_kept() -> None:
    for browser, page, email in doors():
        shown = browser.get(page).content.decode()
        browser.post(page, dict.fromkeys(PURPOSES, "yes"))
        wording_matches(email, shown)
        before = len(choices.history(email))
        shown += browser.get(page).content.decode()
        browser.post(page, {"everything": "no"})
        shown += browser.get(page).content.decode()
        browser.post(page, {"everything": "yes"})
        assert len(choices.history(email)) == before + 6
        # the history below the form repeats every wording: leave it out
        form = re.sub(r"<details.*?</details>", "", shown, flags=re.DOTALL)
        wording_matches(email, form)


def test_the_order_forms_own_words_are_what_is_kept(client: Client) -> None:
    fill(client, {product().sku: 1})
    page = client.get("/checkout/").content.decode()
    choices.record_opt_out_box(
        email=GUEST, ticked=True, where="checkout", wording=OPT_OUT
    )
    wording_matches(GUEST, page)


def test_words_that_were_not_shown_would_be_found() -> None:
    """The control."""
    choices.record(
        email=GUEST,
        purpose=choices.NEWS,
        answer="yes",
        where="choices",
        wording="Words that nobody saw",
    )
    with pytest.raises(AssertionError):
        wording_matches(GUEST, "<p>Other words</p>")


# --- P103: nothing at all -------------------------------------------------------------
def test_nothing_at_all_by_either_page_ends_every_use_that_asks() -> None:
    for browser, page, email in doors():
        browser.post(page, dict.fromkeys(PURPOSES, "yes"))
        assert allowed(email) == set(PURPOSES)
        browser.post(page, {"everything": "no"})
        assert allowed(email) == set()
        assert not guard.allow("question", email=email, collected_under=1)
        assert guard.allow("order", email=email, collected_under=1)
        shown = browser.get(page).content.decode()
        assert topics.STILL_COMES in text(shown)
        browser.post(page, {"everything": "yes"})
        assert allowed(email) == set()
        assert guard.allow("question", email=email, collected_under=1)


# --- P50: how we answer ---------------------------------------------------------------
def test_a_wish_is_kept_where_the_answer_is_written_from() -> None:
    nina = member(NINA)
    order = bought()
    for browser, page in (
        (signed_in(nina), ACCOUNT),
        (Client(), f"/orders/{order.token}/choices/"),
    ):
        wish = {"contact_by": "telephone", "telephone": "01628 496111"}
        answer = browser.post(page, wish, follow=True)
        assert "We answer you by telephone, on 01628 496111" in text(
            answer.content.decode()
        )
    nina.refresh_from_db()
    order.refresh_from_db()
    for one in (nina, order):
        assert (one.contact_by, one.telephone) == ("telephone", "01628 496111")
    event = OrderEvent.objects.get(order_number=order.number, code="contact")
    assert (event.detail, event.by) == ("telephone", "customer")


def test_a_number_is_not_asked_for_once_nobody_would_ring_it() -> None:
    order = bought(delivery_on=timezone.now().date() - timedelta(days=400))
    page = f"/orders/{order.token}/choices/"
    assert 'name="telephone"' not in Client().get(page).content.decode()
    wish = {"contact_by": "telephone", "telephone": "01628 496111"}
    answer = Client().post(page, wish)
    assert answer.status_code == 409
    assert "we do not ring about this order any more" in answer.content.decode()
    order.refresh_from_db()
    assert order.telephone != "01628 496111"


@pytest.mark.parametrize("wish", [{"contact_by": "telephone", "telephone": ""}])
def test_a_wish_to_be_rung_without_a_number_is_asked_again(
    wish: dict[str, str],
) -> None:
    answer = Client().post(f"/orders/{bought().token}/choices/", wish)
    assert answer.status_code == 400
    assert "Enter the number you want us to ring" in answer.content.decode()
