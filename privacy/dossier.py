"""Everything that is held about one person, item by item, read from the records.

Nothing here names a table or a column. privacy.handover finds a person's rows in every
app, privacy.registry says what each column is, from whom, what for and how long, and
the clocks of privacy.retention give the day on which each row really goes (C13). The
page "Your data", a guest's page and the copy (R30) are all made from this.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import models

from privacy import erasure, guard, handover, registry
from privacy.handover import Table
from privacy.models import LedgerEntry
from privacy.registry import OUR_APPS, Held
from privacy.retention import AsLongAs, Clock
from privacy.values import day, plain, said

Door = str | Callable[[Any], str]


@dataclass(frozen=True)
class Item:
    """One thing that is held: what, what it says, from whom, what for, until when."""

    field: str
    label: str
    said: str  # as people read it
    value: object  # as programs read it: text, number, list or mapping
    source: str
    purposes: tuple[str, ...]
    goes: date | None  # the day on which it goes; None where no clock runs
    kept: str  # the rule, in words
    door: str  # where it can be put right, or ""

    @property
    def until(self) -> str:
        return day(self.goes) if self.goes else self.kept


@dataclass(frozen=True)
class Entry:
    """One row of a table."""

    about: str  # the matter, such as order:J26-4812-0751
    title: str
    given: datetime | None
    version: int  # of the policy under which it was given
    items: list[Item]
    unread: list[str]  # what is held as well and says nothing: keys, keyed hashes

    @property
    def when(self) -> str:
        return day(self.given) if self.given else ""

    @property
    def parts(self) -> list[tuple[str, str, list[Item]]]:
        """Items with one purpose and one end together: purpose, until, items."""
        found: dict[tuple[str, str], list[Item]] = {}
        for item in self.items:
            found.setdefault(("; ".join(item.purposes), item.until), []).append(item)
        return [(why, until, items) for (why, until), items in found.items()]


@dataclass(frozen=True)
class Group:
    """One table with what it holds about a person, newest first."""

    table: str  # "shop.Order"
    title: str
    is_ledger: bool
    entries: list[Entry]

    @property
    def slug(self) -> str:
        return self.table.lower().replace(".", "-")

    @cached_property
    def items(self) -> list[Item]:
        return [item for entry in self.entries for item in entry.items]

    @property
    def labels(self) -> list[str]:
        return list(dict.fromkeys(item.label for item in self.items))

    @property
    def why(self) -> list[str]:
        found = (why for item in self.items for why in item.purposes)
        return list(dict.fromkeys(found))

    @property
    def sources(self) -> list[str]:
        return list(dict.fromkeys(item.source for item in self.items))

    @property
    def versions(self) -> list[int]:
        return sorted({entry.version for entry in self.entries})

    @property
    def given(self) -> str:
        """When it was given: a day, or the first day of several."""
        days = sorted(entry.given for entry in self.entries if entry.given)
        if not days:
            return ""
        first, last = day(days[0]), day(days[-1])
        return first if first == last else f"from {first}"

    @property
    def deleted(self) -> list[str]:
        """When it goes: a day or the first and last of several, and what has none."""
        days = sorted({item.goes for item in self.items if item.goes})
        ends = [day(one) for one in (days[:1] + days[-1:])]
        words = " to ".join(dict.fromkeys(ends))
        rules = dict.fromkeys(item.kept for item in self.items if not item.goes)
        return [*filter(None, [words]), *rules]


_doors: dict[tuple[str, str, bool], Door] = {}
_titles: dict[str, Callable[[Any], str]] = {}
_words: dict[tuple[str, str], Callable[[Any], str]] = {}


def door(
    model: type[models.Model], field: str, url: Door, *, guest: bool = False
) -> None:
    """Say where a column can be put right: an address, or a function of the row.

    With `guest`, for people who come by an order's link instead of signing in.
    """
    _doors[model._meta.label, field, guest] = url


def entitle(model: type[models.Model], words: Callable[[Any], str]) -> None:
    """Say how a row of a table is called, where its matter will not do."""
    _titles[model._meta.label] = words


def say(model: type[models.Model], field: str, words: Callable[[Any], str]) -> None:
    """Say what a column means in words, where its own text will not do."""
    _words[model._meta.label, field] = words


def of(
    subject: str, email: str, *, guest: bool = False, matter: str = ""
) -> list[Group]:
    """Return everything that is held about a person, table by table.

    In: the keyed hash and the address itself; whether the doors are those of guests;
    and one matter, where only what concerns that is wanted. What people meet first
    stands first. The number of queries depends on tables and clocks, never on rows.
    """
    if not subject:
        raise ValueError("nobody is named")
    people = erasure.people_of(subject, email)
    groups = []
    for table in _tables():
        rows = [row for _, row in table.of(people)]
        if matter:
            rows = [row for row in rows if table.about(row) == matter]
        if rows:
            groups.append(_group(table, rows, guest))
    return groups


def unreachable() -> list[str]:
    """Return declared tables that no person's rows are found in: none may be (R30)."""
    found = {table.label for table in handover.tables()}
    return sorted({item.model for item in registry.everything()} - found)


def _tables() -> list[Table]:
    """Return every table, the apps from the top down, ledgers last."""
    return sorted(
        handover.tables(),
        key=lambda table: (
            issubclass(table.model, LedgerEntry),
            -_rank(table.model._meta.app_label),
        ),
    )


def _rank(app: str) -> int:
    return OUR_APPS.index(app) if app in OUR_APPS else -1


def _group(table: Table, rows: list[Any], guest: bool) -> Group:
    columns = [item for item in registry.everything() if item.model == table.label]
    ends = _ends(table, rows, columns)
    came = _came(table.model, columns[0].under)
    entries = [
        Entry(
            about=table.about(row),
            title=_title(table, row),
            given=_follow(row, came) if came else None,
            version=registry.version_of(row),
            items=list(_items(row, columns, ends, guest)),
            unread=[item.label for item in columns if _unread(item, row)],
        )
        for row in rows
    ]
    entries.sort(key=lambda one: (one.given is not None, one.given), reverse=True)
    return Group(
        table=table.label,
        title=registry.section(table.label).title,
        is_ledger=issubclass(table.model, LedgerEntry),
        entries=entries,
    )


def _items(
    row: Any,
    columns: Iterable[Held],
    ends: Mapping[Clock, Mapping[Any, date]],
    guest: bool,
) -> Iterator[Item]:
    for column in columns:
        value = getattr(row, column.field)
        if not column.export or value in (None, "", [], {}):
            continue
        words = _words.get((column.model, column.field))
        yield Item(
            field=column.field,
            label=column.label,
            said=words(row) if words else said(row, column.field),
            value=plain(value),
            source=column.source,
            purposes=tuple(
                guard.PURPOSES[name].words for name in (column.purpose, *column.also)
            ),
            goes=_goes(row, column, ends),
            kept=_kept(column),
            door=_door(row, column, guest),
        )


def _kept(column: Held) -> str:
    """Say what keeps a column where no clock runs on its row: a reason, or a rule."""
    reasons = [one.words for one in column.kept if isinstance(one, AsLongAs)]
    return "; ".join(reasons) or column.retention


def _unread(item: Held, row: Any) -> bool:
    return not item.export and getattr(row, item.field) not in (None, "", [], {})


def _door(row: Any, column: Held, guest: bool) -> str:
    found = _doors.get((column.model, column.field, guest), "")
    return found(row) if callable(found) else found


def _title(table: Table, row: Any) -> str:
    words = _titles.get(table.label)
    return words(row) if words else in_words(table.about(row))


def in_words(about: str) -> str:
    """Say a matter as people do: "Order J26-4812-0751" of order:J26-4812-0751."""
    kind, _, name = about.partition(":")
    return f"{kind[:1].upper()}{kind[1:]} {name}".strip()


# --- the day on which a row goes ------------------------------------------------------
def _ends(
    table: Table, rows: list[Any], columns: Iterable[Held]
) -> dict[Clock, dict[Any, date]]:
    """Return by clock the day for each row that it will take, one query a clock."""
    clocks = dict.fromkeys(
        kept for item in columns for kept in item.kept if isinstance(kept, Clock)
    )
    found = {}
    for clock in clocks:
        keys = {_key(row, clock) for row in rows}
        starts = clock.rows.filter(pk__in=keys).values_list("pk", clock.start)
        found[clock] = {
            pk: clock.goes_on(start) for pk, start in starts if start is not None
        }
    return found


def _goes(
    row: Any, column: Held, ends: Mapping[Clock, Mapping[Any, date]]
) -> date | None:
    """Return the first day on which a clock takes a column of a row, or None."""
    days = [
        ends[kept][_key(row, kept)]
        for kept in column.kept
        if isinstance(kept, Clock) and _key(row, kept) in ends[kept]
    ]
    return min(days, default=None)


def _key(row: Any, clock: Clock) -> Any:
    """Return the key of the row that a clock takes: this one, or what it belongs to."""
    if isinstance(row, clock.model):
        return row.pk
    for column in row._meta.local_fields:
        if column.related_model is clock.model:
            return getattr(row, column.attname)
    raise registry.DeclarationError(
        f"{row._meta.label}: {clock.name} takes no row of it"
    )


# --- when a row was given -------------------------------------------------------------
def _came(model: type[models.Model], under: str) -> tuple[str, ...]:
    """Return the way to the moment a row was made: its own, or its owner's."""
    own = next(
        (
            column.name
            for column in model._meta.local_fields
            if isinstance(column, models.DateTimeField)
            and (column.auto_now_add or column.has_default())
        ),
        None,
    )
    if own:
        return (own,)
    *way, last = under.split("__")
    if not way:
        column = model._meta.get_field(last)
        return (last,) if isinstance(column, models.DateTimeField) else ()
    owner: Any = model
    for step in way:
        owner = owner._meta.get_field(step).related_model
    further = _came(owner, last)
    return (*way, *further) if further else ()


def _follow(row: Any, way: Iterable[str]) -> Any:
    for step in way:
        row = getattr(row, step)
    return row


__all__ = [
    "Entry",
    "Group",
    "Item",
    "door",
    "entitle",
    "in_words",
    "of",
    "say",
    "unreachable",
]
