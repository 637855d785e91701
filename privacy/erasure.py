"""Erasing: what goes and what the law keeps, of one person, in every table of all apps.

Nothing here names a table. What a person has is found by privacy.handover, and what
becomes of each column is said by privacy.registry: "delete" takes the row, "blank"
empties the column, "keep: <law>" leaves it, where the law asks for that row at all.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.fields import NOT_PROVIDED

from jessops.lib.hashing import email_hash
from privacy import handover, registry
from privacy.handover import People, Table
from privacy.models import LedgerEntry
from privacy.registry import Held
from privacy.retention import Clock
from privacy.sealed import KeyGone, SealedModel, SealedText, keep_for_law

KEEP = "keep:"
DELETE = "delete"


@dataclass(frozen=True)
class Waiting:
    """Something that must be finished first, such as a parcel on its way."""

    about: str  # "order:J26-4812-0751"
    words: str
    until: datetime


@dataclass
class Fate:
    """What becomes of one table's rows of a person, in words."""

    title: str
    rows: int = 0
    goes: dict[str, None] = field(default_factory=dict)  # labels, each once
    # reason in law and until when, with the labels of what stays, each once
    stays: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)


@dataclass
class Count:
    """What was done in one table."""

    deleted: int = 0
    blanked: int = 0
    kept: int = 0

    def as_dict(self) -> dict[str, int]:
        return {"deleted": self.deleted, "blanked": self.blanked, "kept": self.kept}


_first: list[Callable[[str], Iterable[Waiting]]] = []
_former: list[Callable[[str], Iterable[str]]] = []
_moved: list[Callable[[str, str], None]] = []


def finish_first(of: Callable[[str], Iterable[Waiting]]) -> None:
    """Add what an app must finish before somebody can be erased."""
    _first.append(of)


def known_before_as(of: Callable[[str], Iterable[str]]) -> None:
    """Add how an app knows by which hashes somebody was known before."""
    _former.append(of)


def waiting(subject: str) -> list[Waiting]:
    """Return what must be finished first, the last of it first."""
    found = [one for of in _first for one in of(subject)]
    return sorted(found, key=lambda one: one.until, reverse=True)


def people_of(subject: str, email: str) -> dict[str, str]:
    """Return a person with all hashes that nobody else is known by today."""
    former = {old for of in _former for old in of(subject)} - {subject}
    return {subject: email} | dict.fromkeys(sorted(former), "")


def fates(people: People) -> list[Fate]:
    """Return what would go and what would stay, table by table, as it stands now."""
    found = []
    for table in _tables():
        fate = Fate(registry.section(table.label).title)
        for _, row in table.of(people):
            fate.rows += 1
            for item in _held(table):
                reason = kept_by(table, item, row)
                if reason:
                    because = reason, _until(item, row)
                    fate.stays.setdefault(because, {})[item.label] = None
                elif getattr(row, item.field, "") not in ("", None):
                    fate.goes[item.label] = None
        if fate.rows:
            found.append(fate)
    return found


def forget(people: People) -> dict[str, Count]:
    """Erase, in the caller's transaction; return what was done by table's label.

    Doing it again does nothing. Rows of ledgers stay as they are: they hold keyed
    hashes and codes, and the database refuses anything else.
    """
    done: dict[str, Count] = {}
    for table in reversed(_tables()):
        count = Count()
        for row in [row for _, row in table.of(people)]:
            _forget(table, row, count)
        if any(count.as_dict().values()):
            done[table.label] = count
    return done


def rows_of(people: People) -> Iterator[tuple[Table, Any]]:
    """Yield every row of a person that is declared and found, with its table."""
    for table in _tables():
        for _, row in table.of(people):
            yield table, row


def kept_by(table: Table, item: Held, row: Any) -> str:
    """Return the reason in law for which a column of a row stays, or ""."""
    if not item.erase.startswith(KEEP):
        return ""
    if isinstance(row, LedgerEntry) or table.stays(row):
        return item.erase.removeprefix(KEEP).strip()
    return ""


def unreachable() -> list[str]:
    """Return declared tables that nobody finds a person's rows in: none may be."""
    found = {table.label for table in handover.tables()}
    rules: dict[str, set[str]] = {}
    for item in registry.everything():
        rules.setdefault(item.model, set()).add(item.erase)
    return [
        label
        for label, words in rules.items()
        if label not in found and not all(word.startswith(KEEP) for word in words)
    ]


def on_move(note: Callable[[str, str], None]) -> None:
    """Add what an app writes down when somebody moves from one hash to another."""
    _moved.append(note)


def move(
    *, old: str, new: str, old_email: str, email: str, member: Callable[[], None]
) -> int:
    """Bring what is known by an old address under the new one; return how many rows.

    In the caller's transaction; `member` changes the account itself. Only the columns
    that a table names in `follows` change. Ledgers are history and are not rewritten.
    What is sealed stays so: its keys move to the new hash (privacy.keys.move).
    """
    following = [
        (table, row)
        for table, row in rows_of({old: old_email})
        if table.follows and not isinstance(row, LedgerEntry)
    ]
    for table, row in following:
        for name in table.follows:
            value = getattr(row, name)
            if value == old:
                setattr(row, name, new)
            elif value and email_hash(str(value)) == old:
                setattr(row, name, email)
        sealed = isinstance(row, SealedModel)
        row.save(update_fields=None if sealed else list(table.follows))
    member()
    for note in _moved:
        note(old, new)
    return len(following)


def _forget(table: Table, row: Any, count: Count) -> None:
    if isinstance(row, LedgerEntry):
        count.kept += 1
        return
    columns = _held(table)
    staying = [item for item in columns if kept_by(table, item, row)]
    if not staying and any(
        item.erase == DELETE or item.erase.startswith(KEEP) for item in columns
    ):
        # Gone already where it belonged to a row that went before it.
        count.deleted += row.delete()[1].get(table.label, 0) if row.pk else 0
        return
    names = [item.field for item in columns if item not in staying]
    changed = [name for name in names if _blank(table, row, name)]
    if changed:
        extra = [name for name in table.blanks if name not in changed]
        for name in extra:
            setattr(row, name, _blank_value(table, row, name))
        row.save(update_fields=[*changed, *extra])
        count.blanked += 1
    if staying:
        count.kept += 1
        _keep_sealed(row, {item.field for item in staying})


def _keep_sealed(row: Any, names: set[str]) -> None:
    """Keep what the law asks for without the person's key, which is destroyed next.

    Restored from a backup its key is gone already: nobody can read it, and it goes.
    """
    if not isinstance(row, SealedModel):
        return
    kept = names & set(row.seals())
    try:
        keep_for_law(row, kept)
    except KeyGone:
        for name in kept:
            setattr(row, name, "")
        row.save(update_fields=list(kept))


def _blank(table: Table, row: Any, name: str) -> bool:
    """Empty a column; say whether it was not empty before."""
    value = _blank_value(table, row, name)
    declared = table.blanks.get(name)
    try:
        before = getattr(row, name)
    except KeyGone:
        before = None  # restored from a backup, and not to be read any more
    setattr(row, name, value)
    return bool(before != value) and not callable(declared)


def _blank_value(table: Table, row: Any, name: str) -> Any:
    if name in table.blanks:
        value = table.blanks[name]
        return value(row) if callable(value) else value
    column = row._meta.get_field(name)
    if isinstance(column, SealedText):
        return column.value_of("")
    if column.null:
        return None
    if isinstance(column, models.JSONField):
        return {}
    if isinstance(column, models.BooleanField):
        return False if column.default is NOT_PROVIDED else column.default
    return ""


def _until(item: Held, row: Any) -> str:
    """Say until when a column stays: the day of its last clock, or the reason."""
    days = []
    for kept in item.kept:
        if isinstance(kept, Clock):
            start = getattr(_owner(kept, row), kept.start, None)
            days += [kept.goes_on(start)] if start is not None else []
    return f"{max(days):%-d %B %Y}" if days else item.retention


def _owner(clock: Clock, row: Any) -> Any:
    """Return the row that a clock goes by: this one, or the one it belongs to."""
    if isinstance(row, clock.model):
        return row
    for column in row._meta.fields:
        if column.is_relation and column.related_model is clock.model:
            return getattr(row, column.name)
    return row


def _held(table: Table) -> list[Held]:
    return [item for item in registry.everything() if item.model == table.label]


def _tables() -> list[Table]:
    return handover.tables()
