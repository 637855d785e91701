"""One-step answers: a link that names a person by hash and one question (P102).

Signed, without an end: an answer can be changed for as long as the question stands.
Nothing of the person is in it but the keyed hash of the address.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.exceptions import ObjectDoesNotExist

from privacy import choices, topics, transitions
from privacy.models import ClauseChange, Transition, TransitionEvent
from privacy.topics import Topic

SALT = "privacy.links.choice"


class BadLink(Exception):
    """The link was not made here, or its question is not asked any more."""


@dataclass(frozen=True)
class Link:
    """Whom it is for, and what is asked."""

    subject: str
    question: str  # of privacy.choices


def token(subject: str, question: str) -> str:
    """Return the token of a link for one person and one question."""
    return _signer().sign_object([subject, question], compress=True)


def read(text: str) -> Link:
    """Return what a token says; raises BadLink."""
    try:
        subject, question = _signer().unsign_object(text)
    except (signing.BadSignature, ValueError) as error:
        raise BadLink from error
    if not choices.is_known(question):
        raise BadLink(question)
    return Link(subject, question)


def wording(question: str) -> str:
    """Return the exact question that is put to people; raises BadLink."""
    kind, _, rest = question.partition(":")
    try:
        if kind == "change":
            version, _, clause = rest.partition(":")
            return ClauseChange.objects.get(version=version, clause=clause).question
        if kind == "transition":
            return transitions.asked(Transition.objects.get(reference=rest))
    except ObjectDoesNotExist as error:
        raise BadLink(question) from error
    for topic in topics.TOPICS:
        if topic.question == question:
            return topic.wording
    raise BadLink(question)


def end_of(question: str) -> TransitionEvent | None:
    """Return what ended the matter of a question: a sale called off, or done."""
    kind, _, reference = question.partition(":")
    return transitions.end_of(reference) if kind == "transition" else None


def silence_moves(question: str) -> bool:
    """Say whether no answer means that details move: a sale to who keeps our word."""
    kind, _, reference = question.partition(":")
    return kind == "transition" and not Transition.objects.filter(
        reference=reference, use_differs=True
    )


def open_questions() -> list[Topic]:
    """Return all that a person can be asked today, as a list to read out from."""
    found = [topics.ANY_LIST, *topics.TOPICS, topics.ANYTHING]
    for change in ClauseChange.objects.filter(kind=ClauseChange.Kind.HELD):
        question = choices.change(change.version, change.clause)
        found.append(
            Topic(question, question, choices.in_words(question), change.question)
        )
    if sale := transitions.live():
        question = f"transition:{sale.reference}"
        words = transitions.asked(sale)
        found.append(Topic(question, question, choices.in_words(question), words))
    return found


def _signer() -> signing.Signer:
    # The key of the hashes: a new SECRET_KEY must not end the links in people's mail.
    return signing.Signer(key=settings.DATA_HASH_KEY, salt=SALT)
