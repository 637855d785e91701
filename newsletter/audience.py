"""Who gets a campaign and who does not, by reason (P18, P42, P45, P47)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.utils import timezone

from newsletter import announcements, established, suppression, wall
from newsletter.models import Campaign
from privacy import choices, guard, people
from privacy.people import Person

BATCH = 500
LEFT, SUPPRESSED, SILENT, NO = "left", "suppressed", "no-answer", "said-no"
TOO_NEW, ENOUGH, NOT_ASKED_FOR = "not-established", "cap", "not-reached"
HELD = "held"
WORDS = {
    LEFT: "Closed the account, asked to be erased, or was",
    SUPPRESSED: "The mailbox sends letters back, or complained",
    SILENT: "Never answered the question",
    NO: "Said no",
    TOO_NEW: "With us for too short a time",
    ENOUGH: "Had as many letters of this list as we promise",
    NOT_ASKED_FOR: "No customer of ours, or the policy does not allow it",
    HELD: "Said no, left or was suppressed since the list was made",
}


@dataclass(frozen=True)
class Sorted:
    """Some people, sorted: who gets a letter, each with the address, and who not."""

    gets: list[tuple[Person, str]]
    left_out: dict[str, str]  # hash -> reason


def sort(campaign: Campaign, some: Sequence[Person]) -> Sorted:
    """Say of each of some people whether a campaign reaches them, or why not."""
    now = timezone.now()
    kind = campaign.message_class
    subjects = [person.subject for person in some]
    if campaign.is_service:
        reached = announcements.reach(some)
        why: dict[str, str] = {}
    else:
        reached = guard.reach(wall.PURPOSES[kind], some)
        why = _without(kind, subjects)
    there = {person.subject for person, _ in reached}
    left_out = {
        one.subject: LEFT
        if one.state not in (people.GUEST, people.MEMBER)
        else why.get(one.subject, NOT_ASKED_FOR)
        for one in some
        if one.subject not in there
    }
    for subject, row in suppression.standing(there).items():
        if suppression.stops(row, kind):
            left_out[subject] = SUPPRESSED
    if not campaign.is_service:
        rest = there - left_out.keys()
        left_out |= dict.fromkeys(established.too_new(rest, kind, now), TOO_NEW)
        rest -= left_out.keys()
        left_out |= dict.fromkeys(established.had_enough(rest, kind, now), ENOUGH)
    return Sorted(
        [(one, email) for one, email in reached if one.subject not in left_out],
        left_out,
    )


def count(campaign: Campaign, some: Iterable[Person] | None = None) -> Counter[str]:
    """Return how many get a campaign, under "", and how many do not, by reason."""
    found: Counter[str] = Counter()
    for batch in batches(people.everyone() if some is None else some):
        done = sort(campaign, batch)
        found[""] += len(done.gets)
        found.update(done.left_out.values())
    return found


def batches(some: Iterable[Person]) -> Iterator[list[Person]]:
    """Yield people some hundred at a time: few are in memory at once."""
    left = iter(some)
    while batch := list(islice(left, BATCH)):
        yield batch


def _without(kind: str, subjects: Sequence[str]) -> dict[str, str]:
    """Return why the guard may have refused: no answer, or a no."""
    question = wall.QUESTIONS[kind]
    said = choices.answers(subjects, {question, choices.EVERYTHING})
    found = {}
    for subject in subjects:
        answer = said.get((subject, question))
        if said.get((subject, choices.EVERYTHING)) == "no" or answer == "no":
            found[subject] = NO
        elif answer is None:
            found[subject] = SILENT
    return found
