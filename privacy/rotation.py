"""New keys for old, while the shop goes on (R24); and keys that no row needs any more.

Killed at any moment, each goes on from there when it is run again.
"""

import logging
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction

from privacy import key_store, keys, writers
from privacy.key_cipher import Key, newest_kek, rewrapped
from privacy.keys import KeyGone, SealBroken
from privacy.sealed import SealedModel, sealed_models
from privacy.sealed_queries import Sealed

log = logging.getLogger(__name__)

BATCH = 50  # rows in a transaction: others wait for none of them for long
SCAN = 500  # rows looked at in one statement
# Longer than any request or task: a row written with a key that was retired
# meanwhile is in the table by then.
GRACE = timedelta(seconds=90)
# No row has named a key for so long: nothing is under way that would.
IDLE = timedelta(days=7)
FEW = 100  # keys; of more, not half go at once


class TooManyIdle(Exception):
    """Most keys look unused: this is the wrong database, or an empty one."""


@dataclass
class Walk:
    """What one walk over all sealed rows did."""

    moved: int = 0
    left: int = 0  # locked by others for too long
    broken: set[str] = field(default_factory=set)  # keys of rows that do not open


# --- wrapping ------------------------------------------------------------------------
def rewrap(*, batch: int = SCAN) -> int:
    """Wrap every key under the newest key-encryption key; return how many were not."""
    done = 0
    with key_store.connected() as store:
        while True:
            with store.transaction():
                rows = store.execute(
                    "SELECT id, wrapped, kek FROM person_key WHERE kek <> %s"
                    " AND wrapped IS NOT NULL LIMIT %s FOR UPDATE",
                    [newest_kek(), batch],
                ).fetchall()
                for key_id, wrapped, kek in rows:
                    store.execute(
                        "UPDATE person_key SET wrapped = %s, kek = %s WHERE id = %s",
                        [*rewrapped(key_id, wrapped, kek), key_id],
                    )
            if not rows:
                return done
            done += len(rows)


# --- the keys of persons -------------------------------------------------------------
def rotate(*, grace: timedelta = GRACE) -> int:
    """Give every person and every kept row a new key; return how many rows moved.

    Old keys open until the last row has left them and `grace` is over, and are gone
    then. Rows that do not open at all keep theirs, and are logged.
    """
    with key_store.connected() as store:
        retired_at = _retire(store)
        moved = 0
        while True:
            begun = _now(store)
            walk = _walk()
            moved += walk.moved
            if not walk.moved and not walk.left and begun - retired_at >= grace:
                break
            if not walk.moved:
                time.sleep(min(1.0, grace.total_seconds() / 4))
        with store.transaction():
            store.execute(
                "DELETE FROM person_key WHERE retired_at <= %s AND wrapped IS NOT NULL"
                " AND id <> ALL(%s)",
                [retired_at, list(walk.broken)],
            )
            store.execute(
                "UPDATE rotation SET finished_at = now() WHERE finished_at IS NULL"
            )
        store.execute("VACUUM person_key")
    if walk.broken:
        log.error("rows do not open", extra={"count": len(walk.broken)})
    return moved


def _retire(store: Any) -> datetime:
    """Retire what was made before this rotation; return when the last one was."""
    with store.transaction():
        store.execute(
            "INSERT INTO rotation SELECT now() WHERE NOT EXISTS"
            " (SELECT FROM rotation WHERE finished_at IS NULL)"
        )
        store.execute(
            "UPDATE person_key SET retired_at = now()"
            " WHERE retired_at IS NULL AND wrapped IS NOT NULL AND made_at <="
            " (SELECT started_at FROM rotation WHERE finished_at IS NULL)"
        )
    row = store.execute(
        "SELECT coalesce(max(retired_at), now()) FROM person_key WHERE wrapped"
        " IS NOT NULL"
    ).fetchone()
    return datetime.fromisoformat(row[0].isoformat())


def _now(store: Any) -> datetime:
    row = store.execute("SELECT clock_timestamp()").fetchone()
    return datetime.fromisoformat(row[0].isoformat())


def _walk() -> Walk:
    walk = Walk()
    for model in sealed_models():
        for due in _due(model):
            for start in range(0, len(due), BATCH):
                part = due[start : start + BATCH]
                try:
                    _move(model, part, walk)
                except OperationalError:
                    walk.left += len(part)
    return walk


def leave(rows: Iterable[SealedModel], doomed: Collection[str]) -> int:
    """Give those of some rows that a doomed key sealed a new one; return how many."""
    found: dict[type[SealedModel], list[Any]] = {}
    for row in rows:
        if row.key_id in doomed:
            found.setdefault(type(row), []).append(row.pk)
    walk = Walk()
    for model, numbers in found.items():
        _move(model, numbers, walk)
    return walk.moved


def _due(model: type[SealedModel]) -> Iterator[list[Any]]:
    """Yield the numbers of rows with a retired key, from statement to statement."""
    last = None
    while True:
        rows = model._base_manager.order_by("pk")
        found = list((rows if last is None else rows.filter(pk__gt=last))[:SCAN])
        if not found:
            return
        last = found[-1].pk
        known = keys.get({key_id for row in found for key_id in _named(row)})
        due = [row.pk for row in found if _old(row, known)]
        found.clear()  # or they would be opened with the next rows
        yield due


def _move(model: type[SealedModel], numbers: list[Any], walk: Walk) -> None:
    with transaction.atomic():
        rows = model._base_manager.select_for_update(of=("self",))
        found = list(rows.filter(pk__in=numbers).order_by("pk"))
        known = keys.get({key_id for row in found for key_id in _named(row)})
        due = [(row, old) for row in found if (old := _old(row, known))]
        writers.hold({old.subject for _, old in due})
        people = keys.of_all({old.subject for _, old in due} - {""})
        for row, old in due:
            named = _named(row)
            try:
                row.open_all()
            except (KeyGone, SealBroken):
                walk.broken |= named
                continue
            row.seal_again(people[old.subject] if old.subject else keys.fresh())
            walk.moved += 1


def _named(row: SealedModel) -> set[str]:
    """Return the keys that a row's ciphertexts name; of what is none, none."""
    found = set()
    for name in row.seals():
        value = row.__dict__.get(name)
        if isinstance(value, Sealed):
            try:
                found.add(value.key_id)
            except SealBroken:
                continue
    return found


def _old(row: SealedModel, known: dict[str, Key]) -> Key | None:
    """Return a retired key of a row, or None."""
    held = [known[key_id] for key_id in sorted(_named(row)) if key_id in known]
    return next((key for key in held if key.retired), None)


# --- keys without rows ---------------------------------------------------------------
def sweep(*, idle: timedelta = IDLE) -> int:
    """Delete the keys that no row has named for so long; return how many.

    Raises TooManyIdle where that would be most of them: they would be missed.
    """
    living = keys.ask(
        "SELECT id FROM person_key WHERE wrapped IS NOT NULL AND retired_at IS NULL", []
    )
    unused = {key_id for (key_id,) in living} - _all_named()
    if len(living) > FEW and len(unused) > len(living) / 2:
        raise TooManyIdle(f"{len(unused)} of {len(living)}")
    keys.ask(
        "UPDATE person_key SET idle_since = CASE WHEN id = ANY(%(unused)s)"
        " THEN coalesce(idle_since, now()) END WHERE wrapped IS NOT NULL"
        " AND (idle_since IS NOT NULL OR id = ANY(%(unused)s))",
        {"unused": list(unused)},
    )
    # Whoever sealed with one of them meanwhile has woken it: see keys.of_all.
    deleted = keys.ask(
        "DELETE FROM person_key WHERE id = ANY(%s) AND idle_since <= now() - %s"
        " RETURNING id",
        [list(unused), idle],
    )
    return len(deleted)


def _all_named() -> set[str]:
    return {
        key_id
        for model in sealed_models()
        for key_id in model._base_manager.values_list("key_id", flat=True).distinct()
    }
