"""Finding and checking addresses: our own copy first, then the service, or neither."""

from datetime import timedelta

from django.utils import timezone

from shop.addresses import compare
from shop.clients import addresses as client
from shop.clients.addresses import Address, AddressesUnavailable
from shop.models import AddressCheck, PostcodeAddresses

FRESH = timedelta(days=90)


def find(*, postcode: str) -> list[Address]:
    """Return the addresses of a formatted postcode.

    Asks the service only when our copy has none or an old one; raises
    AddressesUnavailable when neither can tell.
    """
    now = timezone.now()
    kept = PostcodeAddresses.objects.filter(postcode=postcode).first()
    if kept and kept.fetched_at > now - FRESH:
        return [client.read(row) for row in kept.addresses]
    try:
        found = client.lookup(postcode)
    except AddressesUnavailable:
        if kept:
            return [client.read(row) for row in kept.addresses]
        raise
    PostcodeAddresses.objects.update_or_create(
        postcode=postcode,
        defaults={
            "addresses": [address.as_dict() for address in found],
            "fetched_at": now,
        },
    )
    return found


def check(*, line1: str, postcode: str) -> AddressCheck:
    """Return how an address fits its postcode; and never an error (P93)."""
    try:
        known = find(postcode=postcode)
    except AddressesUnavailable:
        return AddressCheck.UNAVAILABLE
    return compare(line1, known)
