"""May this person's data be used for this purpose? One table, read by one function.

The answer depends on the purpose, on the policy version under which the data was
given (promise P100), on what the person chose, and on the state of the person.
"""

from dataclasses import dataclass, field

from jessops.lib.hashing import email_hash
from privacy import choices, people, policies
from privacy.models import ClauseChange

GUEST, MEMBER, DEACTIVATED, ERASED = people.STATES
STATES = frozenset(people.STATES)
_LIVING = frozenset({GUEST, MEMBER})


class PurposeRefused(Exception):
    """The data may not be used for this."""


class UnknownPurpose(Exception):
    """The purpose is not in the table: a mistake of ours, never an answer."""


@dataclass(frozen=True)
class Purpose:
    """One purpose, as the policy states it."""

    words: str
    basis: str  # the lawful basis, as the policy names it
    since: int = 1  # the first policy version that names it
    states: frozenset[str] = field(default=_LIVING)
    asks: str = ""  # the question of privacy.choices that must be answered
    accepts: frozenset[str] = frozenset()
    is_contact: bool = False  # we write unasked: not to who wants nothing from us
    uses: frozenset[str] = frozenset()  # whose data it would use; none named: any


CONTRACT = "our contract with you"
LAW = "a legal duty"
INTEREST = "our interest in running the shop safely"
CONSENT = "your consent"

PURPOSES: dict[str, Purpose] = {
    "order": Purpose(
        "to carry out your order and tell you about it",
        CONTRACT,
        states=_LIVING | {DEACTIVATED},
    ),
    "payment": Purpose("to take and return payment", CONTRACT),
    "delivery": Purpose("to deliver your parcel", CONTRACT),
    "address-check": Purpose("to check the address before a card is charged", INTEREST),
    "account": Purpose("to run your account", CONTRACT),
    "legal": Purpose(
        "to keep the records that tax law asks for",
        LAW,
        states=_LIVING | {DEACTIVATED, ERASED},
    ),
    "service": Purpose("to tell you that the service is interrupted", INTEREST),
    "security": Purpose("to keep the shop secure", INTEREST),
    "choices": Purpose(
        "to respect what you chose", LAW, states=_LIVING | {DEACTIVATED, ERASED}
    ),
    "question": Purpose(
        "to ask you about a new use of your data, and take your answer",
        LAW,
        is_contact=True,
    ),
    "transfer": Purpose(
        "to pass the shop on to a new owner, if it is ever sold",
        "our interest in selling the business, after thirty days' notice",
    ),
    "law": Purpose(
        "to obey a court or another legal process",
        LAW,
        states=_LIVING | {DEACTIVATED, ERASED},
    ),
    "clubs": Purpose(
        "to list your camera club, and to write to you about its entry", CONSENT
    ),
    "marketing": Purpose(
        "to tell you about things like those you bought",
        "your not having refused when you bought",
        asks=choices.MARKETING_EMAIL,
        accepts=frozenset({"yes", "soft"}),
    ),
    "newsletter": Purpose(
        "to send you the newsletter",
        CONSENT,
        asks=choices.NEWSLETTER,
        accepts=frozenset({"yes"}),
    ),
}


def allow(
    purpose: str,
    *,
    email: str = "",
    subject: str = "",
    collected_under: int,
    state: str = GUEST,
) -> bool:
    """Say whether data given under policy version `collected_under` may be used.

    The person is named by address or by its keyed hash. What was given before a version
    that first named the purpose may be used for it only after a yes to the question
    which that version asked (P100, P102): silence means no. Raises UnknownPurpose and
    ValueError on a purpose or state that does not exist: a typing mistake must not
    read as an answer; and whatever the database raises, so that nothing is used while
    nobody can be asked.
    """
    try:
        rule = PURPOSES[purpose]
    except KeyError:
        raise UnknownPurpose(purpose) from None
    if state not in STATES:
        raise ValueError(f"not a state: {state}")
    now = policies.current_version()
    if not 1 <= collected_under <= now or rule.since > now:
        return False
    if state not in rule.states:
        return False
    subject = subject or email_hash(email)
    asks = rule.asks or collected_under < rule.since or rule.is_contact
    if asks and choices.current_of(subject, choices.EVERYTHING) == "no":
        return False
    if collected_under < rule.since and not _agreed(purpose, rule, subject, state):
        return False
    if rule.asks:
        return choices.current_of(subject, rule.asks) in rule.accepts
    return True


def require(
    purpose: str, *, email: str, collected_under: int, state: str = GUEST
) -> None:
    """Raise PurposeRefused unless `allow` says yes."""
    if not allow(purpose, email=email, collected_under=collected_under, state=state):
        raise PurposeRefused(purpose)


def _agreed(purpose: str, rule: Purpose, subject: str, state: str) -> bool:
    """Say whether a living person said yes to a later purpose (P102, P103)."""
    if state not in _LIVING:
        return False
    changes = ClauseChange.objects.filter(
        version=rule.since, kind=ClauseChange.Kind.HELD, purpose=purpose
    )
    questions = [choices.change(one.version, one.clause) for one in changes]
    return bool(questions) and all(
        choices.current_of(subject, question) == "yes" for question in questions
    )
