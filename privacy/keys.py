"""The key store: one key per person, outside the shop's database (R22 to R24, C14).

Another PostgreSQL database, whose backups are short-lived, so that a destroyed key is
gone everywhere within days, and with it what it sealed in every older backup, heap
page and log of the shop's own database. Keys lie there wrapped by a key-encryption
key of the settings. No key stays in this process: each is asked for when rows are
opened or sealed, one question for all rows at hand (docs/decisions/0015).
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from privacy.key_cipher import (
    Key,
    SealBroken,
    named_in,
    new,
    newest_kek,
    unwrapped,
    wrap,
)
from privacy.key_store import KeyStoreAway, ask, forget_connections, make_schema

__all__ = [
    "Key",
    "KeyGone",
    "KeyStoreAway",
    "SealBroken",
    "Tombstone",
    "answers",
    "ask",
    "destroy",
    "forget_connections",
    "fresh",
    "get",
    "make_schema",
    "move",
    "named_in",
    "of",
    "of_all",
    "retire",
    "tombstones",
]


class KeyGone(Exception):
    """The key was destroyed: what it sealed is gone for good."""


@dataclass(frozen=True)
class Tombstone:
    """Somebody's keys were destroyed."""

    subject: str
    destroyed_at: datetime


def of(subject: str) -> Key:
    """Return the person's key for sealing, made when there is none.

    In: the keyed hash of the person's e-mail address. After destroy() a person who
    comes back gets a new one. Two callers at once get the same.
    """
    return of_all([subject])[subject]


def of_all(subjects: Collection[str]) -> dict[str, Key]:
    """Return the keys of several people by their hash, in one question."""
    if not all(subjects):
        raise ValueError("nobody's key")
    known: dict[str, Key] = {}
    for _ in range(5):
        missing = sorted(set(subjects) - set(known))
        if not missing:
            return known
        spare = [new() for _ in missing]
        values = {
            "subjects": missing,
            "ids": [key.id for key in spare],
            "wrapped": [wrap(key.id, key.secret)[0] for key in spare],
            "kek": newest_kek(),
        }
        # What is missing now was made, or destroyed, by another in this very moment.
        known |= {row[1]: unwrapped(row) for row in ask(_OF_ALL, values)}
    raise KeyStoreAway("no key could be made")


def fresh() -> Key:
    """Make and return a key that is one row's own and nobody's."""
    made = new()
    ask(
        "INSERT INTO person_key (id, wrapped, kek) VALUES (%s, %s, %s)",
        [made.id, *wrap(made.id, made.secret)],
    )
    return made


def get(key_ids: Collection[str]) -> dict[str, Key]:
    """Return the living ones of some keys by id, in one question to the store.

    A destroyed or unknown one is not among them.
    """
    if not key_ids:
        return {}
    rows = ask(
        "SELECT id, subject, retired_at IS NOT NULL, wrapped, kek FROM person_key"
        " WHERE id = ANY(%s) AND wrapped IS NOT NULL",
        [list(key_ids)],
    )
    return {row[0]: unwrapped(row) for row in rows}


def retire(subjects: Collection[str]) -> list[str]:
    """Let some people's keys seal nothing new; return the ids of all that they have.

    Whoever writes under one of these hashes from now on gets a new key.
    """
    rows = ask(_RETIRE, {"subjects": list(subjects)})
    return sorted(row[0] for row in rows)


def destroy(subject: str, *, only: Collection[str] | None = None) -> None:
    """Destroy every key of a person, and leave a tombstone: twice is once.

    In: the keyed hash; `only` the keys of these ids, where somebody of that hash may
    have come back meanwhile.

    Call it after the transaction that kept or deleted the rows is committed
    (transaction.on_commit): rolled back, the rows would be unreadable.
    """
    if not subject:
        raise ValueError("nobody's key")
    ids = None if only is None else list(only)
    ask(_DESTROY, {"subject": subject, "id": uuid.uuid4().hex, "only": ids})


def tombstones() -> list[Tombstone]:
    """Return whose keys were destroyed, and when last; oldest first."""
    rows = ask(
        "SELECT subject, max(destroyed_at) FROM person_key WHERE subject <> ''"
        " AND destroyed_at IS NOT NULL GROUP BY subject ORDER BY 2",
        [],
    )
    return [Tombstone(*row) for row in rows]


def move(subject: str, to: str) -> None:
    """Let a person's keys be those of another keyed hash: their address changed.

    What they sealed stays readable, and goes when the new hash's keys are destroyed.
    Where the new hash has a key already, that one seals from now on.
    """
    if not subject or not to or subject == to:
        raise ValueError("a person's keys move to another hash")
    ask(_MOVE, {"subject": subject, "to": to})


def answers() -> bool:
    """Say whether the store answers and has its table."""
    ask("SELECT id FROM person_key LIMIT 1", [])
    return True


# Whoever is about to seal with a key that no row names keeps it from being swept.
_OF_ALL = """
WITH wanted AS (
    SELECT * FROM unnest(%(subjects)s::text[], %(ids)s::text[], %(wrapped)s::bytea[])
        AS wanted (subject, id, wrapped)
), found AS (
    SELECT id, subject, wrapped, kek, idle_since FROM person_key
    WHERE subject = ANY(%(subjects)s::text[])
      AND retired_at IS NULL AND destroyed_at IS NULL
), woken AS (
    UPDATE person_key SET idle_since = NULL
    WHERE id IN (SELECT id FROM found WHERE idle_since IS NOT NULL)
      AND wrapped IS NOT NULL
    RETURNING id, subject, false, wrapped, kek
), made AS (
    INSERT INTO person_key (id, subject, wrapped, kek)
    SELECT id, subject, wrapped, %(kek)s FROM wanted
    WHERE subject NOT IN (SELECT subject FROM found)
    ON CONFLICT DO NOTHING
    RETURNING id, subject, false, wrapped, kek
)
SELECT * FROM woken
UNION ALL
SELECT * FROM made
UNION ALL
SELECT id, subject, false, wrapped, kek FROM found WHERE idle_since IS NULL
"""
_DESTROY = """
WITH gone AS (
    UPDATE person_key SET wrapped = NULL, destroyed_at = now()
    WHERE subject = %(subject)s AND destroyed_at IS NULL
      AND (%(only)s::text[] IS NULL OR id = ANY(%(only)s::text[]))
    RETURNING id
)
INSERT INTO person_key (id, subject, kek, destroyed_at)
SELECT %(id)s, %(subject)s, '', now()
WHERE NOT EXISTS (SELECT FROM gone)
  AND NOT EXISTS (
    SELECT FROM person_key
    WHERE subject = %(subject)s AND destroyed_at IS NOT NULL)
"""
_RETIRE = """
UPDATE person_key SET retired_at = coalesce(retired_at, now())
WHERE subject = ANY(%(subjects)s::text[]) AND subject <> '' AND destroyed_at IS NULL
RETURNING id
"""
_MOVE = """
UPDATE person_key SET subject = %(to)s, retired_at = CASE
    WHEN EXISTS (
        SELECT FROM person_key other
        WHERE other.subject = %(to)s AND other.retired_at IS NULL
          AND other.destroyed_at IS NULL)
    THEN coalesce(retired_at, now()) ELSE retired_at END
WHERE subject = %(subject)s AND destroyed_at IS NULL
"""
