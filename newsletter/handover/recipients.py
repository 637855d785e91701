"""Who got which campaign, as rows about people. They stay with us in a sale."""

from collections.abc import Iterator

from newsletter.models import Recipient
from privacy import dossier
from privacy.handover import People, Table, register


def _recipients(people: People) -> Iterator[tuple[str, Recipient]]:
    for row in Recipient.objects.filter(subject__in=people).order_by("pk"):
        yield row.subject, row


register(
    Table(
        Recipient,
        of=_recipients,
        about=lambda row: f"campaign:{row.campaign_id}",
        moves=None,
        stays=lambda row: False,
    )
)
dossier.entitle(Recipient, lambda row: "A letter of ours to many")
