"""Entries to contests as rows about people. They stay when the business is sold."""

from collections.abc import Iterator

from newsletter import entry_links
from newsletter.models import Entry
from privacy import dossier
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

dossier.entitle(Entry, lambda entry: f"Contest: {entry.contest.survey.title}")
for field in ("may_share", "unnamed"):
    for guest in (True, False):
        dossier.door(Entry, field, lambda row: entry_links.own(row.pk), guest=guest)
