"""Suppressed addresses as rows about people: they outlive everything else."""

from collections.abc import Iterator

from newsletter.models import Suppression
from privacy import dossier
from privacy.handover import People, Table, register


def _suppressions(people: People) -> Iterator[tuple[str, Suppression]]:
    for row in Suppression.objects.of_any(people).order_by("pk"):
        yield row.subject, row


register(
    Table(
        Suppression,
        of=_suppressions,
        about=lambda row: f"suppression:{row.pk}",
        # A new owner must respect it too, and asks us: a hash tells them nothing.
        moves=None,
    )
)
dossier.entitle(Suppression, lambda row: "We send you no letters")
