"""The record of processing activities that UK GDPR article 30(1) asks for.

Made from the declarations that the program itself obeys, so that it cannot be behind
them: columns and clocks, purposes, connectors, and the promises about security.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings

from jessops.lib import csv_guard
from privacy import guard, policies, registry
from privacy.gateway import Connector, connectors
from privacy.policies import document
from privacy.promises import PROMISES
from privacy.registry import Held

# The clauses of the policy whose promises are measures of security.
SECURITY_CLAUSES = ("security", "log-files", "who-else-sees-it")
COLUMNS = (
    "entry purpose basis people category column source recipients transfers retention"
    " in_own_copy erasure"
).split()


@dataclass(frozen=True)
class Activity:
    """One purpose: what is held for it, about whom, and who else receives it."""

    name: str
    purpose: guard.Purpose
    held: list[Held]  # each column, also those of which this is a secondary purpose
    recipients: list[Connector]

    @property
    def people(self) -> list[str]:
        found = (registry.section(item.model).people for item in self.held)
        return list(dict.fromkeys(found))


def activities() -> list[Activity]:
    """Return every purpose of the guard, the unused ones too."""
    return [
        Activity(
            name=name,
            purpose=purpose,
            held=[
                item
                for item in registry.everything()
                if name == item.purpose or name in item.also
            ],
            recipients=[party for party in connectors() if party.purpose == name],
        )
        for name, purpose in guard.PURPOSES.items()
    ]


def security() -> list[str]:
    """Return the measures of security: the kept promises of those clauses."""
    text = document.load(policies.current_version())
    ids = {
        promise
        for clause in text.clauses
        if clause.id in SECURITY_CLAUSES
        for promise in clause.promises
    }
    kept = [p for p in PROMISES if p.id in ids and p.status == "kept"]
    hasher = settings.PASSWORD_HASHERS[0].rpartition(".")[2]
    return [
        *(f"{promise.title} ({promise.id})" for promise in kept),
        f"Passwords are kept as one-way hashes only ({hasher})",
    ]


def controller() -> dict[str, str]:
    """Return who answers for it all, and how to reach them."""
    company = settings.COMPANY
    return {
        "Controller": f"{company['name']}, company number {company['number']}",
        "Address": company["address"],
        "Contact about data": f"{company['email']}, {company['telephone']}",
        "Complaints": company["liaison_email"],
        "Policy version in force": str(policies.current_version()),
    }


def markdown() -> str:
    """Return the record as a document to read."""
    lines = ["# Record of processing activities (UK GDPR article 30)", ""]
    lines += [f"- {name}: {value}" for name, value in controller().items()]
    for activity in activities():
        lines += ["", *_activity(activity)]
    lines += ["", "## Security measures", ""]
    lines += [f"- {measure}" for measure in security()]
    return "\n".join(lines) + "\n"


def _activity(activity: Activity) -> Iterable[str]:
    words = activity.purpose.words
    yield f"## {words[0].upper()}{words[1:]} ({activity.name})"
    yield ""
    yield f"- Lawful basis: {activity.purpose.basis}"
    yield f"- Named since policy version {activity.purpose.since}"
    if activity.purpose.asks:
        yield f"- Only where the person's answer to {activity.purpose.asks} allows it"
    yield f"- People: {'; '.join(activity.people) or 'nobody at present'}"
    if not activity.recipients:
        yield "- Recipients: none"
    for party in activity.recipients:
        yield f"- Recipient: {_recipient(party)}"
    if not activity.held:
        yield "- Data: none held for this alone"
        return
    yield ""
    yield "| What | Column | Source | Kept | In your own copy | When erased |"
    yield "|---|---|---|---|---|---|"
    for item in activity.held:
        cells = (
            item.label,
            f"{item.model}.{item.field}",
            item.source,
            item.retention,
            "yes" if item.export else "no",
            item.erase,
        )
        yield f"| {' | '.join(cells)} |"


def _recipient(party: Connector) -> str:
    words = dict.fromkeys(party.words(name) for name in sorted(party.fields))
    said = "; ".join(word for word in words if word) or "nothing about people"
    where = party.transfers or "none outside the United Kingdom"
    return f"{party.recipient} ({party.name}): {said}. Transfers: {where}"


def as_csv() -> str:
    """Return the record as a table: one line an entry, told apart by its first cell."""
    return csv_guard.write(COLUMNS, _rows())


def _rows() -> Iterator[dict[str, str]]:
    for name, value in controller().items():
        yield {"entry": "controller", "category": name, "people": value}
    for activity in activities():
        shared = {
            "purpose": f"{activity.name}: {activity.purpose.words}",
            "basis": activity.purpose.basis,
            "people": "; ".join(activity.people),
            "recipients": "; ".join(p.recipient for p in activity.recipients),
        }
        yield {"entry": "purpose", **shared}
        for party in activity.recipients:
            yield {
                "entry": "recipient",
                **shared,
                "recipients": f"{party.recipient} ({party.name})",
                "category": _recipient(party),
                "transfers": party.transfers,
            }
        for item in activity.held:
            yield {
                "entry": "data",
                **shared,
                "people": registry.section(item.model).people,
                "category": item.label,
                "column": f"{item.model}.{item.field}",
                "source": item.source,
                "retention": item.retention,
                "in_own_copy": "yes" if item.export else "no",
                "erasure": item.erase,
            }
    for measure in security():
        yield {"entry": "security", "category": measure}
