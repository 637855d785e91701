"""Loading invented clubs: the demonstration's, and any number for measurements."""

from itertools import islice

from django.db import transaction

from clubs import demo
from clubs.models import Club, ClubContact, ContactDetail
from privacy import policies

BATCH = 1000


@transaction.atomic
def load(*, total: int = 0, seed: int = 1) -> int:
    """Add invented clubs until there are `total`, at least the usual ones.

    Out: how many were added. Without a total only an empty list is filled: what staff
    took off stays off, and what is there stays as it is.
    """
    there = set(Club.objects.values_list("slug", flat=True))
    wanted = max(total, demo.HAND_MADE)
    if len(there) >= wanted or (there and not total):
        return 0
    version = policies.current_version()
    new = (
        one for one in demo.clubs(wanted, seed=seed) if one.fields["slug"] not in there
    )
    added = 0
    while batch := list(islice(new, BATCH)):
        clubs = Club.objects.bulk_create(Club(**one.fields) for one in batch)
        pairs = list(zip(clubs, batch, strict=True))
        ClubContact.objects.bulk_create(
            ClubContact(club=club, policy_version=version)
            for club, one in pairs
            if one.contact
        )
        ContactDetail.objects.bulk_create(
            ContactDetail(
                club=club,
                kind=kind,
                value=value,
                email_hash=ContactDetail.hash_of(kind, value),
                published=shown,
                source=ContactDetail.Source.CONTACT,
                agreed_on=demo.AGREED if shown else None,
                policy_version=version,
            )
            for club, one in pairs
            for kind, (value, shown) in one.contact.items()
        )
        added += len(batch)
    return added
