"""Clubs' contacts as people: whoever's e-mail address we hold, by its hash."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import QuerySet

from clubs.models import ContactDetail
from privacy.people import GUEST, Holder, Person, register


def after(subject: str, limit: int) -> list[Person]:
    """Return contacts in the order of the hash, from after one on."""
    subjects = (
        _details()
        .filter(email_hash__gt=subject)
        .order_by("email_hash")
        .values_list("email_hash", flat=True)
        .distinct()[:limit]
    )
    return named(list(subjects))


def named(subjects: Collection[str]) -> list[Person]:
    """Return the contacts among some hashes."""
    emails: dict[str, str] = {}
    versions: defaultdict[str, set[int]] = defaultdict(set)
    for row in _details().filter(email_hash__in=list(subjects)).order_by("email_hash"):
        emails[row.email_hash] = row.value
        versions[row.email_hash].add(row.policy_version)
    return [
        Person(
            subject=one,
            email=email,
            state=GUEST,
            given=frozenset(("clubs", version) for version in versions[one]),
        )
        for one, email in emails.items()
    ]


def state(subject: str) -> str | None:
    """Return that a contact stands behind a hash, or None."""
    return states([subject]).get(subject)


def states(subjects: Collection[str]) -> dict[str, str]:
    """Return the contacts among some hashes, as guests."""
    found = _details().filter(email_hash__in=list(subjects))
    return dict.fromkeys(found.values_list("email_hash", flat=True), GUEST)


def _details() -> QuerySet[ContactDetail]:
    return ContactDetail.objects.exclude(email_hash="")


register(Holder("clubs", after, state, states, named))
