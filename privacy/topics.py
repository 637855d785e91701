"""What people may want to hear of: one question each, in the words that are shown.

The page of choices, the page of an order and the staff screen show a topic from here,
and what is shown is what is kept with the answer (P18, P19). Nobody is asked twice
about one thing: the order form's question and the topic of offers are one question
with one answer (docs/decisions/0012).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from jessops.lib.clock import in_london
from privacy import choices
from privacy.models import Choice

YES = frozenset({"yes", "soft"})


@dataclass(frozen=True)
class Topic:
    """One question, its name in forms, and the words that stand beside it."""

    question: str  # of privacy.choices
    field: str
    title: str
    wording: str

    def __str__(self) -> str:
        return f"{self.title}. {self.wording}"


OFFERS = Topic(
    choices.MARKETING_EMAIL,
    "offers",
    "Offers",
    "May we email you offers of things like the ones you buy, at most twice a month?"
    " The order form asks the same.",
)
LAUNCHES = Topic(
    choices.LAUNCHES,
    "launches",
    "Product launches",
    "May we email you when a new camera, lens or film comes out, at most twice a"
    " month?",
)
NEWS = Topic(
    choices.NEWS,
    "news",
    "Site news",
    "May we email you when the shop itself changes, such as a new service or a new"
    " department, at most twice a month?",
)
NEWSLETTER = Topic(
    choices.NEWSLETTER,
    "newsletter",
    "Newsletter",
    "May we send you our newsletter, one email a month?",
)
TOPICS = (LAUNCHES, OFFERS, NEWS, NEWSLETTER)

# Said to the button that leaves all lists, and kept with it (P45, P68).
OFF_LISTS = Topic(
    "lists",
    "stop",
    "Stop all of these",
    "We take your address off every list of ours: offers, product launches, site news"
    " and the newsletter. Mail about your orders and your enquiries still comes.",
)
# The same as a question, for who asks by telephone.
ANY_LIST = Topic(
    "lists",
    "stop",
    "All our letters",
    "May we keep your address on our lists: offers, product launches, site news and the"
    " newsletter? If you say no, we take it off every one of them. Mail about your"
    " orders and your enquiries still comes.",
)

# Said to the button that says no to everything, and kept with it (P103).
STILL_COMES = (
    "What still comes is what you ask for and what the law makes us tell you: mail"
    " about your orders and your enquiries, a legal notice, word that the service is"
    " interrupted."
)
NO_TO_EVERYTHING = Topic(
    choices.EVERYTHING,
    "everything",
    "Say no to everything",
    "If you say no to everything, we send you nothing of the above, and do not ask you"
    " about new uses of your details either: they are not used in a new way."
    f" {STILL_COMES}",
)
COME_BACK = Topic(
    choices.EVERYTHING,
    "everything",
    "Take that back",
    "If you take that back, we may ask you again, and you can choose again. Every"
    " answer above stays no until you change it.",
)
# The same as a question, for who asks by telephone.
ANYTHING = Topic(
    choices.EVERYTHING,
    "everything",
    "Anything at all",
    "May we write to you about anything that you did not ask for? If you say no, we"
    " send you no offers, news or newsletter, and do not ask you about new uses of"
    f" your details either: they are not used in a new way. {STILL_COMES}",
)
UNANSWERED = "You have not answered, and no answer means no."


@dataclass(frozen=True)
class Standing:
    """One topic as it stands for one person."""

    topic: Topic
    said: str  # "yes", "no", "soft", or "" for no answer
    since: str  # since when, and who set it

    @property
    def marked(self) -> str:
        """Which of the two is marked: silence means no."""
        return "yes" if self.said in YES else "no"


@dataclass(frozen=True)
class Board:
    """All that the page of choices shows of one person."""

    rows: tuple[Standing, ...]
    nothing_since: str  # since when a no to everything stands, or ""
    sale: str = ""  # the answer about an announced sale: "yes", "no" or ""


def board(subject: str, sale: str = "") -> Board:
    """Return how every question stands; one statement.

    In: the question about an announced sale (privacy.transfer), if there is one.
    """
    asked = [*choices.LISTS, choices.EVERYTHING, *filter(None, [sale])]
    there = choices.standing(subject, asked)
    everything = there.get(choices.EVERYTHING)
    nothing = everything is not None and everything.answer == "no"
    return Board(
        rows=rows(there),
        nothing_since=_since(everything) if everything and nothing else "",
        sale=there[sale].answer if sale in there else "",
    )


def rows(there: Mapping[str, Choice]) -> tuple[Standing, ...]:
    """Return each topic as it stands, from the answers that count."""
    found = []
    for topic in TOPICS:
        choice = there.get(topic.question)
        found.append(
            Standing(
                topic,
                said=choice.answer if choice else "",
                since=f"{_said(choice)}." if choice else UNANSWERED,
            )
        )
    return tuple(found)


def lists_of(subject: str) -> list[str]:
    """Return the titles of what a person may be written to about, as things stand."""
    now = board(subject)
    if now.nothing_since:
        return []
    return [row.topic.title.lower() for row in now.rows if row.marked == "yes"]


def _said(choice: Choice) -> str:
    answer = "No" if choice.answer == "no" else "Yes"
    if choice.answer == "soft":
        return (
            f"{answer} since {_day(choice)}: you bought something, and left the box on"
            " the order form empty"
        )
    return f"{answer} since {_since(choice)}"


def _since(choice: Choice) -> str:
    return f"{_day(choice)}, set {choices.set_by(choice.where)}"


def _day(choice: Choice) -> str:
    at = in_london(choice.at)
    if at.date() == in_london(timezone.now()).date():
        return f"today, {at:%H:%M}"
    return f"{at:%-d %B %Y}"
