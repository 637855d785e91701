"""The connection to the key store's own database, and its tables."""

import atexit
import os
import threading
from typing import Any

import psycopg
from django.conf import settings
from psycopg_pool import ConnectionPool

LIMIT = 2.0  # seconds to wait for the store
CONNECTIONS = 4  # of one process at most

SCHEMA = """
SELECT pg_advisory_xact_lock(7166001);
CREATE TABLE IF NOT EXISTS person_key (
    id text PRIMARY KEY,
    -- keyed hash of the person; '' where the key is one row's own
    subject text NOT NULL DEFAULT '',
    wrapped bytea,
    kek text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    -- opens still and seals no more: a rotation is moving its rows
    retired_at timestamptz,
    -- no row names it since
    idle_since timestamptz,
    destroyed_at timestamptz,
    CONSTRAINT person_key_destroyed_is_empty
        CHECK ((destroyed_at IS NULL) = (wrapped IS NOT NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS person_key_current ON person_key (subject)
    WHERE subject <> '' AND retired_at IS NULL AND destroyed_at IS NULL;
CREATE INDEX IF NOT EXISTS person_key_subject ON person_key (subject)
    WHERE subject <> '';
CREATE INDEX IF NOT EXISTS person_key_kek ON person_key (kek)
    WHERE destroyed_at IS NULL;
CREATE TABLE IF NOT EXISTS rotation (
    started_at timestamptz PRIMARY KEY DEFAULT now(),
    finished_at timestamptz
);
"""


class KeyStoreAway(Exception):
    """The key store does not answer; nothing personal can be read or written."""


def ask(sql: str, values: Any) -> list[tuple[Any, ...]]:
    """Put one statement to the store, in a transaction of its own; return its rows.

    Raises KeyStoreAway.
    """
    try:
        return _asked(sql, values)
    except psycopg.OperationalError:
        pass  # perhaps only a connection that the store's restart left dead
    try:
        _pool().check()
        return _asked(sql, values)
    except psycopg.Error as error:
        raise KeyStoreAway(type(error).__name__) from None


def _asked(sql: str, values: Any) -> list[tuple[Any, ...]]:
    with _pool().connection(timeout=LIMIT) as connection:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def connected() -> psycopg.Connection[Any]:
    """Return a connection of the caller's own, beside the pool: for long work."""
    return psycopg.connect(settings.KEYS_DATABASE_URL, autocommit=True)


def make_schema(url: str) -> None:
    """Make the store's tables where they are not; safe to repeat, and at once."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        for statement in SCHEMA.split(";\n"):
            if statement.strip():
                connection.execute(statement)


def make_database(url: str, name: str) -> None:
    """Make a database of that name on the server of `url` where there is none."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone():
            connection.execute(
                psycopg.sql.SQL("CREATE DATABASE {}").format(
                    psycopg.sql.Identifier(name)
                )
            )


_pools: dict[int, ConnectionPool] = {}  # by process: a fork must share no connection
_making = threading.Lock()


def _pool() -> ConnectionPool:
    pool = _pools.get(os.getpid())
    if pool is None:
        with _making:
            pool = _pools.get(os.getpid()) or _opened()
            _pools[os.getpid()] = pool
    return pool


def _opened() -> ConnectionPool:
    pool = ConnectionPool(
        settings.KEYS_DATABASE_URL,
        min_size=0,
        max_size=CONNECTIONS,
        num_workers=1,
        timeout=LIMIT,
        reconnect_timeout=LIMIT,
        kwargs={
            "autocommit": True,
            "connect_timeout": 2,
            "options": "-c statement_timeout=5s -c lock_timeout=2s",
        },
        open=True,
        name="keys",
    )
    atexit.register(forget_connections)
    return pool


def forget_connections() -> None:
    """Close this process's connections; the next question opens new ones."""
    pool = _pools.pop(os.getpid(), None)
    if pool is not None:
        pool.close()
