"""Readers of the newsletter as people, once they have confirmed that it was them."""

from newsletter.models import Subscription
from privacy.people import GUEST, Holder, Person, register


def after(subject: str, limit: int) -> list[Person]:
    """Return readers in the order of the hash, from after one on."""
    rows = Subscription.objects.confirmed().filter(subject__gt=subject)
    return [
        Person(
            subject=row.subject,
            email=row.email,
            state=GUEST,
            given=frozenset({("newsletter", row.policy_version)}),
        )
        for row in rows.order_by("subject")[:limit]
    ]


def state(subject: str) -> str | None:
    """Return that a reader stands behind a hash, or None."""
    known = Subscription.objects.confirmed().filter(subject=subject)
    return GUEST if known.exists() else None


register(Holder("newsletter", after, state))
