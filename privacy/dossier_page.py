"""How everything held about a person is laid out on a page: privacy/_dossier.html."""

from collections.abc import Iterable
from dataclasses import dataclass

from privacy.dossier import Entry, Group

AT_ONCE = 10  # rows of a table on the page before "Show all"


@dataclass(frozen=True)
class Shown:
    """One table on the page."""

    group: Group
    entries: list[Entry]
    left: int  # how many more there are

    @property
    def lines(self) -> list[tuple[Entry, list[str]]]:
        """A ledger's entries as lines of one table, a cell for each of its labels."""
        return [
            (entry, [_cell(entry, label) for label in self.group.labels])
            for entry in self.entries
        ]

    @property
    def unread(self) -> list[str]:
        """What is held as well and says nothing to anybody, each once."""
        found = (label for entry in self.group.entries for label in entry.unread)
        return list(dict.fromkeys(found))


def page_of(
    groups: Iterable[Group], *, table: str = "", whole: bool = False
) -> list[Shown]:
    """Return what a page shows: the newest of each table, all of `table`, or all."""
    shown = []
    for group in groups:
        everything = whole or group.slug == table
        entries = group.entries if everything else group.entries[:AT_ONCE]
        shown.append(Shown(group, entries, len(group.entries) - len(entries)))
    return shown


def _cell(entry: Entry, label: str) -> str:
    return next((item.said for item in entry.items if item.label == label), "")
