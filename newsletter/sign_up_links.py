"""The link in the one mail that asks whether a sign-up to the newsletter was meant."""

import uuid

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "newsletter.confirm"


class BadLink(Exception):
    """The link was not made here."""


def confirm(subscription: uuid.UUID) -> str:
    """Return the path at which a sign-up is confirmed.

    It is good for as long as the sign-up waits, and names nobody.
    """
    return reverse("newsletter:confirm", args=[_signer().sign(subscription.hex)])


def read(token: str) -> uuid.UUID:
    """Return the sign-up that a token is for; raises BadLink."""
    try:
        return uuid.UUID(hex=_signer().unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise BadLink from error


def _signer() -> signing.Signer:
    # The key of the hashes: a new SECRET_KEY must not end the links in people's mail.
    return signing.Signer(key=settings.DATA_HASH_KEY, salt=SALT)
