"""Readers of the newsletter as rows about people. They stay in a sale."""

from collections.abc import Iterator

from newsletter.models import Subscription
from privacy import dossier
from privacy.handover import People, Table, register


def _subscriptions(people: People) -> Iterator[tuple[str, Subscription]]:
    for row in Subscription.objects.of_any(people).order_by("asked_at", "pk"):
        yield row.subject, row


register(
    Table(
        Subscription,
        of=_subscriptions,
        about=lambda row: f"newsletter:{row.pk}",
        moves=None,  # asked of us, for our newsletter
        stays=lambda row: False,
    )
)
dossier.entitle(
    Subscription,
    lambda row: "The newsletter" if row.confirmed_at else "A sign-up to be confirmed",
)
