"""Who is writing under a person's key just now, so that it dies under nobody's hands.

Whoever seals takes a shared lock on the person until its transaction ends, BEFORE it
asks the key store. Nobody takes the other lock, so nobody ever waits to write: who is
about to destroy retires the keys, looks who was writing at that moment, and waits for
those transactions alone. Later ones were given another key (docs/decisions/0015).
"""

import time
import zlib
from collections.abc import Collection

from django.db import connection

# Any number will do, so long as nothing else in the shop locks a pair with it.
_LOCK = 7_310_435
# People share locks: of a campaign's batch each would cost a place in a table that is
# small, and to wait for a stranger now and then costs little.
BUCKETS = 256
# Longer than a request or a task may take; an erasure then waits for the next sweep.
PATIENCE = 20.0  # seconds


class StillWriting(Exception):
    """Somebody's transaction does not end."""


def hold(subjects: Collection[str]) -> None:
    """Say that the transaction at hand writes under these people's keys."""
    if not connection.in_atomic_block:
        raise RuntimeError("outside a transaction this lock is gone at once")
    buckets = _buckets(subjects)
    if buckets:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_advisory_xact_lock_shared(%s, bucket))"
                " FROM unnest(%s::int[]) bucket",
                [_LOCK, buckets],
            )


def wait(subjects: Collection[str], *, patience: float | None = None) -> None:
    """Return once all who were writing under these people's keys have ended.

    Call it after the keys were retired, in no transaction. Raises StillWriting.
    """
    over = time.monotonic() + (PATIENCE if patience is None else patience)
    waiting = _writing(subjects)
    while waiting:
        if time.monotonic() > over:
            raise StillWriting(len(waiting))
        time.sleep(0.05)
        waiting &= _writing(subjects)


def _writing(subjects: Collection[str]) -> set[str]:
    """Return the transactions of others that hold a lock on one of these people."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'advisory'"
            " AND classid = %s AND objid = ANY(%s::int[]::oid[]) AND objsubid = 2"
            " AND pid <> pg_backend_pid() AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
            [_LOCK, _buckets(subjects)],
        )
        return {number for (number,) in cursor.fetchall()}


def _buckets(subjects: Collection[str]) -> list[int]:
    return sorted({zlib.crc32(one.encode()) % BUCKETS for one in subjects if one})
