"""The rows of privacy's own tables about people: ledgers, copies and erasures.

Loaded when the application starts. None of them is part of the business: a new owner
gets none.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from privacy import choices, dossier, gateway, grounds, handover, looks, registry
from privacy.handover import People, Table, register
from privacy.models import (
    Choice,
    Copy,
    DisclosureEvent,
    Erasure,
    LegalDisclosure,
    Look,
    Receipt,
)


def _by_subject(model: type[Model], moment: str) -> Any:
    def rows(people: People) -> Iterator[tuple[str, Any]]:
        found = model._default_manager.filter(subject__in=people)
        for row in found.order_by(f"-{moment}", "-pk"):
            yield getattr(row, "subject"), row  # noqa: B009  every one of them has it

    return rows


def _demands(people: People) -> Iterator[tuple[str, LegalDisclosure]]:
    """Yield the demands that the person was told of: what is sealed shows nowhere."""
    told = DisclosureEvent.objects.filter(code=DisclosureEvent.Code.TOLD)
    found = LegalDisclosure.objects.filter(
        subject__in=people, reference__in=told.values("reference")
    )
    for row in found.order_by("-requested_at", "-pk"):
        yield row.subject, row


def _receipts(people: People) -> Iterator[tuple[str, Receipt]]:
    """Yield what outside parties received in any matter of theirs."""
    matters = _matters(people)
    for row in Receipt.objects.filter(about__in=matters).order_by("-at", "-pk"):
        if gateway.in_words(row.connector, row.field_names):
            yield matters[row.about], row


def _matters(people: People) -> dict[str, str]:
    """Return what somebody has to do with, such as orders, each with its person."""
    found: defaultdict[str, str] = defaultdict(str)
    for table in handover.tables():
        if table.model._meta.app_label != "privacy":
            for subject, row in table.of(people):
                found[table.about(row)] = subject
    return found


def _labels(names: list[str]) -> list[str]:
    """Return names of columns in words, each once."""
    known = {f"{one.model}.{one.field}": one.label for one in registry.held()}
    return sorted({known.get(name, name) for name in names})


def _about(row: Any) -> str:
    return str(getattr(row, "about", "")) or "your data"


for model, moment in (
    (Choice, "at"),
    (Look, "at"),
    (Erasure, "asked_at"),
    (Copy, "asked_at"),
):
    register(
        Table(
            model,
            of=_by_subject(model, moment),
            about=_about,
            moves=None,
        )
    )
register(Table(LegalDisclosure, of=_demands, about=_about, moves=None))
register(Table(Receipt, of=_receipts, about=lambda row: row.about, moves=None))

dossier.entitle(Choice, lambda row: choices.in_words(row.purpose))
dossier.entitle(LegalDisclosure, lambda row: f"Demand {row.reference}")
dossier.entitle(Erasure, lambda row: f"Erasure {row.reference}")
dossier.entitle(Copy, lambda row: "A copy that you asked for")
dossier.say(
    Receipt,
    "field_names",
    lambda row: ", ".join(gateway.in_words(row.connector, row.field_names)),
)
dossier.say(Look, "about", lambda row: dossier.in_words(row.about))
dossier.say(Look, "why", lambda row: looks.WHY.get(row.why, row.why))
dossier.say(Look, "ground", lambda row: grounds.TOLD.get(row.ground, row.ground))
dossier.say(Look, "fields", lambda row: ", ".join(_labels(row.fields)))
