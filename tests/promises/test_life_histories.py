"""C5: a thousand random lives over three versions of the policy.

The guard's answers and the people written to must equal what an oracle says that was
written from the policy's own words (P100 to P103) and knows nothing of the code.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from copy import copy
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
from privacy import changes, choices, choosing, guard, links, people, policies
from privacy.actions import changes as letters
from privacy.models import ClauseChange
from privacy.people import Holder, Person
from shop.models import Order
from tests.builders import draft_token, product
from tests.newsletter.conftest import MailServer, mail_server
from tests.privacy.drafts import draft, publish

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db

LIVES = 1000
START = datetime(2027, 1, 10, 12, tzinfo=UTC)
NEW_IN = {"biscuits": 2, "cakes": 3}
# The topics by their names in the form of choices, each with its purpose.
MAIL = {
    "offers": "marketing",
    "launches": "launches",
    "news": "news",
    "newsletter": "newsletter",
}


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
    mail: dict[str, str] = field(default_factory=dict)  # kind of mail: last answer
    letters: dict[str, str] = field(default_factory=dict)  # new use: queued/sent/held

    # --- the policy's words, once more ------------------------------------------------
    @property
    def left(self) -> bool:
        return self.erased or self.account == "closed"

    def concerned(self, use: str) -> bool:
        """Data that we hold, given before the version that brought the new use."""
        under = set(self.orders_under)
        if use == "cakes" and self.account:
            under.add(self.joined_under)  # biscuits are baked from orders alone
        return not self.erased and any(version < NEW_IN[use] for version in under)

    def may_be_asked(self, use: str) -> bool:
        return self.concerned(use) and not self.left and not self.wants_nothing

    def may_be_used(self, use: str, under: int, version_now: int) -> bool:
        if under > version_now:
            return False  # nothing can have been given under a policy to come
        if use not in NEW_IN:
            return self.may_be_used_as_ever(use)
        if NEW_IN[use] > version_now or self.left:
            return False  # not stated yet, or the person has left
        if under >= NEW_IN[use]:
            return True  # it was stated when they gave it
        return self.said.get(use) == "yes" and not self.wants_nothing

    def may_be_used_as_ever(self, use: str) -> bool:
        if use in ("legal", "law", "choices", "rights"):
            return True  # the law asks for it, whoever left
        if use in ("order", "enquiry"):
            return not self.erased  # a closed account stops no parcel and no answer
        if self.left:
            return False
        if use == "question":
            return not self.wants_nothing
        if use in MAIL.values():
            wanted = ("yes", "soft") if use == "marketing" else ("yes",)
            return self.mail.get(use) in wanted and not self.wants_nothing
        return use in (
            *("payment", "delivery", "address-check", "account", "service"),
            *("security", "clubs", "transfer", "contest", "survey", "sign-up"),
        )


@dataclass
class World:
    """The shop, and the lives in it."""

    dice: random.Random
    template: Order
    erasures: set[str]  # hashes, as a later step of the shop will keep them
    version: int = 1
    lives: list[Life] = field(default_factory=list)
    found: list[str] = field(default_factory=list)  # disagreements on the way

    # --- what can happen, done to the shop and told to the oracle ---------------------
    def buy(self, life: Life) -> None:
        row = copy(self.template)
        number = self.dice.getrandbits(60)
        row.pk, row.number, row.token = None, f"J{number:014d}"[:16], f"t{number:x}"
        row.attempt = None
        row.email, row.email_hash = life.email, email_hash(life.email)
        row.policy_version = policies.current_version()
        row._state.adding = True
        row.save(force_insert=True)
        life.orders_under.add(self.version)
        self.appear(life)

    def join(self, life: Life) -> None:
        if not life.account:
            Member.objects.create_user(life.email)
            life.account, life.joined_under = "open", self.version
            self.appear(life)

    def appear(self, life: Life) -> None:
        """Whoever comes (again) is a new person to the shop."""
        self.erasures.discard(email_hash(life.email))
        life.erased = False

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
        self.erasures.add(email_hash(life.email))
        life.account, life.orders_under, life.erased = "", set(), True

    def want_nothing(self, life: Life) -> None:
        """By the button of the page of choices, or by another door's bare record."""
        if self.dice.random() < 0.5:
            self._press(life, everything="no")
            for use, answer in life.mail.items():
                life.mail[use] = "no" if answer in ("yes", "soft") else answer
        else:
            self._say(life, choices.EVERYTHING, "no")
        life.wants_nothing = True

    def want_again(self, life: Life) -> None:
        if life.wants_nothing:
            self._press(life, everything="yes")
            life.wants_nothing = False

    def choose(self, life: Life) -> None:
        """Mark every topic on the page of choices by hand, and save."""
        marked = {name: self.dice.choice(("yes", "no")) for name in MAIL}
        shown = {
            f"was-{name}": "no" if said == "yes" else "yes"
            for name, said in marked.items()
        }
        refused = life.wants_nothing and any(
            said == "yes" and life.mail.get(MAIL[name]) != "yes"
            for name, said in marked.items()
        )
        assert self._press(life, **marked, **shown) is not refused
        if not refused:
            life.mail.update({MAIL[name]: said for name, said in marked.items()})

    def send_the_order_form(self, life: Life) -> None:
        """Its box: ticked, off every list; empty, nothing to who ever answered."""
        ticked = self.dice.random() < 0.5
        choices.record_opt_out_box(
            email=life.email, ticked=ticked, where="checkout", wording="words"
        )
        if ticked:
            life.mail = dict.fromkeys(life.mail, "no") | {"marketing": "no"}
        elif "marketing" not in life.mail and not life.wants_nothing:
            life.mail["marketing"] = "soft"

    def speak_of_marketing(self, life: Life) -> None:
        life.mail["marketing"] = self.dice.choice(("no", "soft", "yes"))
        self._say(life, choices.MARKETING_EMAIL, life.mail["marketing"])

    def speak_of_newsletter(self, life: Life) -> None:
        life.mail["newsletter"] = self.dice.choice(("no", "yes"))
        self._say(life, choices.NEWSLETTER, life.mail["newsletter"])

    def answer(self, life: Life) -> None:
        asked = [use for use, state in life.letters.items() if state == "sent"]
        if asked:
            use, said = self.dice.choice(asked), self.dice.choice(("yes", "no"))
            question = changes.question(change_of(use))
            if self.dice.random() < 0.2:
                token = links.token(email_hash(life.email), question)
                home = f"10.0.{self.dice.randrange(256)}.1"  # each a network of its own
                done = Client(REMOTE_ADDR=home).post(
                    f"/privacy/choice/{token}/", {"answer": said}
                )
                assert done.status_code == 303
            else:  # what the page does, without the page
                self._say(life, question, said)
            life.said[use] = said

    def nothing(self, life: Life) -> None:
        """Silence."""

    def live(self, steps: int) -> None:
        """Let something happen to everybody, or nothing."""
        can: list[Callable[[Life], None]] = [
            *(self.buy, self.join, self.close, self.come_back, self.erase),
            *(self.want_nothing, self.want_again),
            *(self.speak_of_marketing, self.speak_of_newsletter),
            *(self.choose, self.send_the_order_form),
            *(self.answer, self.answer, self.answer, self.nothing, self.nothing),
        ]
        for life in self.lives:
            for _ in range(self.dice.randint(0, steps)):
                self.dice.choice(can)(life)

    # --- letters ---
    def write(self, uses: list[str]) -> None:
        letters.write_letters(limit=10_000, seconds=300)
        for life in self.lives:
            for use in uses:
                if use not in life.letters and life.may_be_asked(use):
                    life.letters[use] = "queued"

    def send(self) -> None:
        sender.send_due(at_most=10_000, seconds=300)
        for life in self.lives:
            for use, state in life.letters.items():
                if state == "queued":
                    # who was erased and came back may be asked as anybody may
                    held = bool(life.orders_under or life.account)
                    asked = held and not life.left and not life.wants_nothing
                    life.letters[use] = "sent" if asked else "held"

    def _press(self, life: Life, **form: str) -> bool:
        """What the page of choices does with a form; say whether it was taken."""
        subject = email_hash(life.email)
        taken = choosing.take(form, subject=subject, where="choices")
        return not taken.trouble

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


Bring = Callable[[str], None]


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Let the shop know of a new use, as code does that comes with a new version."""

    def bring(name: str) -> None:
        of = frozenset({"order"}) if name == "biscuits" else frozenset[str]()
        rule = guard.Purpose(
            f"to bake {name}", guard.CONSENT, since=NEW_IN[name], uses=of
        )
        monkeypatch.setitem(guard.PURPOSES, name, rule)

    return bring


@pytest.fixture
def erasures() -> Iterator[set[str]]:
    """The record of erased people that a later step keeps: one more holder."""
    kept, before = set[str](), dict(people._holders)

    def after(subject: str, limit: int) -> list[Person]:
        there = sorted(one for one in kept if one > subject)[:limit]
        return [Person(one, "", people.ERASED, frozenset()) for one in there]

    def state(subject: str) -> str | None:
        return people.ERASED if subject in kept else None

    people.register(Holder("erasures", after, state))
    yield kept
    people._holders.clear()
    people._holders.update(before)


def lived(
    folder: Path, seed: int, lives: int, erasures: set[str], bring: Bring
) -> World:
    """Run the whole story; return the world as it stands at its end."""
    sku = product().sku
    with time_machine.travel(START, tick=True):
        template = Order.objects.get(token=draft_token(Client(), {sku: 1}))
        Order.objects.all().delete()  # the pattern of orders is nobody's
    world = World(random.Random(seed), template, erasures)  # noqa: S311  no secret
    world.lives = [Life(f"life{number:04d}@example.com") for number in range(lives)]
    changed = {2: ("cookies", "biscuits"), 3: ("links", "cakes")}
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
            bring(use)
            publish(folder, number=number, days=31)
            world.write([use])
            world.live(2)
            world.send()
            world.live(2)
        with time_machine.travel(begin + timedelta(days=20), tick=True):
            policies.forget()
            world.write([use])
            world.live(1)
            few = world.dice.sample(world.lives, 20)
            world.found += guard_disagrees(world, few, guard.PURPOSES)
        with time_machine.travel(begin + timedelta(days=31), tick=True):
            policies.forget()
            world.version = number
            world.write([use])
            world.send()
            world.live(3)
            # The old version's time is over: what is queued from here on is nobody's.
    return world


def disagreements(world: World, uses: Iterable[str]) -> list[str]:
    """Say where the shop and the oracle differ, a line each."""
    found = list(world.found)
    with time_machine.travel(START + timedelta(days=200), tick=True):
        policies.forget()
        found += guard_disagrees(world, world.lives, uses)
    wanted = Counter(
        (life.email, f"policy:{NEW_IN[use]}")
        for life in world.lives
        for use, state in life.letters.items()
        if state == "sent"
    )
    mails = Message.objects.filter(state="sent")
    sent = Counter((mail.to, mail.about) for mail in mails)
    for name in wanted.keys() | sent.keys():
        if wanted[name] != sent[name]:
            found.append(f"{name}: wanted {wanted[name]}, sent {sent[name]}")
    return found


def guard_disagrees(world: World, lives: list[Life], uses: Iterable[str]) -> list[str]:
    found = []
    for life in lives:
        state = people.state_of(life.email) or people.GUEST
        for use in uses:
            for under in (1, 2, 3) if use in NEW_IN else (1,):
                said = guard.allow(
                    use, email=life.email, collected_under=under, state=state
                )
                if said is not life.may_be_used(use, under, world.version):
                    found.append(f"{life.email}: {use} under {under} is {said}, {life}")
    return found


def test_a_thousand_lives_are_used_and_written_to_as_the_policy_says(
    bring: Bring, tmp_path: Path, mail_server: MailServer, erasures: set[str]
) -> None:
    world = lived(tmp_path, 2005, LIVES, erasures, bring)
    assert disagreements(world, guard.PURPOSES) == []
    # The story is worth something: every end that there is was met.
    ends = Counter(state for life in world.lives for state in life.letters.values())
    assert ends["sent"] > LIVES / 2
    assert ends["held"] > LIVES / 50
    said = Counter(life.said.get("biscuits") for life in world.lives)
    assert all(said[answer] > LIVES / 20 for answer in ("yes", "no", None)), said
    used = [life for life in world.lives if life.may_be_used("biscuits", 1, 3)]
    assert len(used) > LIVES / 50
    delivered = Counter(to for (to,) in mail_server.recipients)
    assert delivered == Counter(
        mail.to for mail in Message.objects.filter(state="sent")
    )


def forget_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = choices.answers
    monkeypatch.setattr(
        choices,
        "answers",
        lambda subjects, asked: {
            (who, what): answer
            for (who, what), answer in honest(subjects, asked).items()
            if what != choices.EVERYTHING
        },
    )


def use_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = guard._rule

    def for_all(name: str) -> guard.Purpose:
        rule = honest(name)
        return replace(rule, states=guard.STATES) if name in NEW_IN else rule

    monkeypatch.setattr(guard, "_LIVING", guard.STATES)
    monkeypatch.setattr(guard, "_rule", for_all)


def take_all_for_new(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = guard._decide
    monkeypatch.setattr(
        guard,
        "_decide",
        lambda rule, asked, said, under, state: honest(
            rule, asked, said, max(under, rule.since), state
        ),
    )


def write_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        changes,
        "reachable",
        lambda change, batch: [
            (one, one.email)
            for one in batch
            if one.email and changes.concerns(change, one)
        ],
    )
    monkeypatch.setattr(wall, "_may_be_asked", lambda subjects, states: subjects)


def do_not_look_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "_may_be_asked", lambda subjects, states: subjects)


HARMS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "silence counts as yes": lambda monkeypatch: monkeypatch.setattr(
        guard, "_agreed", lambda *_: True
    ),
    "an old yes outlives leaving": use_who_left,
    "who wants nothing is used": forget_everything,
    "the guard ignores the version": take_all_for_new,
    "everybody is written to": write_to_everybody,
    "everybody is concerned": lambda monkeypatch: monkeypatch.setattr(
        changes, "concerns", lambda change, person: True
    ),
    "the wall does not look again": do_not_look_again,
}


@pytest.mark.parametrize("harm", [None, *HARMS])
def test_the_oracle_finds_each_harm(
    harm: str | None,
    bring: Bring,
    tmp_path: Path,
    mail_server: MailServer,
    erasures: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: with one rule broken, a hundred lives show it; with none, none."""
    if harm:
        HARMS[harm](monkeypatch)
    world = lived(tmp_path, 7, 100, erasures, bring)
    assert bool(disagreements(world, (*NEW_IN, *MAIL.values()))) is bool(harm)
