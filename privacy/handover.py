"""Which rows concern a person, and which of them may be handed to somebody else.

Each app registers its tables in its `handover.py`. Nothing is read from a row but the
columns that privacy.registry declares as a person's own: what nobody declared, and
what opens doors (keys, hashes, passwords), cannot leave. Two things read this: the
transfer set of a sale (only rows that `moves` lets through), and a disclosure that the
law demands (only the columns that it names).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from privacy import people as everybody
from privacy import registry
from privacy.people import Person

# A person by the keyed hash of the address, with the address itself.
People = Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """One table with rows about people."""

    model: type[Model]
    # the rows of some people, each with the hash of the one it is about
    of: Callable[[People], Iterable[tuple[str, Any]]]
    about: Callable[[Any], str]  # the matter, such as order:J26-4812-0751
    # is a row part of the business that may be sold? None: no row of it is
    moves: Callable[[Any], bool] | None
    # erasing: does the law ask for this row? If not, all of it goes
    stays: Callable[[Any], bool] = lambda row: True
    # what stands in an erased column, where an empty text will not do: a value, or a
    # function of the row
    blanks: Mapping[str, Any] = field(default_factory=dict)
    # columns that take the new hash or the new address, when somebody changes theirs
    follows: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.model._meta.label


@dataclass(frozen=True)
class Row:
    """One row, reduced to declared columns."""

    subject: str
    table: str
    about: str
    version: int  # the policy under which it was given
    fields: Mapping[str, object]


_tables: dict[str, Table] = {}


def tables() -> list[Table]:
    """Return every registered table, in order of registration."""
    return list(_tables.values())


def table(label: str) -> Table:
    return _tables[label]


def register(table: Table) -> Table:
    """Add a table; it must be new, and have columns that may be handed over."""
    if table.label in _tables:
        raise ValueError(f"{table.label} is registered twice")
    _tables[table.label] = table
    return table


def columns() -> dict[str, str]:
    """Return what can be handed over: "shop.Order.full_name" to its name in words."""
    return {
        f"{item.model}.{item.field}": item.label
        for item in registry.everything()
        if item.export and item.model in _tables
    }


def rows(people: People, wanted: Iterable[str] | None = None) -> Iterator[Row]:
    """Yield the rows of some people, with the wanted columns (all by default)."""
    names = set(columns() if wanted is None else wanted)
    for table in _tables.values():
        fields = [
            name.rpartition(".")[2]
            for name in columns()
            if name in names and name.rpartition(".")[0] == table.label
        ]
        if fields:
            for subject, row in table.of(people):
                yield _row(table, subject, row, fields)


def moving(people: People) -> Iterator[Row]:
    """Yield the rows of some people that are part of the business, whole."""
    for table in _tables.values():
        prefix = f"{table.label}."
        fields = [n.removeprefix(prefix) for n in columns() if n.startswith(prefix)]
        if table.moves is None:
            continue
        for subject, row in table.of(people):
            if table.moves(row):
                yield _row(table, subject, row, fields)


def moving_in_words() -> list[tuple[str, str]]:
    """Return what passes when the business is sold: a table's title, its columns."""
    words = columns()
    return [
        (
            registry.section(table.label).title,
            "; ".join(
                label
                for name, label in words.items()
                if name.rpartition(".")[0] == table.label
            ),
        )
        for table in _tables.values()
        if table.moves
    ]


def find(subjects: Iterable[str]) -> dict[str, Person]:
    """Return the people behind some hashes, as far as they are still held."""
    found: dict[str, Person] = {}
    for subject in set(subjects):
        # everybody stands in the order of the hash: begin just before this one
        before = f"{int(subject, 16) - 1:064x}"
        person = next(everybody.everyone(after=before), None)
        if person and person.subject == subject:
            found[subject] = person
    return found


def owner_of(about: str, people: People) -> str | None:
    """Return which of some people a matter concerns, or None."""
    for table in _tables.values():
        for subject, row in table.of(people):
            if table.about(row) == about:
                return subject
    return None


def _row(table: Table, subject: str, row: Any, fields: Iterable[str]) -> Row:
    return Row(
        subject=subject,
        table=table.label,
        about=table.about(row),
        version=registry.version_of(row),
        fields={name: getattr(row, name) for name in fields},
    )
