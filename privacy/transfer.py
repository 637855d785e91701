"""Whose details pass to a new owner: one rule for each person, in words (P64, P66).

A person is out as soon as one of these reasons holds; everybody else is in. The page
about a sale lists the reasons from here, so that what it says is what is done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

from privacy import choices, guard, probes, sightings, transitions
from privacy.models import Transition
from privacy.notices import Notice, register
from privacy.people import DEACTIVATED, ERASED, Person
from privacy.probes import Outcome, Probe
from privacy.sightings import Wanted

PURPOSE = "transfer"  # of privacy.guard
# What is kept of people for the law's sake alone does not pass.
_KEPT_FOR_LAW = frozenset({"legal", "choices", "law"})

REASONS = {
    "erased": "Everybody whose details were erased.",
    "closed": "Everybody who has closed or left their account.",
    "opted-out": "Everybody who has said no to everything.",
    "no": "Everybody who says no to this transfer, up to the moment it is made.",
    "silent": "Everybody who does not answer, where the new owner means to use the"
    " details differently: silence means no.",
    "law": "Everybody of whom we keep only what the law makes us keep, such as a tax"
    " record or a refusal.",
    "policy": "Whatever was given under a policy that did not mention a sale.",
    "nothing": "Everybody who has neither an account nor an order that was paid for.",
}
# What passes of nobody, whatever they answer.
NEVER = (
    "Passwords, and the keys that open orders and accounts.",
    "Messages that we sent, and the record of to whom we gave what.",
    "What the payment host told us. Card numbers we never had.",
    "Log files and the results of our own checks.",
    "Orders that were never paid for.",
)


@dataclass(frozen=True)
class Answers:
    """What one person said, as it stands."""

    this: str = ""  # "yes", "no", or "" for silence
    nothing_at_all: bool = False  # opted out of everything


def question(reference: str) -> str:
    """Return the name of the question in privacy.choices."""
    return f"transition:{reference}"


def why_not(person: Person, said: Answers, *, use_differs: bool) -> str:
    """Return why a person's details stay, as a key of REASONS; "" when they pass."""
    if person.state == ERASED:
        return "erased"
    if person.state == DEACTIVATED:
        return "closed"
    if said.nothing_at_all:
        return "opted-out"
    if said.this == "no":
        return "no"
    if use_differs and said.this != "yes":
        return "silent"
    if person.purposes <= _KEPT_FOR_LAW:
        return "law"
    return ""


def may_be_asked(person: Person, said: Answers) -> bool:
    """Say whether a person is asked: reachable, and without an answer yet (P103)."""
    if why_not(person, said, use_differs=True) != "silent" or not person.email:
        return False
    return guard.allow(
        "question",
        email=person.email,
        collected_under=min(person.versions),
        state=person.state,
    )


def may_move(person: Person, version: int) -> bool:
    """Say whether what a person gave under a policy version may pass (P100)."""
    return guard.allow(
        PURPOSE, email=person.email, collected_under=version, state=person.state
    )


def answers(reference: str, batch: Iterable[Person]) -> dict[str, Answers]:
    """Return what some people said, by the hash of each; one query."""
    this = question(reference)
    subjects = [person.subject for person in batch]
    said = choices.answers(subjects, (this, choices.EVERYTHING))
    return {
        subject: Answers(
            this=said.get((subject, this), ""),
            nothing_at_all=said.get((subject, choices.EVERYTHING)) == "no",
        )
        for subject in subjects
    }


# --- the notice -----------------------------------------------------------------------
def title(transition: Transition) -> str:
    return f"Jessops is to pass to {transition.buyer}"


def summary(transition: Transition) -> str:
    """Return the notice's sentence, for every page."""
    day = transition.planned_on
    said = f"Nothing moves before {day.day} {day:%B %Y}."
    if transition.use_differs:
        return f"{said} Your details move only if you say yes."
    return said


def link(transition: Transition) -> str:
    return f"{reverse('privacy:transition')}#{transition.reference}"


def notice() -> Notice | None:
    """Return the bar for the top of every page, while a sale is announced."""
    transition = transitions.live()
    if transition is None:
        return None
    return Notice(
        kind="transition",
        title=f"{title(transition)}.",
        text=summary(transition),
        url=link(transition),
        link="Read the full notice",
    )


def wanted(transition: Transition) -> Wanted:
    """Return what every served page must show while a sale is announced."""
    return Wanted(link=link(transition), words=title(transition))


def _look() -> Outcome:
    transition = transitions.live()
    if transition is None:
        return Outcome(True, [], ["No sale is announced: there is nothing to show."])
    seen = sightings.look(wanted(transition))
    missing = [f"{one.path}: {one.why}." for one in seen if not one.shown]
    said = f"The notice {transition.reference} stands on all {len(seen)} pages."
    return Outcome(not missing, [one.path for one in seen], missing or [said])


# Whatever serves pages or runs jobs has loaded this module with its views or tasks.
register(notice)
SALE = probes.register(
    Probe(
        name="notice-of-sale",
        promises=("P65",),
        every=timedelta(minutes=30),
        words="Looks at a page of every kind for the notice of an announced sale.",
        run=_look,
        not_here=lambda: "" if transitions.live() else "no sale is announced",
    )
)
