"""May this person's data be used for this purpose? One table, read by one function.

The answer depends on the purpose, on the policy version under which the data was
given (promise P100), on what the person chose, and on the state of the person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jessops.lib.hashing import email_hash
from privacy import choices, people, policies
from privacy.models import ClauseChange
from privacy.people import Person

GUEST, MEMBER, DEACTIVATED, ERASED = people.STATES
STATES = frozenset(people.STATES)
_LIVING = frozenset({GUEST, MEMBER})
Answers = Mapping[str, str | None]  # by question of privacy.choices


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
ANSWERING = "our interest in answering who writes to us"
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
    "enquiry": Purpose(
        "to answer your question or complaint",
        ANSWERING,
        states=_LIVING | {DEACTIVATED},
    ),
    "rights": Purpose(
        "to do what you ask of your details, and to be able to show that we did",
        LAW,
        states=_LIVING | {DEACTIVATED, ERASED},
    ),
    "clubs": Purpose(
        "to list your camera club, and to write to you about its entry", CONSENT
    ),
    "contest": Purpose(
        "to draw the winners of a contest that you enter, and to award the prizes",
        CONSENT,
    ),
    "survey": Purpose("to see in totals how this site is used and liked", INTEREST),
    "marketing": Purpose(
        "to tell you about things like those you bought",
        "your not having refused when you bought",
        asks=choices.MARKETING_EMAIL,
        accepts=frozenset({"yes", "soft"}),
    ),
    "launches": Purpose(
        "to tell you of new cameras, lenses and film",
        CONSENT,
        asks=choices.LAUNCHES,
        accepts=frozenset({"yes"}),
    ),
    "news": Purpose(
        "to tell you what changes in the shop itself",
        CONSENT,
        asks=choices.NEWS,
        accepts=frozenset({"yes"}),
    ),
    "sign-up": Purpose("to ask once whether the newsletter was meant for you", CONSENT),
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
    if not (email or subject):
        raise ValueError("nobody is named")
    one = subject or email_hash(email)
    return one in allowed(purpose, {one: (collected_under, state)})


def allowed(purpose: str, given: Mapping[str, tuple[int, str]]) -> set[str]:
    """Return of which of some people, by the hash, data may be used: `allow` for many.

    In: for each the policy version under which it was given, and the person's state.
    Two statements for all. Raises what `allow` raises.
    """
    rule = _rule(purpose)
    if strange := {state for _, state in given.values()} - STATES:
        raise ValueError(f"not a state: {sorted(strange)}")
    earliest = min((under for under, _ in given.values()), default=1)
    questions = _questions(purpose, rule, earliest)
    said = _said(list(given), rule, questions, earliest)
    return {
        subject
        for subject, (under, state) in given.items()
        if _decide(rule, questions, said[subject], under, state)
    }


def require(
    purpose: str, *, email: str, collected_under: int, state: str = GUEST
) -> None:
    """Raise PurposeRefused unless `allow` says yes."""
    if not allow(purpose, email=email, collected_under=collected_under, state=state):
        raise PurposeRefused(purpose)


def reach(purpose: str, batch: Iterable[Person]) -> list[tuple[Person, str]]:
    """Return whom of some people a purpose may reach, each with the address.

    The only way to a person's address for anything that they did not give it for
    themselves: it decides as `allow` does, for what each of them gave, by two
    statements for all. Raises what `allow` raises.
    """
    rule = _rule(purpose)
    some = [person for person in batch if person.email]
    earliest = min((under for one in some for _, under in one.given), default=1)
    questions = _questions(purpose, rule, earliest)
    subjects = [person.subject for person in some]
    said = _said(subjects, rule, questions, earliest)
    return [
        (person, person.email)
        for person in some
        if any(
            (not rule.uses or given_for in rule.uses)
            and _decide(rule, questions, said[person.subject], under, person.state)
            for given_for, under in person.given
        )
    ]


def _rule(purpose: str) -> Purpose:
    try:
        return PURPOSES[purpose]
    except KeyError:
        raise UnknownPurpose(purpose) from None


def _questions(purpose: str, rule: Purpose, under: int) -> list[str]:
    """Return what a version asked when it first named a purpose, for older data."""
    if under >= rule.since:
        return []
    rows = ClauseChange.objects.filter(
        version=rule.since, kind=ClauseChange.Kind.HELD, purpose=purpose
    )
    return [choices.change(row.version, row.clause) for row in rows]


def _said(
    subjects: Sequence[str], rule: Purpose, questions: Sequence[str], under: int
) -> dict[str, Answers]:
    """Return what some people said to what matters for a purpose, each by the hash."""
    if not (rule.asks or rule.is_contact or under < rule.since):
        return {subject: {} for subject in subjects}  # nobody is asked
    asked = {choices.EVERYTHING, *questions, *filter(None, [rule.asks])}
    answers = choices.answers(subjects, asked)
    return {
        subject: {question: answers.get((subject, question)) for question in asked}
        for subject in subjects
    }


def _decide(
    rule: Purpose, questions: Sequence[str], said: Answers, under: int, state: str
) -> bool:
    """Say whether data of one version may be used; the table's only reader."""
    now = policies.current_version()
    if not 1 <= under <= now or rule.since > now or state not in rule.states:
        return False
    is_new = under < rule.since
    is_free = not (is_new or rule.asks or rule.is_contact)
    if not is_free and said[choices.EVERYTHING] == "no":
        return False
    if is_new and not (state in _LIVING and _agreed(questions, said)):
        return False
    return not rule.asks or said[rule.asks] in rule.accepts


def _agreed(questions: Sequence[str], said: Answers) -> bool:
    """Say whether somebody said yes to every question of a later purpose (P102)."""
    return bool(questions) and all(said[question] == "yes" for question in questions)
