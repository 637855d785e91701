"""What may be shown of answers: numbers with enough people behind each (P78).

Pure functions. No number that is shown, and no difference between two, is about fewer
people than the threshold.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SKIPPED = ""  # in a tally: who did not answer
# How many people there were, where each gives any number of answers.
EVERYBODY = "*"


@dataclass(frozen=True)
class Released:
    """What may be shown of answers of which everybody gave exactly one."""

    shown: dict[str, int]  # answer to number of people
    rest: int  # people in the answers that stand for themselves no more; 0 for none
    total: int  # everybody; 0 when too few answered to say anything

    @property
    def is_empty(self) -> bool:
        return not self.total


def release(counts: Mapping[str, int], threshold: int) -> Released:
    """Return what may be shown; the numbers shown and the rest add up to the total.

    Answers with too few people go into the rest. A rest of too few people, or of one
    answer, takes the next smallest answer along: else it could be worked out from the
    total.
    """
    total = sum(counts.values())
    if total < threshold:
        return Released({}, 0, 0)
    order = sorted(counts, key=lambda answer: (counts[answer], answer))
    held = [answer for answer in order if 0 < counts[answer] < threshold]
    for answer in order:
        people = sum(counts[one] for one in held)
        if not held or (people >= threshold and len(held) > 1):
            break
        if answer not in held and counts[answer]:
            held.append(answer)
    shown = {answer: n for answer, n in counts.items() if answer not in held}
    return Released(shown, sum(counts[one] for one in held), total)


@dataclass(frozen=True)
class Line:
    """One answer as results show it."""

    words: str
    people: int | None  # None: too few, or too many, to say how many
    percent: int | None


@dataclass(frozen=True)
class Result:
    """One question as results show it."""

    words: str
    lines: tuple[Line, ...]  # none: too few answered
    rest: int
    total: int


def of_one(
    words: str, answers: list[str], counts: Mapping[str, int], threshold: int
) -> Result:
    """Return the result of a question with one answer each; `answers` in their order.

    Answers beyond that list (districts) follow, the most frequent first.
    """
    there = dict.fromkeys(answers, 0) | dict(counts)
    found = release(there, threshold)
    others = sorted(
        (one for one in found.shown if one not in answers and one != SKIPPED),
        key=lambda one: (-found.shown[one], one),
    )
    order = [one for one in [*answers, *others, SKIPPED] if one in found.shown]
    lines = [
        _line(one or "No answer", found.shown[one], found.total)
        for one in order
        if one != SKIPPED or found.shown[one]
    ]
    return Result(words, tuple(lines), found.rest, found.total)


def of_many(
    words: str,
    answers: list[str],
    counts: Mapping[str, int],
    everybody: int,
    threshold: int,
) -> Result:
    """Return the result of a question with any number of answers each.

    Of each answer, who gave it and who did not are told together or not at all.
    """
    if everybody < threshold:
        return Result(words, (), 0, 0)
    lines = []
    for answer in answers:
        people = counts.get(answer, 0)
        pair = release({"yes": people, "no": everybody - people}, threshold)
        is_plain = not pair.rest
        lines.append(
            _line(answer, people, everybody) if is_plain else Line(answer, None, None)
        )
    return Result(words, tuple(lines), 0, everybody)


def _line(words: str, people: int, total: int) -> Line:
    return Line(words, people, round(100 * people / total))
