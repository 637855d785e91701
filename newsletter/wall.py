"""The mail wall: which class of mail may go to whom, as things stand now."""

from django.conf import settings

from jessops.lib.hashing import normalised_email
from privacy import choices, guard, people

# Each class of message serves one purpose of privacy.guard.
PURPOSES = {
    "order": "order",
    "account": "account",
    "legal": "legal",
    "enquiry": "enquiry",
    "service": "service",
    "marketing": "marketing",
    "newsletter": "newsletter",
    "change": "question",
}
# Our own mailboxes, of settings.COMPANY: alarms go nowhere else.
OURS = ("email", "liaison_email", "clubs_email")
CHANGE = "change"  # a question about a new use of data
STAFF = "staff"  # an alarm to our own people: no person's data serves any purpose
# These need an answer of the person; the others report what the person asked for.
QUESTIONS = {"marketing": choices.MARKETING_EMAIL, "newsletter": choices.NEWSLETTER}


def may_send(message_class: str, to: str) -> bool:
    """Say whether this class of mail may go to this address.

    Asked when a message is queued and again when it is sent (P45). Raises ValueError
    on a class that does not exist; without a recorded answer the answer is no.
    """
    if message_class == STAFF:
        ours = {normalised_email(settings.COMPANY[name]) for name in OURS}
        return normalised_email(to) in ours
    if message_class not in PURPOSES:
        raise ValueError(f"not a class of message: {message_class}")
    if message_class == CHANGE:
        return _may_be_asked(to)
    question = QUESTIONS.get(message_class)
    if not question:
        return _is_let_be_written_to(PURPOSES[message_class], to)
    answer = choices.latest(to, question)
    return answer is not None and guard.allow(
        PURPOSES[message_class],
        email=to,
        collected_under=answer.policy_version,
        # somebody who only gave an address for the newsletter is known by that alone
        state=people.state_of(to) or people.GUEST,
    )


def _is_let_be_written_to(purpose: str, to: str) -> bool:
    """Say whether the state of a person lets us write: who left hears little (P96)."""
    state = people.state_of(to)
    return state is None or state in guard.PURPOSES[purpose].states


def _may_be_asked(to: str) -> bool:
    """Say whether a person may be asked about a new use of their data (P103).

    Somebody we hold nothing of, who left, or who wants nothing from us, is not asked.
    """
    state = people.state_of(to)
    return state is not None and guard.allow(
        PURPOSES[CHANGE], email=to, collected_under=1, state=state
    )
