"""A change of data already held: whom it concerns, the letter, the one-step answer."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from redis.exceptions import RedisError

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter import outbox, sender
from newsletter.models import Message
from privacy import changes, choices, guard, links, people
from privacy.actions import changes as letters
from privacy.models import Choice, ClauseChange
from privacy.policies import document
from privacy.policies.compare import told
from privacy.views import choice
from shop.models import Order
from tests.builders import draft_token, product
from tests.newsletter.conftest import MailServer, mail_server
from tests.privacy.drafts import draft, publish

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db

ASK = "May we bake biscuits from your orders?"
PRIYA = "priya@example.co.uk"


@pytest.fixture
def biscuits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClauseChange:
    """Version 2 is published: it wants to bake biscuits from orders."""
    new = guard.Purpose(
        "to bake biscuits", guard.CONSENT, since=2, uses=frozenset({"order"})
    )
    monkeypatch.setitem(guard.PURPOSES, "biscuits", new)
    draft(tmp_path, head=f"change cookies: held biscuits\nask cookies: {ASK}")
    publish(tmp_path)
    return ClauseChange.objects.get()


def bought(email: str = PRIYA) -> str:
    draft_token(Client(), {product().sku: 1}, email=email)
    return email_hash(email)


def say(email: str, purpose: str, answer: str) -> None:
    choices.record(
        email=email, purpose=purpose, answer=answer, where="test", wording="words"
    )


def asked() -> set[str]:
    return {message.to for message in Message.objects.filter(state="queued")}


# --- whom it concerns ---
def test_exactly_those_concerned_and_reachable_are_asked(
    tmp_path: Path, biscuits: ClauseChange
) -> None:
    bought("one@example.com")
    bought("out@example.com")
    say("out@example.com", choices.EVERYTHING, "no")
    bought("refuses-marketing@example.com")
    say("refuses-marketing@example.com", choices.MARKETING_EMAIL, "no")
    Member.objects.create_user("never-bought@example.com")
    bought("left@example.com")
    Member.objects.create_user("left@example.com", is_active=False)
    wanted = {"one@example.com", "refuses-marketing@example.com"}
    assert {person.email for person in changes.affected(biscuits)} == wanted
    assert letters.write_letters() == 2
    assert asked() == wanted
    assert letters.write_letters() == 0


def test_a_letter_that_was_queued_is_not_sent_to_who_left_meanwhile(
    biscuits: ClauseChange, mail_server: MailServer
) -> None:
    for name in ("stays", "opts-out", "leaves"):
        bought(f"{name}@example.com")
    assert letters.write_letters() == 3
    say("opts-out@example.com", choices.EVERYTHING, "no")
    Member.objects.create_user("leaves@example.com", is_active=False)
    sender.send_due()
    assert mail_server.recipients == [["stays@example.com"]]


def test_letters_go_on_where_a_killed_run_stopped(
    biscuits: ClauseChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "BATCH", 2)
    monkeypatch.setattr(changes, "BATCH", 2)
    for number in range(5):
        bought(f"p{number}@example.com")
    queued: list[str] = []

    def dies(**fields: Any) -> object:
        if len(queued) == 3:
            raise MemoryError
        queued.append(fields["to"])
        return outbox.queue(**fields)

    monkeypatch.setattr("privacy.post._outbox", dies)
    with pytest.raises(MemoryError):
        letters.write_letters()
    assert Message.objects.count() == 2  # whole batches
    monkeypatch.setattr("privacy.post._outbox", outbox.queue)
    assert letters.write_letters() == 3
    assert len(asked()) == 5


def test_the_letter_says_both_wordings_the_question_and_what_silence_means(
    biscuits: ClauseChange,
) -> None:
    bought()
    letters.write_letters()
    letter = Message.objects.get()
    for body in (letter.text, letter.html):
        flat = re.sub(r"\s+", " ", body)
        assert ASK in flat
        assert "No answer means no" in flat
        assert "no cookie at all" in flat
        assert "no cookie whatever" in flat
        assert "?answer=yes" in body
        assert "?answer=no" in body
        assert PRIYA not in body
        assert "Yes means that from" in re.sub("<[^>]+>", "", flat)
        # plain words: neither the marks of a draft nor what stays as it was
        assert not re.search(r"\[\[|\]\(|\*\*|Promises: ", body)
        assert "trolley cookie is the only one" not in flat
    assert letter.message_class == "change"


def test_a_clause_that_is_new_or_the_same_in_words_is_told_whole(
    biscuits: ClauseChange,
) -> None:
    old, new = document.load(1), document.load(2)
    one = new.clauses[3]
    without = replace(old, clauses=tuple(c for c in old.clauses if c.id != one.id))
    title, before, after = letters._wordings(without, new, one.id)
    assert (title, before) == (one.title, "")
    assert one.title in after
    assert letters._wordings(new, without, one.id)[2] == ""
    title, before, after = letters._wordings(old, old, one.id)
    assert before == after == told(one)
    with pytest.raises(document.PolicyError):
        letters._wordings(old, old, "no-such")


def test_those_who_asked_for_mail_are_told_of_a_version_and_nobody_else(
    tmp_path: Path,
) -> None:
    """P105: opted in is a yes; not having refused is none."""
    for name, answer in (("yes", "yes"), ("soft", "soft"), ("no", "no"), ("none", "")):
        bought(f"{name}@example.com")
        if answer:
            say(f"{name}@example.com", choices.MARKETING_EMAIL, answer)
    bought("later-out@example.com")
    say("later-out@example.com", choices.NEWSLETTER, "yes")
    say("later-out@example.com", choices.EVERYTHING, "no")
    for name in (choices.NEWS, choices.LAUNCHES):
        bought(f"{name}@example.com")
        say(f"{name}@example.com", name, "yes")
    draft(tmp_path)
    publish(tmp_path, tells_subscribers=True)
    assert letters.write_letters() == 2
    # who wants word of products alone did not ask for word of the shop
    assert asked() == {"yes@example.com", f"{choices.NEWS}@example.com"}


# --- the answer ---
@pytest.fixture
def page(biscuits: ClauseChange) -> str:
    subject = bought()
    return f"/privacy/choice/{links.token(subject, changes.question(biscuits))}/"


def allowed(version: int = 1) -> bool:
    return guard.allow("biscuits", email=PRIYA, collected_under=version)


def in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy.policies.current_version", lambda: 2)


def test_yes_no_and_silence_and_a_change_of_mind(
    client: Client, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(monkeypatch)
    assert not allowed()
    for answer in ("yes", "no", "yes"):
        assert client.post(page, {"answer": answer}).status_code == 303
        assert allowed() is (answer == "yes")
        shown = client.get(page).content.decode()
        assert f"Your answer now: {answer}" in shown
    assert Choice.objects.count() == 3
    entry = choices.history(PRIYA)[0]
    assert (entry.answer, entry.wording) == ("yes", ASK)


def test_looking_never_answers(client: Client, page: str) -> None:
    """Mail scanners follow every link."""
    for number in range(100):
        answer = client.get(f"{page}?answer={'yes' if number % 2 else 'no'}")
        assert answer.status_code == 200
        assert not answer.cookies
    assert not Choice.objects.exists()
    assert client.post(page, {"answer": "yes"}).status_code == 303


def test_the_same_answer_twice_is_one_entry(client: Client, page: str) -> None:
    for _ in range(3):
        client.post(page, {"answer": "no"})
    assert Choice.objects.count() == 1


@pytest.mark.parametrize("data", [{}, {"answer": ""}, {"answer": "maybe"}])
def test_what_is_no_answer_is_asked_again(
    client: Client, page: str, data: dict[str, str]
) -> None:
    answer = client.post(page, data)
    assert answer.status_code == 400
    assert "Choose yes or no" in answer.content.decode()
    assert not Choice.objects.exists()


def test_a_link_that_was_not_made_here_is_not_found(client: Client, page: str) -> None:
    subject = "0" * 64
    other_salt = signing.Signer(salt="other").sign_object([subject, "change:2:cookies"])
    no_such = links.token(subject, "change:9:cookies")
    general = links.token(subject, choices.EVERYTHING)
    forged = page.split("/")[3][:-2] + "xx"
    for token in (other_salt, no_such, general, forged, "x", "a" * 3000):
        address = f"/privacy/choice/{token}/"
        assert client.get(address).status_code == 404, token[:20]
        assert client.post(address, {"answer": "yes"}).status_code == 404
    assert not Choice.objects.exists()


def test_the_page_and_its_address_name_nobody(client: Client, page: str) -> None:
    shown = client.get(page).content.decode()
    for words in ("priya", "Raman", "Marlow"):
        assert words.lower() not in shown.lower()
        assert words.lower() not in page.lower()


def test_an_old_yes_does_not_outlive_leaving(
    client: Client, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(monkeypatch)
    client.post(page, {"answer": "yes"})
    assert allowed()
    say(PRIYA, choices.EVERYTHING, "no")
    assert not allowed()
    say(PRIYA, choices.EVERYTHING, "yes")
    assert allowed()
    for state in ("deactivated", "erased"):
        assert not guard.allow("biscuits", email=PRIYA, collected_under=1, state=state)
    assert allowed(version=2)


def test_a_link_outlives_a_new_secret_key(
    client: Client, page: str, settings: Settings
) -> None:
    settings.SECRET_KEY = "another-" + "k" * 50
    assert client.get(page).status_code == 200
    subject = email_hash(PRIYA)
    with_secret_key = signing.Signer(salt=links.SALT).sign_object(
        [subject, "change:2:cookies"]
    )
    assert client.get(f"/privacy/choice/{with_secret_key}/").status_code == 404


def test_the_page_shows_the_answers_to_its_own_question_only(
    client: Client, page: str, biscuits: ClauseChange
) -> None:
    ClauseChange.objects.create(
        version=2,
        clause="links",
        kind="held",
        purpose="biscuits",
        question="And may we ice them?",
    )
    other = links.token(email_hash(PRIYA), "change:2:links")
    client.post(f"/privacy/choice/{other}/", {"answer": "yes"})
    shown = client.get(page).content.decode()
    assert "And may we ice them?" not in shown
    assert "You have not answered yet" in shown
    assert (
        "Your answer now: yes"
        in client.get(f"/privacy/choice/{other}/").content.decode()
    )


def test_who_wants_nothing_is_told_that_a_yes_counts_for_nothing(
    client: Client, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "counts for nothing" not in client.get(page).content.decode()
    say(PRIYA, choices.EVERYTHING, "no")
    assert "counts for nothing" in client.get(page).content.decode()
    in_force(monkeypatch)
    client.post(page, {"answer": "yes"})
    assert not allowed()


def test_nobody_answers_without_end(
    client: Client, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "LIMIT", 3)
    answers = [client.post(page, {"answer": "no"}).status_code for _ in range(4)]
    assert answers == [303] * 3 + [429]


def test_the_page_takes_few_queries_however_long_the_history(
    client: Client, page: str
) -> None:
    counts = []
    client.get(page)  # the frame's own, kept for a while
    for answer in ("yes", "no", "yes", "no"):
        client.post(page, {"answer": answer})
        with CaptureQueriesContext(connection) as asked_for:
            client.get(page)
        counts.append(len(asked_for))
    assert counts[0] == counts[-1] <= 6


# --- when data was given, and when letters go ----------------------------------------
def test_an_old_account_makes_no_new_order_an_old_one(
    biscuits: ClauseChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Biscuits are baked from orders: what matters is when the order was made."""
    Member.objects.create_user(PRIYA, policy_version=1)
    in_force(monkeypatch)
    bought()
    assert list(changes.affected(biscuits)) == []
    draft_token(Client(), {product().sku: 1}, email=PRIYA)
    Order.objects.update(policy_version=1)
    assert [person.email for person in changes.affected(biscuits)] == [PRIYA]


def test_letters_leave_room_for_the_mail_of_orders(biscuits: ClauseChange) -> None:
    for number in range(5):
        bought(f"p{number}@example.com")
    assert [letters.write_letters(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(asked()) == 5


def test_without_the_cache_all_are_looked_at_and_none_has_two_letters(
    biscuits: ClauseChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise RedisError

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    for number in range(3):
        bought(f"p{number}@example.com")
    assert [letters.write_letters(limit=2) for _ in range(3)] == [2, 1, 0]
    assert len(asked()) == 3


def test_who_comes_after_the_round_has_a_letter_within_the_hour(
    biscuits: ClauseChange,
) -> None:
    bought("early@example.com")
    assert letters.write_letters() == 1
    bought("late@example.com")
    assert letters.write_letters() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        assert letters.write_letters() == 1
    assert asked() == {"early@example.com", "late@example.com"}


def test_news_of_a_version_is_held_from_who_said_no_meanwhile(
    tmp_path: Path, mail_server: MailServer
) -> None:
    for name in ("stays", "leaves"):
        bought(f"{name}@example.com")
        say(f"{name}@example.com", choices.MARKETING_EMAIL, "yes")
    draft(tmp_path)
    publish(tmp_path, tells_subscribers=True)
    assert letters.write_letters() == 2
    say("leaves@example.com", choices.MARKETING_EMAIL, "no")
    sender.send_due()
    assert mail_server.recipients == [["stays@example.com"]]


def test_who_is_asked_a_question_has_no_second_letter_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = guard.Purpose(
        "to bake biscuits", guard.CONSENT, since=2, uses=frozenset({"order"})
    )
    monkeypatch.setitem(guard.PURPOSES, "biscuits", new)
    bought("buyer@example.com")
    Member.objects.create_user("member@example.com")
    for name in ("buyer", "member"):
        say(f"{name}@example.com", choices.NEWSLETTER, "yes")
    draft(tmp_path, head=f"change cookies: held biscuits\nask cookies: {ASK}")
    publish(tmp_path, tells_subscribers=True)
    assert letters.write_letters() == 2
    kinds = {message.to: message.message_class for message in Message.objects.all()}
    assert kinds == {"buyer@example.com": "change", "member@example.com": "newsletter"}


def test_marketing_does_not_follow_who_closed_the_account(
    mail_server: MailServer,
) -> None:
    Member.objects.create_user(PRIYA)
    say(PRIYA, choices.MARKETING_EMAIL, "yes")
    assert outbox.may_send("marketing", PRIYA)
    Member.objects.update(is_active=False)
    assert not outbox.may_send("marketing", PRIYA)
