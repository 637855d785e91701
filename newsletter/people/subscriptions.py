"""Readers of the newsletter as people, once they have confirmed that it was them."""

from collections.abc import Collection, Iterable

from newsletter.models import Subscription
from privacy.people import GUEST, Holder, Person, register


def after(subject: str, limit: int) -> list[Person]:
    """Return readers in the order of the hash, from after one on."""
    rows = Subscription.objects.confirmed().filter(subject__gt=subject)
    return _people(rows.order_by("subject")[:limit])


def named(subjects: Collection[str]) -> list[Person]:
    """Return the readers among some hashes."""
    return _people(Subscription.objects.confirmed().of_any(subjects))


def _people(rows: Iterable[Subscription]) -> list[Person]:
    return [
        Person(
            subject=row.subject,
            email=row.email,
            state=GUEST,
            given=frozenset({("newsletter", row.policy_version)}),
        )
        for row in rows
    ]


def state(subject: str) -> str | None:
    """Return that a reader stands behind a hash, or None."""
    return states([subject]).get(subject)


def states(subjects: Collection[str]) -> dict[str, str]:
    """Return the readers among some hashes, as guests."""
    found = Subscription.objects.confirmed().of_any(subjects)
    return dict.fromkeys(found.values_list("subject", flat=True), GUEST)


register(Holder("newsletter", after, state, states, named))
