"""What one key does, and how keys are wrapped by a key-encryption key."""

import hashlib
import os
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from privacy.key_store import KeyStoreAway

MARK = "s1:"  # the first way of sealing
NONCE = 12  # bytes, drawn by lot for every sealing (NIST SP 800-38D, 8.2.2)
_ID_LENGTH = 22  # letters of 16 bytes in base64


class SealBroken(Exception):
    """A sealed text was changed, or moved from another row or column."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, unwrapped; hold it for no longer than the work in hand."""

    id: str  # 32 hex digits
    subject: str  # "" where it is one row's own
    retired: bool
    secret: bytes = field(repr=False)

    def seal(self, text: str, place: bytes) -> str:
        """Return a text sealed for one place: its table, column and row."""
        nonce = os.urandom(NONCE)
        closed = AESGCM(self.secret).encrypt(nonce, text.encode(), place)
        return f"{MARK}{_letters(bytes.fromhex(self.id))}{_letters(nonce + closed)}"

    def open(self, sealed: str, place: bytes) -> str:
        """Return the text; raises SealBroken unless it was sealed there, unchanged."""
        try:
            raw = _bytes(sealed[len(MARK) + _ID_LENGTH :])
            return AESGCM(self.secret).decrypt(raw[:NONCE], raw[NONCE:], place).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(place.decode().replace("\0", " ")) from None

    def __reduce__(self) -> Any:
        raise TypeError("a key is never written anywhere")


def named_in(sealed: str) -> str:
    """Return the id of the key that a sealed text names."""
    try:
        return _bytes(sealed[len(MARK) : len(MARK) + _ID_LENGTH]).hex()
    except ValueError:
        raise SealBroken("no key is named") from None


def kek_name(kek: bytes) -> str:
    """Return what names a key-encryption key and tells nothing of it."""
    return hashlib.sha256(b"kek:" + kek).hexdigest()[:12]


def newest_kek() -> str:
    return kek_name(settings.KEY_ENCRYPTION_KEYS[0])


def rewrapped(key_id: str, wrapped: bytes, kek: str) -> tuple[bytes, str]:
    """Return a wrapped key under the newest key-encryption key, and its name."""
    return wrap(key_id, _secret(key_id, wrapped, kek))


def wrap(key_id: str, secret: bytes) -> tuple[bytes, str]:
    kek = settings.KEY_ENCRYPTION_KEYS[0]
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(kek).encrypt(nonce, secret, key_id.encode()), kek_name(kek)


def _secret(key_id: str, wrapped: bytes, kek: str) -> bytes:
    known = {kek_name(one): one for one in settings.KEY_ENCRYPTION_KEYS}
    if kek not in known:
        raise KeyStoreAway(f"key-encryption key {kek} is not in the settings")
    try:
        return AESGCM(known[kek]).decrypt(
            wrapped[:NONCE], wrapped[NONCE:], key_id.encode()
        )
    except InvalidTag:
        raise SealBroken(f"wrapped key {key_id}") from None


def unwrapped(row: Sequence[Any]) -> Key:
    key_id, subject, retired, wrapped, kek = row
    return Key(key_id, subject, retired, _secret(key_id, wrapped, kek))


def new() -> Key:
    """Draw a key by lot."""
    return Key(uuid.uuid4().hex, "", False, AESGCM.generate_key(bit_length=256))


def _letters(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(letters: str) -> bytes:
    return urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
