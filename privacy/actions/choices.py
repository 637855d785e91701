"""Saying what may be done with one's details: on a page, by a link, to our staff.

Each answer is written once, with the words that were shown. A question that was not
touched is left alone, so that an old window turns nothing back (docs/decisions/0012).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from privacy import choices, links, topics
from privacy.topics import Topic


class Refused(Exception):
    """Base of what is refused here; the text says why, to the person."""


class WantsNothing(Refused):
    """A yes cannot stand beside a no to everything: that must be taken back first."""


class OneByOne(Refused):
    """A no can be said to all lists at once, a yes to each alone."""


class Over(Refused):
    """The question is not asked any more."""


@dataclass
class Saved:
    """What a form put on record, and what it left as another window had put it."""

    changed: dict[str, str] = field(default_factory=dict)  # title: "yes" or "no"
    left: dict[str, str] = field(default_factory=dict)


def answer(*, subject: str, question: str, said: str, where: str) -> bool:
    """Write down a yes or no to one question; say whether that is news.

    The question is a topic's, a change's or a sale's, and the words kept with the
    answer are those that it is asked in. Saying the same again writes nothing. Raises
    Over, ValueError, links.BadLink on a question that nobody asks.
    """
    if said not in ("yes", "no"):
        raise ValueError(f"not an answer: {said}")
    if links.end_of(question):
        raise Over("the question is not asked any more")
    with choices.alone_with(subject):
        if choices.current_of(subject, question) == said:
            return False
        _write(subject, question, said, where, links.wording(question))
    return True


def save(
    *,
    subject: str,
    shown: Mapping[str, str] | None,
    marked: Mapping[str, str],
    where: str,
) -> Saved:
    """Write down what a form of topics changes.

    In, by a topic's field: what stood on record when the form was made ("yes", "no",
    "soft", "" for no answer), or None for a form that showed nothing of it; and which
    of "yes" and "no" is marked. What was changed by hand counts; what was not is left
    as it is by now; silence that was left alone becomes the no that the form showed.
    Raises WantsNothing.
    """
    done = Saved()
    with choices.alone_with(subject):
        there = choices.standing(subject, [*choices.LISTS, choices.EVERYTHING])
        everything = there.get(choices.EVERYTHING)
        refuses_all = everything is not None and everything.answer == "no"
        for row in topics.rows(there):
            name = row.topic.field
            if name not in marked:
                continue
            if _untouched(row, shown, marked[name]):
                if row.marked != marked[name]:  # changed elsewhere since
                    done.left[row.topic.title] = row.marked
                continue
            if row.said == marked[name]:
                continue
            if refuses_all and marked[name] == "yes":
                raise WantsNothing("you have said no to everything")
            done.changed[row.topic.title] = marked[name]
            _write(subject, row.topic.question, marked[name], where, row.topic.wording)
    return done


def _untouched(
    row: topics.Standing, shown: Mapping[str, str] | None, marked: str
) -> bool:
    """Say whether a mark is the form's own, and there is an answer to be left alone."""
    if shown is None:
        return False
    seen = "yes" if shown.get(row.topic.field) in topics.YES else "no"
    return marked == seen and bool(row.said)


def say_no_to_everything(
    *, subject: str, where: str, topic: Topic = topics.NO_TO_EVERYTHING
) -> bool:
    """Write down a no to everything (P103), and to each topic that had a yes.

    So nothing comes back by itself when it is taken back. In: the words that were
    shown. Say whether it is news.
    """
    with choices.alone_with(subject):
        there = choices.standing(subject, [*choices.LISTS, choices.EVERYTHING])
        for row in topics.rows(there):
            if row.marked == "yes":
                _write(subject, row.topic.question, "no", where, topic.wording)
        choices.tell_leavers(subject)
        everything = there.get(choices.EVERYTHING)
        if everything and everything.answer == "no":
            return False
        _write(subject, topic.question, "no", where, topic.wording)
    return True


def take_it_back(*, subject: str, where: str, topic: Topic = topics.COME_BACK) -> bool:
    """Let somebody be asked again; every topic stays as it is. Say whether it is news.

    In: the words that were shown.
    """
    with choices.alone_with(subject):
        if choices.current_of(subject, topic.question) != "no":
            return False
        _write(subject, topic.question, "yes", where, topic.wording)
    return True


def spoken(*, subject: str, topic: Topic, said: str, where: str) -> bool:
    """Write down what somebody told our staff, who read the words out.

    In: a question of links.open_questions, and where as "telephone, Member 3". Raises
    OneByOne.
    """
    if topic == topics.ANY_LIST:
        if said != "no":
            raise OneByOne("a yes is said to one list at a time: ask about each")
        return choices.take_off_lists(
            subject=subject, where=where, wording=topic.wording
        )
    if topic.question != choices.EVERYTHING:
        return answer(subject=subject, question=topic.question, said=said, where=where)
    if said == "no":
        return say_no_to_everything(subject=subject, where=where, topic=topic)
    return take_it_back(subject=subject, where=where, topic=topic)


def _write(subject: str, question: str, said: str, where: str, wording: str) -> None:
    choices.record_for(
        subject=subject, purpose=question, answer=said, where=where, wording=wording
    )
