"""Links of contests: an entrant's to the own entry, and a sponsor's to the winners."""

import hashlib
import secrets
import uuid

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "newsletter.entry"


class BadLink(Exception):
    """The link was not made here."""


def own(entry: uuid.UUID) -> str:
    """Return the path at which an entrant sees, changes and withdraws the entry.

    It is good for as long as there is an entry, and names nobody.
    """
    return reverse("newsletter:entry", args=[_signer().sign(entry.hex)])


def read(token: str) -> uuid.UUID:
    """Return the entry that a token is for; raises BadLink."""
    try:
        return uuid.UUID(hex=_signer().unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise BadLink from error


def fresh() -> str:
    """Return a new token for a sponsor, which nobody can guess."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """Return what is kept of a sponsor's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _signer() -> signing.Signer:
    # The key of the hashes: a new SECRET_KEY must not end the links in people's mail.
    return signing.Signer(key=settings.DATA_HASH_KEY, salt=SALT)
