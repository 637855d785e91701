"""The policy in force, with the state of every promise beside its clause."""

from collections import defaultdict
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy import guard, panels, policies, registry
from privacy.cookies import REGISTRY
from privacy.gateway import Connector, connectors
from privacy.policies import document
from privacy.policies.compare import Difference, compare
from privacy.policies.document import Document
from privacy.views.versions import rows


@dataclass(frozen=True)
class HeldRow:
    """Things held for one purpose and one time."""

    labels: str
    purpose: guard.Purpose
    retention: str


@dataclass(frozen=True)
class RecipientRow:
    recipient: str
    words: str
    purpose: str
    fields: list[str]
    policy_url: str


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The policy in force, what is to come, and every version there was."""
    text = document.load(policies.current_version())
    coming, difference = _coming(text)
    return render(
        request,
        "privacy/policy.html",
        {
            "document": text,
            "clauses": [
                (clause, panels.of(*clause.promises)) for clause in text.clauses
            ],
            "questions": [
                (number, words, text.answering(number))
                for number, words in document.QUESTIONS.items()
            ],
            "board": panels.board(),
            "cookies": list(REGISTRY.values()),
            "held": held_rows(),
            "recipients": [recipient_row(party) for party in connectors()],
            "coming": coming,
            "difference": difference,
            "rows": rows(),
        },
    )


def _coming(text: Document) -> tuple[Document | None, Difference | None]:
    """Return the version that is published and not in force yet, and what differs."""
    published = policies.coming()
    if published is None:
        return None, None
    coming = document.load(published.number)
    return coming, compare(text, coming)


def held_rows() -> list[HeldRow]:
    """Return what is held, grouped by purpose and time, from the declarations."""
    groups: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for item in registry.everything():
        groups[item.purpose, item.retention][item.label] = None
    return [
        HeldRow("; ".join(labels), guard.PURPOSES[purpose], retention)
        for (purpose, retention), labels in groups.items()
    ]


def recipient_row(party: Connector) -> RecipientRow:
    """Return what one outside party may get, in words and field by field."""
    fields = sorted(party.fields)
    words = dict.fromkeys(party.words(name) for name in fields)
    return RecipientRow(
        recipient=party.recipient,
        words="; ".join(word for word in words if word) or "nothing about you",
        purpose=guard.PURPOSES[party.purpose].words,
        fields=fields,
        policy_url=party.policy_url,
    )
