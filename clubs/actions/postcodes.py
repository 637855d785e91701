"""Replacing the postcode table: filled beside the old one, then swapped in one step."""

from collections.abc import Iterable

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

CHUNK = 1 << 18  # characters handed to COPY at a time


class EmptyFile(Exception):
    """There was not one good line: the old table stays."""


def replace(rows: Iterable[str]) -> tuple[int, list[str]]:
    """Fill a new table from COPY's rows and put it in the old one's place.

    Searches read the old table until the last moment, and go on if anything fails.
    Out: how many postcodes it has, and those that stood there twice (the first counts).
    Raises EmptyFile, and what `rows` raises.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # A load takes longer than any request may; nobody waits for its locks.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("DROP TABLE IF EXISTS clubs_postcode_fresh")
        cursor.execute(
            "CREATE TABLE clubs_postcode_fresh (LIKE clubs_postcode INCLUDING DEFAULTS)"
        )
        with cursor.copy(
            "COPY clubs_postcode_fresh (postcode, latitude, longitude) FROM STDIN"
        ) as copy:
            for chunk in _chunks(rows):
                copy.write(chunk)
        twice = _once_each(cursor)
        cursor.execute("SELECT count(*) FROM clubs_postcode_fresh")
        (count,) = cursor.fetchone()
        if not count:
            raise EmptyFile
        cursor.execute("ANALYZE clubs_postcode_fresh")
        # Only now does a search wait, for as long as two names take to change.
        cursor.execute("DROP TABLE clubs_postcode")
        cursor.execute("ALTER TABLE clubs_postcode_fresh RENAME TO clubs_postcode")
        cursor.execute(
            "ALTER INDEX clubs_postcode_fresh_pkey RENAME TO clubs_postcode_pkey"
        )
    return int(count), twice


def _once_each(cursor: CursorWrapper) -> list[str]:
    """Make the postcode the key; where some stand twice, drop the later ones first."""
    key = (
        "ALTER TABLE clubs_postcode_fresh"
        " ADD CONSTRAINT clubs_postcode_fresh_pkey PRIMARY KEY (postcode)"
    )
    try:
        with transaction.atomic():
            cursor.execute(key)
    except IntegrityError:
        cursor.execute(
            "SELECT postcode FROM clubs_postcode_fresh"
            " GROUP BY postcode HAVING count(*) > 1 ORDER BY postcode"
        )
        twice = [postcode for (postcode,) in cursor.fetchall()]
        cursor.execute(
            "DELETE FROM clubs_postcode_fresh a USING"
            " (SELECT postcode, min(ctid) AS first FROM clubs_postcode_fresh"
            " WHERE postcode = ANY(%s) GROUP BY postcode) b"
            " WHERE a.postcode = b.postcode AND a.ctid <> b.first",
            [twice],
        )
        cursor.execute(key)
        return twice
    return []


def _chunks(rows: Iterable[str]) -> Iterable[str]:
    waiting: list[str] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size >= CHUNK:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)
