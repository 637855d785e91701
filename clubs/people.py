"""Clubs' contacts as people: whoever's address we hold, by its hash.

No hash is stored: there are a few thousand contacts at most, and a column more of a
person would be one more to erase.
"""

from collections import defaultdict

from clubs.models import ContactDetail
from jessops.lib.hashing import email_hash
from privacy.people import GUEST, Holder, Person, register


def _known() -> dict[str, Person]:
    """Return every contact with an address, by its hash."""
    addresses: dict[str, str] = {}
    versions: defaultdict[str, set[int]] = defaultdict(set)
    rows = ContactDetail.objects.filter(kind=ContactDetail.Kind.EMAIL)
    for email, version in rows.values_list("value", "policy_version").iterator():
        subject = email_hash(email)
        addresses[subject] = email
        versions[subject].add(version)
    return {
        subject: Person(
            subject=subject,
            email=email,
            state=GUEST,
            given=frozenset(("clubs", version) for version in versions[subject]),
        )
        for subject, email in addresses.items()
    }


def after(subject: str, limit: int) -> list[Person]:
    """Return contacts in the order of the hash, from after one on."""
    known = _known()
    return [known[one] for one in sorted(known) if one > subject][:limit]


def state(subject: str) -> str | None:
    """Return that a contact stands behind a hash, or None."""
    return GUEST if subject in _known() else None


register(Holder("clubs", after, state))
