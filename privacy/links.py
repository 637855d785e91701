"""One-step answers: a link that names a person by hash and one question (P102).

Signed, without an end: an answer can be changed for as long as the question stands.
Nothing of the person is in it but the keyed hash of the address.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.exceptions import ObjectDoesNotExist

from privacy import choices
from privacy.models import ClauseChange, Transition

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
            return Transition.objects.get(reference=rest).question
    except ObjectDoesNotExist as error:
        raise BadLink(question) from error
    raise BadLink(question)


def _signer() -> signing.Signer:
    # The key of the hashes: a new SECRET_KEY must not end the links in people's mail.
    return signing.Signer(key=settings.DATA_HASH_KEY, salt=SALT)
