"""The golden table: which class of mail goes to whom, written down by hand (H5, C9).

This is what must be so, for people to read and for the tests to hold the wall against;
newsletter.wall decides by the records and never reads it. Staff see it at
/admin/newsletter/suppression/wall/.
"""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class State:
    """Somebody as we know them."""

    code: str
    title: str
    words: str
    # classes that go to them, in the order of CLASSES
    gets: frozenset[str]


# Class: what it is for, as staff read it.
CLASSES = {
    "order": "About an order of theirs",
    "account": "About their account, or what they have just typed in",
    "legal": "What the law makes us tell them",
    "enquiry": "About what they asked us",
    "service": "The service is interrupted",
    "marketing": "Offers",
    "launches": "Product launches",
    "news": "Site news",
    "newsletter": "The newsletter",
    "confirm": "The one question whether a sign-up was meant",
    "change": "A question about a new use of their details",
    "staff": "An alarm to our own desks",
    "test": "A test of a letter, to who writes it",
}
_ASKED_FOR = frozenset({"order", "account", "legal", "enquiry"})
_LISTS = frozenset({"marketing", "launches", "news", "newsletter"})

STATES = (
    State(
        "unknown",
        "Unknown",
        "An address that we hold nothing of. What somebody begins just now may be"
        " answered; nothing else goes there.",
        _ASKED_FOR,
    ),
    State(
        "pending",
        "Sign-up not confirmed",
        "Somebody typed the address into the newsletter's form. It gets the one"
        " question, and nothing else.",
        _ASKED_FOR | {"confirm"},
    ),
    State(
        "guest",
        "Guest",
        "Bought something and left the order form's box empty: offers of things like"
        " those, and no other list.",
        _ASKED_FOR | {"service", "marketing", "change"},
    ),
    State(
        "subscriber",
        "Subscriber",
        "Signed up to the newsletter, confirmed it, and has no account.",
        _ASKED_FOR | {"service", "newsletter", "change"},
    ),
    State(
        "member",
        "Member",
        "Has an account and said yes to all four lists.",
        _ASKED_FOR | {"service", "change"} | _LISTS,
    ),
    State(
        "silent",
        "Member who never answered",
        "Has an account and said neither yes nor no to any list: no answer means no.",
        _ASKED_FOR | {"service", "change"},
    ),
    State(
        "opted-out",
        "Opted out",
        "A member who had said yes to all four, and then no to everything.",
        _ASKED_FOR | {"service"},
    ),
    State(
        "deactivated",
        "Deactivated",
        "A member who had said yes to all four, and closed the account.",
        frozenset({"order", "legal", "enquiry"}),
    ),
    State(
        "leaving",
        "About to be erased",
        "Had said yes to all four and asked to be erased; the three days are not over.",
        _ASKED_FOR | {"service"},
    ),
    State(
        "erased",
        "Erased",
        "We know the address no more. Only what they begin anew is answered.",
        _ASKED_FOR,
    ),
    State(
        "complained",
        "Suppressed: marked us as spam",
        "A member who had said yes to all four, and complained of a letter.",
        _ASKED_FOR | {"service"},
    ),
    State(
        "gone",
        "Suppressed: no such mailbox",
        "A member who had said yes to all four, and whose mailbox is not there.",
        _ASKED_FOR,
    ),
    State(
        "ourselves",
        "Our own desk",
        "The mailbox of Customer Liaison: alarms go there and to no person.",
        _ASKED_FOR | {"staff"},
    ),
    State(
        "colleague",
        "Colleague",
        "Somebody of our staff, who never answered any question: tests of the letters"
        " that they write go to them and to nobody else.",
        _ASKED_FOR | {"service", "change", "test"},
    ),
)
# What a campaign asks beside the table, for each letter of the four lists (P18, P42).
BESIDES = (
    "A letter of a campaign goes only to who has been with us for longer than {days}"
    " days. Whoever confirmed the newsletter's own form from their mailbox asked for"
    " that letter, and gets it at once.",
    "Nobody gets more of a list than its question says: of offers, product launches and"
    " site news two in a month of the calendar, of the newsletter one; and no more than"
    " that in any fortnight.",
    "Both are asked when the list is made, when a letter is queued, and when it leaves"
    " after it has waited.",
)


def besides() -> list[str]:
    """Return what a campaign asks beside the table, in words."""
    return [words.format(days=settings.ESTABLISHED_DAYS) for words in BESIDES]


def rows() -> list[tuple[str, str, list[bool]]]:
    """Return the table for a page: class, its words, and for each state yes or no."""
    return [
        (code, words, [code in state.gets for state in STATES])
        for code, words in CLASSES.items()
    ]
