"""Keyed hashes: how a ledger can name a person without holding who it is."""

import contextlib
import hashlib
import hmac
import unicodedata

from django.conf import settings


def normalised_email(email: str) -> str:
    """Return the one spelling under which an address is compared.

    Two spellings of one mailbox must meet: capitals are folded also before the @
    (no mailbox in use tells them apart, and an opt-out must not depend on them) and
    the domain is written in ASCII.
    """
    text = unicodedata.normalize("NFKC", email).strip().casefold()
    local, at, domain = text.rpartition("@")
    if not at:
        return text
    # what is no domain that mail can reach still has one stable spelling
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


def email_hash(email: str) -> str:
    """Return the keyed hash (HMAC-SHA256, 64 hex digits) of a normalised address.

    The key is settings.DATA_HASH_KEY: without it nobody can test a guessed address
    against a stored hash, and it must never change while hashes are kept.
    """
    return hmac.new(
        settings.DATA_HASH_KEY.encode(),
        b"email:" + normalised_email(email).encode(),
        hashlib.sha256,
    ).hexdigest()
