"""The mail wall: which class of mail may go to whom, as things stand now.

What it says of every class and every state of a person stands in newsletter.golden,
which the tests compare with it. Whatever it cannot find out, it raises: nothing goes.
"""

from collections.abc import Callable

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
    if message_class == STAFF:
        boxes = {normalised_email(settings.COMPANY[name]) for name in OURS}
        return normalised_email(to) in boxes
    subject = email_hash(to)
    if message_class == CONFIRM:
        # While a sign-up waits, and to whoever typed the address: it proves itself.
        return Subscription.objects.pending().filter(subject=subject).exists()
    if message_class == TEST:
        ours = get_user_model().objects.filter(is_staff=True, is_active=True)
        return ours.filter(email_hash=subject).exists()
    if message_class not in PURPOSES:
        raise ValueError(f"not a class of message: {message_class}")
    if suppression.is_suppressed(subject, message_class):
        return False
    if message_class in suppression.LETTERS and erasures.waiting_of(subject):
        return False  # whoever asked to be erased is left alone meanwhile
    if message_class == CHANGE:
        return _may_be_asked(to)
    state = people.state_of_subject(subject)
    if message_class in QUESTIONS:
        return _wants(message_class, subject, state)
    if message_class == SERVICE:
        # Who is unknown to us, or erased, uses no service of ours (P47).
        return state in guard.PURPOSES[SERVICE].states
    # Who left hears little (P96); an order's own mail may be our first word to them.
    return state is None or state in guard.PURPOSES[PURPOSES[message_class]].states


def _wants(message_class: str, subject: str, state: str | None) -> bool:
    """Say whether a person wants the letters of one list."""
    answer = choices.latest_of(subject, QUESTIONS[message_class])
    return answer is not None and guard.allow(
        PURPOSES[message_class],
        subject=subject,
        collected_under=answer.policy_version,
        # an answer may outlive whatever else we held of somebody
        state=state or people.GUEST,
    )


def _may_be_asked(to: str) -> bool:
    """Say whether a person may be asked about a new use of their data (P103).

    Somebody we hold nothing of, who left, or who wants nothing from us, is not asked.
    """
    state = people.state_of(to)
    return state is not None and guard.allow(
        PURPOSES[CHANGE], email=to, collected_under=1, state=state
    )
