"""Signatures of what outside parties post to us: a time and an HMAC-SHA256 over both.

The header says "t=<unix seconds>,v1=<hex>"; signed is "<t>." and the body, byte by
byte. The time keeps a recorded request from being sent again a day later.
"""

import hmac
from datetime import datetime

SECONDS = 300  # how far its time may be from ours, either way


def signature(secret: str, body: bytes, at: datetime) -> str:
    """Return the header for a body signed at a moment."""
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def is_good(secret: str, body: bytes, header: str, now: datetime) -> bool:
    """Say whether the header signs this body, near `now`; without a secret: no."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    if abs(int(stamp) - now.timestamp()) > SECONDS:
        return False
    return hmac.compare_digest(
        _digest(secret, stamp, body).encode(), given.encode("utf-8", "replace")
    )


def _digest(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
