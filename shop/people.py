"""Guests as people: whoever an order was made for, by the hash of the address."""

import contextlib
from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import QuerySet

from privacy.keys import KeyGone
from privacy.people import GUEST, Holder, Person, register
from shop.models import Order


def after(subject: str, limit: int) -> list[Person]:
    """Return people with orders in the order of the hash, from after one on."""
    found = list(_buyers(Order.objects.filter(email_hash__gt=subject))[:limit])
    some = _people(found)
    # an empty answer would say that there is nobody more
    return after(found[-1]["email_hash"], limit) if found and not some else some


def named(subjects: Collection[str]) -> list[Person]:
    """Return the people with orders among some hashes."""
    return _people(_buyers(Order.objects.filter(email_hash__in=list(subjects))))


def _buyers(orders: QuerySet[Order]) -> QuerySet[Any, Any]:
    return (
        orders.order_by("email_hash")
        .values("email_hash")
        .annotate(versions=ArrayAgg("policy_version", distinct=True))
    )


def _people(rows: Iterable[dict[str, Any]]) -> list[Person]:
    rows = list(rows)
    addresses = _addresses([row["email_hash"] for row in rows])
    return [
        Person(
            subject=row["email_hash"],
            email=addresses[row["email_hash"]],
            state=GUEST,
            given=frozenset(("order", version) for version in row["versions"]),
        )
        for row in rows
        if row["email_hash"] in addresses
    ]


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
    return states([subject]).get(subject)


def states(subjects: Collection[str]) -> dict[str, str]:
    """Return who of some hashes has an order, as guests."""
    found = Order.objects.filter(email_hash__in=list(subjects)).order_by()
    return dict.fromkeys(found.values_list("email_hash", flat=True).distinct(), GUEST)


register(Holder("shop", after, state, states, named))
