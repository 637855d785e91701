"""The tables of the policy, made from what the program obeys.

A clause names one by [[cookies]]. The page of the policy in force makes it anew; each
published version keeps it as it was, among its facts.
"""

from collections import defaultdict
from dataclasses import dataclass

from privacy import guard, registry
from privacy.cookies import REGISTRY
from privacy.gateway import Connector, connectors

Rows = list[list[str]]

TITLES = {
    "cookies": "Cookies we can set",
    "held": "What we hold",
    "recipients": "Who receives personal details",
}
HEADS = {
    "cookies": ["Cookie", "What it is for", "What is in it", "Set", "Gone"],
    "held": ["What we hold", "Why", "Kept"],
    "recipients": ["Who", "What they get", "Why", "Where", "Fields"],
}


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


def live() -> dict[str, Rows]:
    """Return the rows of every table as of now, ready to be kept as JSON."""
    return {
        "cookies": [
            [one.name, one.purpose, one.contents, one.when, one.life]
            for one in REGISTRY.values()
        ],
        "held": [
            [row.labels, f"{row.purpose.words} ({row.purpose.basis})", row.retention]
            for row in held_rows()
        ],
        "recipients": [
            [
                row.recipient,
                row.words,
                row.purpose,
                party.transfers or "the United Kingdom",
                ", ".join(row.fields),
            ]
            for party in connectors()
            for row in [recipient_row(party)]
        ],
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
