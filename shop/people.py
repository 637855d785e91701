"""Guests as people: whoever an order was made for, by the hash of the address."""

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Max

from privacy.people import GUEST, Holder, Person, register
from shop.models import Order


def after(subject: str, limit: int) -> list[Person]:
    """Return people with orders in the order of the hash, from after one on."""
    rows = (
        Order.objects.filter(email_hash__gt=subject)
        .order_by("email_hash")
        .values("email_hash")
        .annotate(
            versions=ArrayAgg("policy_version", distinct=True), address=Max("email")
        )[:limit]
    )
    return [
        Person(
            subject=row["email_hash"],
            email=row["address"],
            state=GUEST,
            given=frozenset(("order", version) for version in row["versions"]),
        )
        for row in rows
    ]


def state(subject: str) -> str | None:
    """Return that there is an order of the person behind a hash, or None."""
    return GUEST if Order.objects.filter(email_hash=subject).exists() else None


register(Holder("shop", after, state))
