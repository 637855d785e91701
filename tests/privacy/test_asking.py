"""Asking people whether their details may pass to a new owner."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter.models import Message
from privacy import choices, people, tasks, transfer
from privacy.actions import asking
from privacy.actions import transitions as actions
from tests.privacy.test_transitions import announce, paid, say

pytestmark = pytest.mark.django_db


def asked() -> list[str]:
    kept = Message.objects.filter(message_class="change", state="queued")
    return sorted(message.to for message in kept)


def test_everybody_who_can_be_reached_is_asked_once(settings: Settings) -> None:
    for name in ("silent", "said-yes", "said-no", "wants-nothing"):
        paid(f"{name}@example.com")
    Member.objects.create_user("closed@example.com", is_active=False)
    sale = announce(use_differs=True, question="May they write about insurance?")
    this = transfer.question(sale.reference)
    say("said-yes@example.com", this, "yes")
    say("said-no@example.com", this, "no")
    say("wants-nothing@example.com", choices.EVERYTHING, "no")
    asking.ask()
    asking.ask()
    assert asked() == ["silent@example.com"]
    message = Message.objects.get(message_class="change")
    assert "May they write about insurance?" in message.text
    assert f"{settings.SITE_URL}/privacy/choice/" in message.text
    assert f"{settings.SITE_URL}/privacy/choice/" in message.html
    paid("new@example.com")
    asking.ask()
    assert asked() == ["new@example.com", "silent@example.com"]


def test_nobody_is_asked_where_the_use_is_the_same_or_nothing_is_sold() -> None:
    paid("priya@example.co.uk")
    assert asking.ask() == 0
    sale = announce()
    assert asking.ask() == 0
    actions.withdraw(reference=sale.reference, by="Member 1")
    sale = announce(use_differs=True, question="May they?")
    actions.withdraw(reference=sale.reference, by="Member 1")
    assert asking.ask() == 0
    assert asked() == []


def test_a_round_that_runs_out_of_time_is_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(3):
        paid(f"person{number}@example.com")
    announce(use_differs=True, question="May they?")
    monkeypatch.setattr(actions, "BATCH", 1)
    assert asking.ask(seconds=-1.0) == 1
    assert asking.ask() == 2
    assert asking.ask() == 0
    assert len(asked()) == 3


def test_an_answer_by_the_letters_link_decides(client: Client) -> None:
    """The whole way: asked by letter, answered in one step, in or out of the set."""
    for name in ("yes", "no", "silent"):
        paid(f"{name}@example.com")
    sale = announce(use_differs=True, question="May they write about insurance?")
    asking.ask()
    for answer in ("yes", "no"):
        message = Message.objects.get(
            to_hash=email_hash(f"{answer}@example.com"), message_class="change"
        )
        found = re.search(r"http://localhost:8000(/privacy/choice/\S+)", message.text)
        assert found
        page = client.get(found[1])
        assert "May they write about insurance?" in page.content.decode()
        assert client.post(found[1], {"answer": answer}).status_code == 303
    batch = list(people.everyone())
    said = transfer.answers(sale.reference, batch)
    stays = {
        person.email: transfer.why_not(person, said[person.subject], use_differs=True)
        for person in batch
    }
    assert stays == {
        "yes@example.com": "",
        "no@example.com": "no",
        "silent@example.com": "silent",
    }


def test_the_clock_looks_asks_and_tells(settings: Settings) -> None:
    """What beat names is there, and with nothing to do does nothing."""
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    for task in (
        tasks.look_for_notice,
        tasks.ask_about_sale,
        tasks.tell_of_disclosures,
    ):
        assert task.name in named
        task()
    paid("priya@example.co.uk")
    announce(use_differs=True, question="May they?")
    tasks.ask_about_sale()
    assert asked() == ["priya@example.co.uk"]
