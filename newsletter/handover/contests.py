"""Entries to contests as rows about people. They stay when the business is sold."""

from collections.abc import Iterator

from newsletter.models import Entry
from privacy.handover import People, Table, register


def _entries(people: People) -> Iterator[tuple[str, Entry]]:
    rows = Entry.objects.filter(subject__in=people).select_related("contest__survey")
    for entry in rows.order_by("pk"):
        yield entry.subject, entry


register(
    Table(
        Entry,
        of=_entries,
        about=lambda entry: entry.about,
        moves=None,  # given for one contest and its prize
        stays=lambda entry: False,
        follows=("subject", "email"),
    )
)
