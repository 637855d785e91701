"""Guests as people: whoever an order was made for, by the hash of the address."""

import contextlib

from django.contrib.postgres.aggregates import ArrayAgg

from privacy.keys import KeyGone
from privacy.people import GUEST, Holder, Person, register
from shop.models import Order


def after(subject: str, limit: int) -> list[Person]:
    """Return people with orders in the order of the hash, from after one on."""
    rows = list(
        Order.objects.filter(email_hash__gt=subject)
        .order_by("email_hash")
        .values("email_hash")
        .annotate(versions=ArrayAgg("policy_version", distinct=True))[:limit]
    )
    addresses = _addresses([row["email_hash"] for row in rows])
    found = [
        Person(
            subject=row["email_hash"],
            email=addresses[row["email_hash"]],
            state=GUEST,
            given=frozenset(("order", version) for version in row["versions"]),
        )
        for row in rows
        if row["email_hash"] in addresses
    ]
    # an empty answer would say that there is nobody more
    return after(rows[-1]["email_hash"], limit) if rows and not found else found


def _addresses(subjects: list[str]) -> dict[str, str]:
    """Return the address of each, as last written; one question for all their keys.

    Whose key is destroyed is not among them: there is nobody left to write to.
    """
    latest = Order.objects.filter(email_hash__in=subjects).exclude(email="")
    latest = latest.order_by("email_hash", "-pk").distinct("email_hash")
    found = {}
    for order in latest.only("number", "email_hash", "email"):
        with contextlib.suppress(KeyGone):
            found[order.email_hash] = order.email
    return found


def state(subject: str) -> str | None:
    """Return that there is an order of the person behind a hash, or None."""
    return GUEST if Order.objects.filter(email_hash=subject).exists() else None


register(Holder("shop", after, state))
