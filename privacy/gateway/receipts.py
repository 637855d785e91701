"""The receipt of a disclosure, written before it happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from privacy import policies
from privacy.gateway.connectors import Connector, check_contract, in_words
from privacy.models import Receipt, ReceiptQuerySet


class Outcome:
    """What came of a call; the caller of `receipted` sets `code`."""

    code = "unreachable"


def receipts(about: str) -> ReceiptQuerySet:
    """Return who received what in one matter, such as order:J26-4812-0751."""
    return Receipt.objects.about(about)


@dataclass(frozen=True)
class Disclosure:
    """A receipt as the person concerned reads it."""

    recipient: str
    words: list[str]  # what was passed on, in plain words, each once
    reason: str
    at: datetime
    outcome: str


def disclosures(about: str) -> list[Disclosure]:
    """Return what concerns a person among the receipts of one matter, oldest first."""
    told = []
    for entry in receipts(about):
        words = in_words(entry.connector, entry.field_names)
        if words:
            told.append(
                Disclosure(
                    recipient=entry.recipient,
                    words=words,
                    reason=entry.reason,
                    at=entry.at,
                    outcome=entry.outcome,
                )
            )
    return told


@contextmanager
def receipted(
    party: Connector,
    names: list[str],
    *,
    always: bool,
    about: str,
    reason: str,
    settles: bool = False,
) -> Iterator[Outcome]:
    """Write the receipt of one call, run the call, write down how it ended.

    A call that sends nothing personal and only asks (`always` false) leaves none.
    Raises ContractExpired before anything is written or leaves, when the contract with
    the party does not hold today: every road to a party leads through here (P60). What
    only `settles` what was begun under one, and sends nothing personal, goes all the
    same: money is given back whatever became of the contract.
    Raises RuntimeError inside a transaction: no lock may wait for an outside party,
    and a rolled-back transaction would take the receipt of a real disclosure with it.
    """
    outcome = Outcome()
    personal = any(party.is_personal(name) for name in names)
    receipt = None
    with transaction.atomic(durable=True):
        if personal or not settles:
            check_contract(party)
        if always or personal:
            receipt = Receipt.objects.create(
                connector=party.name,
                recipient=party.recipient,
                purpose=party.purpose,
                field_names=names,
                reason=reason,
                about=about,
                policy_version=policies.current_version(),
            )
    try:
        yield outcome
    finally:
        if receipt:
            Receipt.objects.filter(pk=receipt.pk).update(outcome=outcome.code)
