"""Finding and checking addresses: our own copy first, then the service, or neither."""

from datetime import timedelta

from django.utils import timezone

from shop.addresses import compare, exists
from shop.clients import addresses as client
from shop.clients.addresses import Address, AddressesUnavailable
from shop.models import AddressCheck, PostcodeAddresses

FRESH = timedelta(days=90)


def find(*, postcode: str, about: str = "") -> list[Address]:
    """Return the addresses of a formatted postcode.

    Asks the service only when our copy has none or an old one; raises
    AddressesUnavailable when neither can tell.
    """
    now = timezone.now()
    kept = PostcodeAddresses.objects.filter(postcode=postcode).first()
    if kept and kept.fetched_at > now - FRESH:
        return [client.read(row) for row in kept.addresses]
    try:
        found = client.lookup(postcode, about)
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


def check(*, line1: str, postcode: str, about: str) -> AddressCheck:
    """Return how an order's address fits its postcode; and never an error (P93)."""
    try:
        known = find(postcode=postcode, about=about)
    except AddressesUnavailable:
        # Our own directory can still tell a postcode that there is not.
        there = exists(postcode)
        return AddressCheck.UNAVAILABLE if there else AddressCheck.NONE
    return compare(line1, known)
