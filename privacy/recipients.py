"""Who receives personal details, from the declarations that the gateway obeys (P57)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils import timezone

from jessops.lib.clock import LONDON, in_london
from privacy import attestations, guard
from privacy.gateway import Connector, connectors
from privacy.models import Attestation, Receipt


@dataclass(frozen=True)
class Contract:
    """The evidence of the contract with a party, and whether it holds today."""

    evidence: Attestation
    holds: bool


@dataclass(frozen=True)
class Recipient:
    """One outside party, as the page shows it."""

    party: Connector
    purpose: str
    personal: list[tuple[str, list[str]]]  # plain words, and the names they stand for
    technical: list[str]  # names of fields that say nothing about a person
    contract: Contract | None
    this_month: int
    last_month: int


@dataclass(frozen=True)
class Months:
    """Two calendar months in the United Kingdom, by their first moments."""

    this: datetime
    last: datetime


def months(now: datetime) -> Months:
    """Return the month that a moment is in, and the one before."""
    first = in_london(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = divmod(first.year * 12 + first.month - 2, 12)
    return Months(first, first.replace(year=year, month=month + 1))


def recipients(now: datetime | None = None) -> list[Recipient]:
    """Return every connector with its contract and how often it was used."""
    parties = connectors()
    known = attestations.newest_of(f"{attestations.CONNECTOR}{p.name}" for p in parties)
    span = months(now or timezone.now())
    used = _used(span)
    return [
        _recipient(
            party, known, used[party.name, span.this], used[party.name, span.last]
        )
        for party in parties
    ]


def _recipient(
    party: Connector, known: dict[str, Attestation], this_month: int, last_month: int
) -> Recipient:
    evidence = known.get(f"{attestations.CONNECTOR}{party.name}")
    personal, technical = said(party)
    return Recipient(
        party=party,
        purpose=guard.PURPOSES[party.purpose].words,
        personal=personal,
        technical=technical,
        contract=Contract(evidence, attestations.holds(evidence)) if evidence else None,
        this_month=this_month,
        last_month=last_month,
    )


def said(party: Connector) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Return a party's fields: those about a person by their words, and the others."""
    by_words: dict[str, list[str]] = defaultdict(list)
    for name in sorted(party.fields):
        by_words[party.words(name)].append(name)
    technical = by_words.pop("", [])
    return list(by_words.items()), technical


def _used(span: Months) -> dict[tuple[str, datetime], int]:
    """Count receipts by connector and month, by one query; no matter and no person."""
    rows = (
        Receipt.objects.filter(at__gte=span.last)
        .annotate(month=TruncMonth("at", tzinfo=LONDON))
        .values_list("connector", "month")
        .annotate(times=Count("id"))
        .order_by()
    )
    found: dict[tuple[str, datetime], int] = defaultdict(int)
    found.update({(name, month): times for name, month, times in rows})
    return found
