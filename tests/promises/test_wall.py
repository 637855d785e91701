"""The golden table of mail: every class and every state, held against the wall.

Each state is made by the pages and actions that make it in the shop; the table is
newsletter.golden, which the wall never reads (H5, C9, P45, P47, P49).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jessops.lib.hashing import email_hash
from members.actions import leaving
from members.models import Member
from newsletter import golden, outbox, sender, suppression, wall
from newsletter.actions import sign_up
from newsletter.models import Message, Subscription, Suppression
from privacy import choices, guard
from privacy.actions import choices as choosing
from privacy.models import Erasure
from shop.models import Status
from tests.builders import draft_token, move_order, product
from tests.members.cast import member
from tests.newsletter.conftest import MailServer, mail_server

pytestmark = pytest.mark.django_db
__all__ = ["mail_server"]  # a fixture

WHO = "canary@example.co.uk"
SUBJECT = email_hash(WHO)


def says(answer: str, *purposes: str) -> None:
    for purpose in purposes or choices.LISTS:
        choices.record(
            email=WHO, purpose=purpose, answer=answer, where="test", wording="words"
        )


def willing() -> Member:
    """A member who said yes to every list."""
    who = member(WHO)
    says("yes")
    return who


def guest() -> None:
    token = draft_token(Client(), {product().sku: 1}, email=WHO)
    now = timezone.now()
    move_order(token, Status.AUTHORISED, placed_at=now, authorised_at=now)
    if choices.current(WHO, choices.MARKETING_EMAIL) is None:
        says("soft", choices.MARKETING_EMAIL)


def pending() -> None:
    sign_up.ask(email=WHO, name="")


def subscriber() -> None:
    pending()
    assert sign_up.confirm(pk=Subscription.objects.get().pk)


def opted_out() -> None:
    willing()
    choosing.say_no_to_everything(subject=SUBJECT, where="choices")


def deactivated() -> None:
    leaving.deactivate(member=willing(), by="member")


def asked_to_be_erased() -> Erasure:
    willing()
    return leaving.ask_erasure(subject=SUBJECT, email=WHO, door="member", by="member")


def erased() -> None:
    one = asked_to_be_erased()
    ago = timezone.now() - timedelta(days=4)
    Erasure.objects.filter(pk=one.pk).update(
        asked_at=ago, due_at=ago + timedelta(days=3)
    )
    assert leaving.sweep() == 1


def suppressed(reason: str) -> None:
    willing()
    suppression.suppress(subject=SUBJECT, reason=reason)


MAKE: dict[str, Callable[[], object]] = {
    "unknown": lambda: None,
    "pending": pending,
    "guest": guest,
    "subscriber": subscriber,
    "member": willing,
    "silent": lambda: member(WHO),
    "opted-out": opted_out,
    "deactivated": deactivated,
    "leaving": asked_to_be_erased,
    "erased": erased,
    "complained": lambda: suppressed(Suppression.Reason.COMPLAINT),
    "gone": lambda: suppressed(Suppression.Reason.HARD),
    "ourselves": lambda: None,
    "colleague": lambda: member(WHO, is_staff=True),
}


def row(state: golden.State) -> dict[str, bool]:
    """What the wall says of each class to somebody in a state."""
    to = settings.COMPANY["liaison_email"] if state.code == "ourselves" else WHO
    return {code: wall.may_send(code, to) for code in golden.CLASSES}


def wanted(state: golden.State) -> dict[str, bool]:
    return {code: code in state.gets for code in golden.CLASSES}


def test_the_table_has_every_class_and_every_state() -> None:
    assert set(golden.CLASSES) == set(Message.Kind.values)
    assert {state.code for state in golden.STATES} == set(MAKE)
    for state in golden.STATES:
        assert state.gets <= set(golden.CLASSES), state.code
    # what issue 5 names
    named = {"guest", "subscriber", "member", "opted-out", "deactivated", "erased"}
    assert named <= set(MAKE)


def cases() -> list[Any]:
    """Every state; an erasure takes transactions of its own."""
    apart = pytest.mark.django_db(transaction=True)
    return [
        pytest.param(one, id=one.code, marks=[apart] if one.code == "erased" else [])
        for one in golden.STATES
    ]


@pytest.mark.parametrize("state", cases())
def test_each_cell_of_the_table_is_what_the_wall_says(state: golden.State) -> None:
    MAKE[state.code]()
    assert row(state) == wanted(state)


def test_the_table_is_no_mirror_of_the_wall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: a wall that forgets one question no longer fits the table."""
    (state,) = (one for one in golden.STATES if one.code == "opted-out")
    opted_out()
    assert row(state) == wanted(state)
    monkeypatch.setattr(wall, "_want", lambda kind, subjects, states: subjects)
    assert row(state) != wanted(state)


def test_a_service_announcement_reaches_who_wants_no_letters_and_no_closed_account(
    mail_server: MailServer,
) -> None:
    """P47: leaving lists does not stop it, closing the account does."""
    opted_out()
    assert wall.may_send("service", WHO)
    message = queued("service")
    leaving.deactivate(member=Member.objects.get(email=WHO), by="member")
    assert not wall.may_send("service", WHO)
    sender.send_due()
    message.refresh_from_db()
    assert message.state == "held"


def queued(message_class: str, about: str = "", key: str = "k") -> Message:
    return outbox.queue(
        message_class=message_class,
        to=WHO,
        subject="A letter",
        text="Words.",
        about=about,
        key=key,
    )


@pytest.mark.parametrize("message_class", wall.QUESTIONS)
def test_what_waits_is_stopped_by_a_no_of_any_kind(
    message_class: str, mail_server: MailServer
) -> None:
    """P45: the wall is asked again as each letter leaves, not only when written."""
    willing()
    stops: list[Callable[[], object]] = [
        lambda: says("no", wall.QUESTIONS[message_class]),
        lambda: says("no", choices.EVERYTHING),
        lambda: suppression.suppress(subject=SUBJECT, reason="complaint"),
    ]
    for number, stop in enumerate(stops):
        says("yes", choices.EVERYTHING)
        says("yes")
        assert queued(message_class, key=str(number)).state == "queued"
        stop()
        assert sender.send_due() == 0
    assert set(Message.objects.values_list("state", flat=True)) == {"held"}
    assert mail_server.messages == []


def test_only_its_own_list_lets_a_letter_through() -> None:
    member(WHO)
    for message_class, question in wall.QUESTIONS.items():
        says("no")
        says("yes", question)
        let_through = {one for one in wall.QUESTIONS if wall.may_send(one, WHO)}
        assert let_through == {message_class}


@pytest.mark.parametrize("message_class", [*wall.QUESTIONS, "service", "change"])
def test_without_the_database_the_wall_raises(
    message_class: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    willing()
    assert message_class == "change" or wall.may_send(message_class, WHO)

    def down(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("django.db.connection.cursor", down)
    with pytest.raises(OperationalError):
        wall.may_send(message_class, WHO)


def test_every_list_has_a_class_of_its_own() -> None:
    assert sorted(wall.QUESTIONS.values()) == sorted(choices.LISTS)
    for name in wall.QUESTIONS:
        assert guard.PURPOSES[name].asks == wall.QUESTIONS[name]


# --- holds ---------------------------------------------------------------------------
@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A hold that says of a matter what the test wrote down."""
    words: dict[str, str] = {}
    monkeypatch.setattr(wall, "_holds", [])
    wall.register_hold(lambda about: words.get(about, wall.GO))
    return words


def test_what_is_paused_waits_without_an_end_and_then_goes(
    hold: dict[str, str], mail_server: MailServer
) -> None:
    hold["campaign:1"] = wall.WAIT
    willing()
    message = queued("news", about="campaign:1")
    other = queued("news", about="campaign:2", key="other")
    for _ in range(3):
        Message.objects.filter(pk=message.pk).update(
            due_at=timezone.now(), give_up_at=timezone.now() - timedelta(days=1)
        )
        sender.send_due()
    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, message.attempts, other.state) == ("queued", 0, "sent")
    assert message.due_at > timezone.now()
    assert message.give_up_at > timezone.now() + timedelta(days=2)
    hold["campaign:1"] = wall.GO
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    assert sender.send_due() == 1


def test_what_is_cancelled_never_goes(
    hold: dict[str, str], mail_server: MailServer
) -> None:
    willing()
    message = queued("news", about="campaign:1")
    hold["campaign:1"] = wall.DROP
    assert sender.send_due() == 0
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("held", "cancelled")
    assert queued("news", about="campaign:1", key="late").state == "held"
    assert mail_server.messages == []


def test_the_strictest_hold_counts_and_an_unknown_word_is_a_mistake(
    hold: dict[str, str],
) -> None:
    wall.register_hold(lambda about: wall.WAIT)
    assert wall.word_on("campaign:1") == wall.WAIT
    hold["campaign:1"] = wall.DROP
    assert wall.word_on("campaign:1") == wall.DROP
    assert wall.word_on("") == wall.GO
    hold["campaign:1"] = "perhaps"
    with pytest.raises(ValueError, match="perhaps"):
        wall.word_on("campaign:1")


def test_asking_the_wall_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    willing()
    wall.may_send("news", WHO)
    with django_assert_max_num_queries(14):
        assert wall.may_send("news", WHO)
