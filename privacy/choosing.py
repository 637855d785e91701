"""The form of choices: what it shows of a person, and what a POST of it does.

A member's page and the page of a guest's order show it and take it alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from jessops.lib.clock import in_london
from privacy import choices, topics, transfer, transitions
from privacy.actions import choices as actions
from privacy.choices import Entry
from privacy.models import Transition

SAVED, SAVED_SOME, LEFT, SAME = "saved", "saved-some", "left", "same"
ANSWERS = ("yes", "no")
JUST_NOW = timedelta(minutes=5)
NOT_CHOSEN = "Choose yes or no. Nothing was saved."
WANTS_NOTHING = (
    "You have said no to everything, perhaps in another window. Nothing was saved:"
    " take that back first."
)


@dataclass(frozen=True)
class Taken:
    """What became of a POST: a word for the address of the next page, or trouble."""

    done: str = ""
    trouble: str = ""
    status: int = 400


def take(data: Mapping[str, Any], *, subject: str, where: str) -> Taken:
    """Do what a POST says: one of four buttons, or the topics that are marked."""
    if stop := data.get(topics.OFF_LISTS.field):
        if stop != "all":
            return Taken(trouble=NOT_CHOSEN)
        wording = topics.OFF_LISTS.wording
        return _done(
            choices.take_off_lists(subject=subject, where=where, wording=wording)
        )
    for name, said in (
        ("everything", data.get("everything")),
        ("sale", data.get("sale")),
    ):
        if said is not None and said not in ANSWERS:
            return Taken(trouble=NOT_CHOSEN)
        if said and name == "everything":
            act = actions.say_no_to_everything if said == "no" else actions.take_it_back
            return _done(act(subject=subject, where=where))
        if said:
            return _about_sale(subject, said, where)
    marked = {
        topic.field: data[topic.field] for topic in topics.TOPICS if topic.field in data
    }
    if not marked or not set(marked.values()) <= set(ANSWERS):
        return Taken(trouble=NOT_CHOSEN)
    shown = {name: data.get(f"was-{name}", "") for name in marked}
    try:
        saved = actions.save(subject=subject, shown=shown, marked=marked, where=where)
    except actions.WantsNothing:
        return Taken(trouble=WANTS_NOTHING, status=409)
    if saved.left:
        return Taken(SAVED_SOME if saved.changed else LEFT)
    return _done(bool(saved.changed))


def _done(is_news: bool) -> Taken:
    return Taken(SAVED if is_news else SAME)


def _about_sale(subject: str, said: str, where: str) -> Taken:
    sale = transitions.live()
    if sale is None:
        return Taken(trouble="No sale is announced any more. Nothing was saved.")
    question = transfer.question(sale.reference)
    return _done(
        actions.answer(subject=subject, question=question, said=said, where=where)
    )


def shown(subject: str, done: str = "") -> dict[str, Any]:
    """Return what the page shows: how all stands, the history, what was just saved."""
    sale = transitions.live()
    question = transfer.question(sale.reference) if sale else ""
    board = topics.board(subject, question)
    entries = choices.history_of(subject)
    return {
        "board": board,
        "entries": entries,
        "is_on_lists": any(row.marked == "yes" for row in board.rows),
        "off_lists": topics.OFF_LISTS,
        "still_comes": topics.STILL_COMES,
        "no_to_everything": topics.NO_TO_EVERYTHING,
        "come_back": topics.COME_BACK,
        "sale": _sale(sale, board.sale) if sale else None,
        "saved": _saved(entries, done),
        "was_left": done in (SAVED_SOME, LEFT),
        "was_same": done == SAME,
    }


def _sale(sale: Transition, said: str) -> dict[str, str]:
    return {
        "title": transfer.title(sale),
        "wording": transitions.asked(sale),
        "notice": transfer.link(sale),
        "said": said,
        "silence": "they stay" if sale.use_differs else "they move",
    }


def _saved(entries: list[Entry], done: str) -> str:
    """Say what was just put on record, read from the record itself."""
    if done not in (SAVED, SAVED_SOME) or not entries:
        return ""
    newest = entries[0]
    if newest.at < timezone.now() - JUST_NOW:
        return ""
    since = newest.at - timedelta(seconds=1)
    together = [one for one in entries if one.at > since and one.where == newest.where]
    said = "; ".join(
        f"{one.about}: {one.answer_words.lower()}" for one in reversed(together)
    )
    return f"{said}. Set at {in_london(newest.at):%H:%M}."
