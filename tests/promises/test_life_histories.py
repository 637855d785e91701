"""C5: a thousand random lives over three versions of the policy.

The guard's answers and the people written to must equal what an oracle says that was
written from the policy's own words (P100 to P103) and knows nothing of the code.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter import sender, wall
from newsletter.models import Message
from privacy import changes, choices, guard, links, policies
from privacy.actions import changes as letters
from privacy.models import ClauseChange
from shop.models import Order
from tests.builders import draft_token, product
from tests.newsletter.conftest import MailServer, mail_server
from tests.privacy.drafts import draft, publish

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db

LIVES = 1000
START = datetime(2027, 1, 10, 12, tzinfo=UTC)
NEW_IN = {"biscuits": 2, "cakes": 3}


@dataclass
class Life:
    """What happened to one person: the oracle's own record of it."""

    email: str
    orders_under: set[int] = field(default_factory=set)
    joined_under: int = 0
    account: str = ""  # "open", "closed"
    erased: bool = False
    wants_nothing: bool = False
    said: dict[str, str] = field(default_factory=dict)  # new use: last answer
    letters: dict[str, str] = field(default_factory=dict)  # new use: queued/sent/held

    # --- the policy's words, once more ------------------------------------------------
    @property
    def gone(self) -> bool:
        return self.erased or not (self.orders_under or self.account)

    @property
    def left(self) -> bool:
        return self.gone or self.account == "closed"

    def concerned(self, use: str) -> bool:
        """Data that we hold, given before the version that brought the new use."""
        under = set(self.orders_under)
        if use == "cakes" and self.account:
            under.add(self.joined_under)  # biscuits are baked from orders alone
        return not self.gone and any(version < NEW_IN[use] for version in under)

    def may_be_asked(self, use: str) -> bool:
        return self.concerned(use) and not self.left and not self.wants_nothing

    def may_be_used(self, use: str, under: int, version_now: int) -> bool:
        if NEW_IN[use] > version_now or self.left:
            return False  # not stated yet, or the person has left
        if under >= NEW_IN[use]:
            return True  # it was stated when they gave it
        return self.said.get(use) == "yes" and not self.wants_nothing


@dataclass
class World:
    """The shop, and the lives in it."""

    dice: random.Random
    template: Order
    version: int = 1
    lives: list[Life] = field(default_factory=list)

    # --- what can happen, done to the shop and told to the oracle ---------------------
    def buy(self, life: Life) -> None:
        row = Order.objects.get(pk=self.template.pk)
        number = self.dice.getrandbits(60)
        row.pk, row.number, row.token = None, f"J{number:014d}"[:16], f"t{number:x}"
        row.attempt = None
        row.email, row.email_hash = life.email, email_hash(life.email)
        row.policy_version = policies.current_version()
        row._state.adding = True
        row.save(force_insert=True)
        life.orders_under.add(self.version)
        life.erased = False

    def join(self, life: Life) -> None:
        if not life.account:
            Member.objects.create_user(life.email)
            life.account, life.joined_under, life.erased = "open", self.version, False

    def close(self, life: Life) -> None:
        if life.account == "open":
            Member.objects.filter(email=life.email).update(is_active=False)
            life.account = "closed"

    def come_back(self, life: Life) -> None:
        if life.account == "closed":
            Member.objects.filter(email=life.email).update(is_active=True)
            life.account = "open"

    def erase(self, life: Life) -> None:
        Member.objects.filter(email=life.email).delete()
        Order.objects.filter(email_hash=email_hash(life.email)).delete()
        life.account, life.orders_under, life.erased = "", set(), True

    def want_nothing(self, life: Life) -> None:
        self._say(life, choices.EVERYTHING, "no")
        life.wants_nothing = True

    def want_again(self, life: Life) -> None:
        if life.wants_nothing:
            self._say(life, choices.EVERYTHING, "yes")
            life.wants_nothing = False

    def refuse_marketing(self, life: Life) -> None:
        self._say(life, choices.MARKETING_EMAIL, "no")

    def answer(self, life: Life) -> None:
        asked = [use for use, state in life.letters.items() if state == "sent"]
        if asked:
            use, said = self.dice.choice(asked), self.dice.choice(("yes", "no"))
            question = changes.question(change_of(use))
            token = links.token(email_hash(life.email), question)
            done = Client().post(f"/privacy/choice/{token}/", {"answer": said})
            assert done.status_code == 303
            life.said[use] = said

    def nothing(self, life: Life) -> None:
        """Silence."""

    def live(self, steps: int) -> None:
        """Let something happen to everybody, or nothing."""
        can: list[Callable[[Life], None]] = [
            *(self.buy, self.join, self.close, self.come_back, self.erase),
            *(self.want_nothing, self.want_again, self.refuse_marketing),
            *(self.answer, self.answer, self.answer, self.nothing, self.nothing),
        ]
        for life in self.lives:
            for _ in range(self.dice.randint(0, steps)):
                self.dice.choice(can)(life)

    # --- letters ---
    def write(self, uses: list[str]) -> None:
        letters.write_letters(seconds=300)
        for life in self.lives:
            for use in uses:
                if use not in life.letters and life.may_be_asked(use):
                    life.letters[use] = "queued"

    def send(self) -> None:
        sender.send_due(at_most=10_000, seconds=300)
        for life in self.lives:
            for use, state in life.letters.items():
                if state == "queued":
                    asked = not life.left and not life.wants_nothing
                    life.letters[use] = "sent" if asked else "held"

    def _say(self, life: Life, purpose: str, answer: str) -> None:
        choices.record(
            email=life.email,
            purpose=purpose,
            answer=answer,
            where="test",
            wording="words",
        )


def change_of(use: str) -> ClauseChange:
    return ClauseChange.objects.get(purpose=use)


@pytest.fixture
def uses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, since in NEW_IN.items():
        of = frozenset({"order"}) if name == "biscuits" else frozenset[str]()
        rule = guard.Purpose(f"to bake {name}", guard.CONSENT, since=since, uses=of)
        monkeypatch.setitem(guard.PURPOSES, name, rule)


def lived(folder: Path, seed: int, lives: int) -> World:
    """Run the whole story; return the world as it stands at its end."""
    sku = product().sku
    with time_machine.travel(START, tick=True):
        template = Order.objects.get(token=draft_token(Client(), {sku: 1}))
    world = World(random.Random(seed), template)  # noqa: S311  no secret
    world.lives = [Life(f"life{number:04d}@example.com") for number in range(lives)]
    changed = {2: ("cookies", "biscuits"), 3: ("links", "cakes")}
    known: list[str] = []
    with time_machine.travel(START + timedelta(hours=1), tick=True):
        for life in world.lives:
            world.dice.choice((world.buy, world.join, world.nothing))(life)
        world.live(2)
    for number, (clause, use) in changed.items():
        begin = START + timedelta(days=60 * (number - 1))
        with time_machine.travel(begin, tick=True):
            policies.forget()
            draft(
                folder,
                number=number,
                head=f"change {clause}: held {use}\nask {clause}: May we bake {use}?",
                was="This policy speaks for this site alone."
                if clause == "links"
                else "If you only look around, we set no cookie at all.",
                now=f"We bake {use}.",
            )
            if number == 3:  # version 3 keeps what version 2 changed
                path = folder / "3.md"
                path.write_text(
                    path.read_text().replace(
                        "If you only look around, we set no cookie at all.",
                        "We bake biscuits.",
                    )
                )
            publish(folder, number=number, days=31)
            known.append(use)
            world.write([use])
            world.live(2)
            world.send()
            world.live(2)
        with time_machine.travel(begin + timedelta(days=31), tick=True):
            policies.forget()
            world.version = number
            world.write([use])
            world.send()
            world.live(3)
            # The old version's time is over: what is queued from here on is nobody's.
    return world


def disagreements(world: World) -> Iterator[str]:
    """Say where the shop and the oracle differ, a line each."""
    with time_machine.travel(START + timedelta(days=200), tick=True):
        policies.forget()
        for life in world.lives:
            if not life.gone:
                yield from _guard_disagrees(life)
    sent = set(Message.objects.filter(state="sent").values_list("to", "about"))
    for life in world.lives:
        for use, version in NEW_IN.items():
            wanted = life.letters.get(use) == "sent"
            if ((life.email, f"policy:{version}") in sent) is not wanted:
                yield f"{life.email}: letter about {use}, {life}"


def _guard_disagrees(life: Life) -> Iterator[str]:
    state = {"open": guard.MEMBER, "closed": guard.DEACTIVATED}.get(
        life.account, guard.GUEST
    )
    for use in NEW_IN:
        for under in (1, 2, 3):
            found = guard.allow(
                use, email=life.email, collected_under=under, state=state
            )
            if found is not life.may_be_used(use, under, 3):
                yield f"{life.email}: {use} under {under} is {found}, {life}"


def test_a_thousand_lives_are_used_and_written_to_as_the_policy_says(
    uses: None, tmp_path: Path, mail_server: MailServer
) -> None:
    world = lived(tmp_path, seed=2005, lives=LIVES)
    assert list(disagreements(world)) == []
    # The story is worth something: every end that there is was met.
    ends = {state for life in world.lives for state in life.letters.values()}
    assert ends == {"sent", "held"}
    said = {life.said.get("biscuits") for life in world.lives}
    assert said == {"yes", "no", None}
    delivered = {to for (to,) in mail_server.recipients}
    assert delivered == set(
        Message.objects.filter(state="sent").values_list("to", flat=True)
    )


def forget_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = choices.current_of
    monkeypatch.setattr(
        choices,
        "current_of",
        lambda who, what: None if what == choices.EVERYTHING else honest(who, what),
    )


def use_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_LIVING", guard.STATES)
    for name in NEW_IN:
        rule = replace(guard.PURPOSES[name], states=guard.STATES)
        monkeypatch.setitem(guard.PURPOSES, name, rule)


def write_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        changes, "reachable", lambda batch: [one for one in batch if one.email]
    )
    monkeypatch.setattr(wall, "_may_be_asked", lambda to: True)


HARMS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "silence counts as yes": lambda monkeypatch: monkeypatch.setattr(
        guard, "_agreed", lambda *_: True
    ),
    "an old yes outlives leaving": use_who_left,
    "who wants nothing is used": forget_everything,
    "everybody is written to": write_to_everybody,
    "the version does not matter": lambda monkeypatch: monkeypatch.setattr(
        changes, "concerns", lambda change, person: True
    ),
    "the wall does not look again": lambda monkeypatch: monkeypatch.setattr(
        wall, "_may_be_asked", lambda to: True
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_the_oracle_finds_each_harm(
    harm: str,
    uses: None,
    tmp_path: Path,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: with one rule broken, a hundred lives show it."""
    HARMS[harm](monkeypatch)
    world = lived(tmp_path, seed=7, lives=100)
    assert list(disagreements(world))
