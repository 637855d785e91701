"""Clubs' contacts as people: whoever's e-mail address we hold, by its hash."""

from collections import defaultdict

from clubs.models import ContactDetail
from privacy.people import GUEST, Holder, Person, register


def after(subject: str, limit: int) -> list[Person]:
    """Return contacts in the order of the hash, from after one on."""
    rows = ContactDetail.objects.exclude(email_hash="")
    subjects = (
        rows.filter(email_hash__gt=subject)
        .order_by("email_hash")
        .values_list("email_hash", flat=True)
        .distinct()[:limit]
    )
    emails: dict[str, str] = {}
    versions: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows.filter(email_hash__in=list(subjects)).order_by("email_hash"):
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
    known = ContactDetail.objects.filter(email_hash=subject)
    return GUEST if subject and known.exists() else None


register(Holder("clubs", after, state))
