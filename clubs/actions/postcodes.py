"""Replacing the postcode table: filled beside the old one, then swapped in one step."""

from collections.abc import Iterable

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

from clubs.models import Postcode

TABLE = Postcode._meta.db_table
FRESH = f"{TABLE}_fresh"
CHUNK = 1 << 18  # characters handed to COPY at a time


class EmptyFile(Exception):
    """There was not one good line: the old table stays."""


def replace(rows: Iterable[str]) -> tuple[int, list[str]]:
    """Fill a new table from COPY's rows and put it in the old one's place.

    Searches read the old table until the last moment, and go on if anything fails.
    Out: how many postcodes it has, and those that the file had twice (the first counts).
    Raises EmptyFile, and what `rows` raises.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # A load takes longer than any request may; nobody waits for its locks.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(f"DROP TABLE IF EXISTS {FRESH}")
        cursor.execute(f"CREATE TABLE {FRESH} (LIKE {TABLE} INCLUDING DEFAULTS)")
        with cursor.copy(
            f"COPY {FRESH} (postcode, latitude, longitude) FROM STDIN"
        ) as copy:
            for chunk in _chunks(rows):
                copy.write(chunk)
        twice = _once_each(cursor)
        cursor.execute(f"SELECT count(*) FROM {FRESH}")
        (count,) = cursor.fetchone()
        if not count:
            raise EmptyFile
        cursor.execute(f"ANALYZE {FRESH}")
        # Only now does a search wait, for as long as two names take to change.
        cursor.execute(f"DROP TABLE {TABLE}")
        cursor.execute(f"ALTER TABLE {FRESH} RENAME TO {TABLE}")
        cursor.execute(f"ALTER INDEX {FRESH}_pkey RENAME TO {TABLE}_pkey")
    return int(count), twice


def _once_each(cursor: CursorWrapper) -> list[str]:
    """Make the postcode the key; where some stand twice, drop the later ones first."""
    key = f"ALTER TABLE {FRESH} ADD CONSTRAINT {FRESH}_pkey PRIMARY KEY (postcode)"
    try:
        with transaction.atomic():
            cursor.execute(key)
    except IntegrityError:
        cursor.execute(
            f"SELECT postcode FROM {FRESH} GROUP BY postcode HAVING count(*) > 1"
            " ORDER BY postcode"
        )
        twice = [postcode for (postcode,) in cursor.fetchall()]
        cursor.execute(
            f"DELETE FROM {FRESH} a USING (SELECT postcode, min(ctid) AS first"
            f" FROM {FRESH} WHERE postcode = ANY(%s) GROUP BY postcode) b"
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
