"""Letters that came back, as rows about people. They stay with us in a sale."""

from collections.abc import Iterator

from newsletter.models import Bounce
from privacy import dossier
from privacy.handover import People, Table, register


def _bounces(people: People) -> Iterator[tuple[str, Bounce]]:
    for bounce in Bounce.objects.filter(subject__in=people).order_by("pk"):
        yield bounce.subject, bounce


register(
    Table(
        Bounce,
        of=_bounces,
        about=lambda bounce: f"letter:{bounce.letter}",
        moves=None,
        # A word for staff and the person of what we noticed, and proof of nothing:
        # what it led to is the suppression, which outlives it.
        stays=lambda bounce: False,
    )
)

dossier.entitle(Bounce, lambda bounce: "A letter of ours to you")
