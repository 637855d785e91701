"""The policy in force, for people."""

from collections import defaultdict
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy import guard, policies, registry
from privacy.cookies import REGISTRY
from privacy.gateway import Connector, connectors
from privacy.policies import document
from privacy.states import (
    BROKEN,
    KEPT,
    NOT_YET,
    UNCHECKED,
    State,
    divided,
    states,
)


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
    """The policy in force, with the state of every promise beside its clause."""
    text = document.load(policies.current_version())
    all_states = states()
    clauses = [
        (clause, *divided(all_states[promise] for promise in clause.promises))
        for clause in text.clauses
    ]
    questions = [
        (number, words, text.answering(number))
        for number, words in document.QUESTIONS.items()
    ]
    return render(
        request,
        "privacy/policy.html",
        {
            "document": text,
            "clauses": clauses,
            "questions": questions,
            "board": board(list(all_states.values())),
            "cookies": list(REGISTRY.values()),
            "held": held_rows(),
            "recipients": [recipient_row(party) for party in connectors()],
        },
    )


def board(all_states: list[State]) -> dict[str, object]:
    """Return the counts and the last moments that stand at the top of the page."""
    moments = [state.result.moment for state in all_states if state.result]
    return {
        "states": all_states,
        "all": len(all_states),
        "kept": sum(state.code == KEPT for state in all_states),
        "broken": [state for state in all_states if state.code == BROKEN],
        "unchecked": sum(state.code == UNCHECKED for state in all_states),
        "not_yet": sum(state.code == NOT_YET for state in all_states),
        # the oldest of the results shown: none was checked longer ago than that
        "checked": min(moments, default=None),
    }


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
