"""Entrants of contests as people: whoever's address we hold, by its hash."""

from collections import defaultdict
from collections.abc import Collection

from newsletter.models import Entry
from privacy.people import GUEST, Holder, Person, register


def after(subject: str, limit: int) -> list[Person]:
    """Return entrants in the order of the hash, from after one on."""
    subjects = (
        Entry.objects.filter(subject__gt=subject)
        .order_by("subject")
        .values_list("subject", flat=True)
        .distinct()[:limit]
    )
    return named(list(subjects))


def named(subjects: Collection[str]) -> list[Person]:
    """Return the entrants among some hashes."""
    emails: dict[str, str] = {}
    versions: defaultdict[str, set[int]] = defaultdict(set)
    for row in Entry.objects.filter(subject__in=list(subjects)).order_by("subject"):
        emails[row.subject] = row.email
        versions[row.subject].add(row.policy_version)
    return [
        Person(
            subject=one,
            email=email,
            state=GUEST,
            given=frozenset(("contest", version) for version in versions[one]),
        )
        for one, email in emails.items()
    ]


def state(subject: str) -> str | None:
    """Return that an entrant stands behind a hash, or None."""
    return states([subject]).get(subject)


def states(subjects: Collection[str]) -> dict[str, str]:
    """Return the entrants among some hashes, as guests."""
    found = Entry.objects.filter(subject__in=list(subjects))
    return dict.fromkeys(found.values_list("subject", flat=True), GUEST)


register(Holder("contests", after, state, states, named))
