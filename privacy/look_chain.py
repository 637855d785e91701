"""The ledger of looks as a chain: each line's digest covers the line before it (R46).

The digest is keyed (settings.DATA_HASH_KEY), so that whoever can write to the database,
and nothing else, can neither change a line nor put one in without being found.
"""

import hashlib
import hmac
import json
from datetime import UTC

from django.conf import settings
from django.db import connection

from privacy.models import Look

# Any number will do, so long as nothing else in the shop locks it: lines are written
# one after the other, since each covers the one before.
_LOCK = 7_310_489


def add(look: Look) -> Look:
    """Write a line at the end of the chain; in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    before = Look.objects.order_by("-pk").values_list("digest", flat=True).first()
    look.digest = digest(look, before or "")
    look.save(force_insert=True)
    return look


def digest(look: Look, before: str) -> str:
    """Return what a line must bear after a line that bears `before`."""
    said = [
        *(before, look.subject, look.about, look.staff, look.role, look.why),
        *(look.ground, list(look.fields), look.at.astimezone(UTC).isoformat()),
    ]
    key = settings.DATA_HASH_KEY.encode()
    text = b"look:" + json.dumps(said).encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def broken(newest: int | None = None) -> list[int]:
    """Return the numbers of lines that do not fit, of all or of the newest so many.

    What stands before the first line with a digest was written before there were any.
    """
    rows = Look.objects.order_by("-pk")
    found = list(rows[: newest + 1] if newest else rows)[::-1]
    before, begun, faults = "", False, []
    for place, row in enumerate(found):
        cut = newest is not None and len(found) > newest and place == 0
        if not (row.digest or begun):
            continue
        if not cut and not hmac.compare_digest(row.digest, digest(row, before)):
            faults.append(int(row.pk))
        before, begun = row.digest, True
    return faults


def head() -> tuple[int, str]:
    """Return how many lines there are, and the digest of the last."""
    last = Look.objects.order_by("-pk").values_list("digest", flat=True).first()
    return Look.objects.count(), last or ""


def has(start: str) -> bool:
    """Say whether a line's digest begins so."""
    return bool(Look.objects.filter(digest__startswith=start).exists())
