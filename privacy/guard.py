"""May this person's data be used for this purpose? One table, read by one function.

The answer depends on the purpose, on the policy version under which the data was
given (promise P100), on what the person chose, and on the state of the person.
"""

from dataclasses import dataclass, field

from privacy import choices, policies

GUEST, MEMBER, DEACTIVATED, ERASED = "guest", "member", "deactivated", "erased"
STATES = frozenset({GUEST, MEMBER, DEACTIVATED, ERASED})
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
        "to ask you about a new use of your data, and take your answer", LAW
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
    purpose: str, *, email: str, collected_under: int, state: str = GUEST
) -> bool:
    """Say whether data given under policy version `collected_under` may be used.

    Raises UnknownPurpose and ValueError on a purpose or state that does not exist:
    a typing mistake must not read as an answer.
    """
    try:
        rule = PURPOSES[purpose]
    except KeyError:
        raise UnknownPurpose(purpose) from None
    if state not in STATES:
        raise ValueError(f"not a state: {state}")
    if not 1 <= collected_under <= policies.current_version():
        return False
    if collected_under < rule.since or state not in rule.states:
        return False
    if rule.asks:
        return choices.current(email, rule.asks) in rule.accepts
    return True


def require(
    purpose: str, *, email: str, collected_under: int, state: str = GUEST
) -> None:
    """Raise PurposeRefused unless `allow` says yes."""
    if not allow(purpose, email=email, collected_under=collected_under, state=state):
        raise PurposeRefused(purpose)
