"""The mail wall: which class of mail may go to whom, as things stand now.

What it says of every class and every state of a person stands in newsletter.golden,
which the tests compare with it. Whatever it cannot find out, it raises: nothing goes.
"""

from collections.abc import Callable, Collection, Mapping

from django.conf import settings
from django.contrib.auth import get_user_model

from jessops.lib.hashing import email_hash, normalised_email
from newsletter import suppression
from newsletter.models import Subscription
from privacy import choices, guard, people
from privacy.actions import erasures

# Each class of message serves one purpose of privacy.guard.
PURPOSES = {
    "order": "order",
    "account": "account",
    "legal": "legal",
    "enquiry": "enquiry",
    "service": "service",
    "marketing": "marketing",
    "launches": "launches",
    "news": "news",
    "newsletter": "newsletter",
    "change": "question",
}
# Our own mailboxes, of settings.COMPANY: alarms go nowhere else.
OURS = ("email", "liaison_email", "clubs_email")
CHANGE = "change"  # a question about a new use of data
STAFF = "staff"  # an alarm to our own people: no person's data serves any purpose
TEST = "test"  # of a letter, to the colleague who writes it: work, and no person's wish
CONFIRM = "confirm"  # the one mail that asks whether a sign-up was meant
SERVICE = "service"
# These need an answer of the person; the others report what the person asked for.
QUESTIONS = {
    name: guard.PURPOSES[PURPOSES[name]].asks
    for name in ("marketing", "launches", "news", "newsletter")
}

GO, WAIT, DROP = "go", "wait", "drop"
# Says of a matter, as Message.about names it, whether its mail may go now.
Hold = Callable[[str], str]
_holds: list[Hold] = []


def register_hold(hold: Hold) -> Hold:
    """Add who may hold mail of a matter: it answers "go", "wait" or "drop"."""
    _holds.append(hold)
    return hold


def word_on(about: str) -> str:
    """Return what holds say of a matter: the strictest of them counts.

    Raises ValueError on a word that none may say.
    """
    words = {hold(about) for hold in _holds} if about else set()
    if unknown := words - {GO, WAIT, DROP}:
        raise ValueError(f"no word of a hold: {sorted(unknown)}")
    return next((word for word in (DROP, WAIT) if word in words), GO)


def may_send(message_class: str, to: str) -> bool:
    """Say whether this class of mail may go to this address.

    Asked when a message is queued and again when it is sent (P45). Raises ValueError
    on a class that does not exist; without a recorded answer the answer is no.
    """
    return to in allowed(message_class, [to])


def allowed(message_class: str, addresses: Collection[str]) -> set[str]:
    """Return to which of some addresses this class of mail may go: `may_send` for many.

    A handful of statements for all. Raises what `may_send` raises.
    """
    if message_class == STAFF:
        boxes = {normalised_email(settings.COMPANY[name]) for name in OURS}
        return {to for to in addresses if normalised_email(to) in boxes}
    hashes = {to: email_hash(to) for to in addresses}
    reached = _reached(message_class, set(hashes.values()))
    return {to for to in addresses if hashes[to] in reached}


def _reached(message_class: str, subjects: set[str]) -> set[str]:
    """Return whom of some people, by the hash, this class of mail may reach."""
    if message_class == CONFIRM:
        # While a sign-up waits, and to whoever typed the address: it proves itself.
        waiting = Subscription.objects.pending().of_any(subjects)
        return set(waiting.values_list("subject", flat=True))
    if message_class == TEST:
        ours = get_user_model().objects.filter(is_staff=True, is_active=True)
        found = ours.filter(email_hash__in=subjects)
        return set(found.values_list("email_hash", flat=True))
    if message_class not in PURPOSES:
        raise ValueError(f"not a class of message: {message_class}")
    left = subjects - suppression.stopped(subjects, message_class)
    if message_class in suppression.LETTERS:
        # whoever asked to be erased is left alone meanwhile
        left -= erasures.waiting_among(left)
    states = people.states_of(left)
    if message_class == CHANGE:
        return _may_be_asked(left, states)
    if message_class in QUESTIONS:
        return _want(message_class, left, states)
    may = guard.PURPOSES[PURPOSES[message_class]].states
    if message_class == SERVICE:
        # Who is unknown to us, or erased, uses no service of ours (P47).
        return {one for one in left if states.get(one) in may}
    # Who left hears little (P96); an order's own mail may be our first word to them.
    return {one for one in left if one not in states or states[one] in may}


def _want(
    message_class: str, subjects: set[str], states: Mapping[str, str]
) -> set[str]:
    """Return who of some people wants the letters of one list."""
    said = choices.latest_of_all(subjects, QUESTIONS[message_class])
    return guard.allowed(
        PURPOSES[message_class],
        {
            # an answer may outlive whatever else we held of somebody
            one: (answer.policy_version, states.get(one, people.GUEST))
            for one, answer in said.items()
        },
    )


def _may_be_asked(subjects: set[str], states: Mapping[str, str]) -> set[str]:
    """Return who of some people may be asked about a new use of their data (P103).

    Somebody we hold nothing of, who left, or who wants nothing from us, is not asked.
    """
    given = {one: (1, states[one]) for one in subjects if one in states}
    return guard.allowed(PURPOSES[CHANGE], given)
