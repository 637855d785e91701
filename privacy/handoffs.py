"""Hand-offs: where our pages send people to another company (P70, P71, P74).

A connector that redirects people declares a Handover. Before each stands a notice
(templates/privacy/_handoff.html), and no answer of ours leads anywhere else
(privacy.middleware.HandOffMiddleware).
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from privacy.gateway import Connector, UnknownConnector, connector, connectors


@dataclass(frozen=True)
class HandOff:
    """What the notice says."""

    name: str  # the connector's
    who: str
    gets: str  # what we pass on, in words
    there: str  # what happens there, as a sentence
    policy_url: str
    where: str  # where it may process


def to(name: str) -> HandOff:
    """Return what to say before people go to a party; raises UnknownConnector."""
    party = connector(name)
    if party.handover is None:
        raise UnknownConnector(f"{name} is no hand-off")
    return HandOff(
        name=party.name,
        who=party.recipient,
        gets=listed(gets(party)),
        there=party.handover.there,
        policy_url=party.policy_url,
        where=party.place,
    )


def parties() -> list[Connector]:
    """Return every party that people are sent to."""
    return [party for party in connectors() if party.handover]


def leads_to(address: str) -> Connector | None:
    """Return the party to whose declared origin an address belongs; None for others."""
    origin = origin_of(address)
    for party in parties():
        if party.handover and origin == party.handover.origin:
            return party
    return None


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def gets(party: Connector) -> list[str]:
    """Return what a party may get of a person's, in words, each once, as declared."""
    names = sorted(party.fields) if party.personal is None else party.personal
    said = dict.fromkeys(party.words(name) for name in names)
    return [words for words in said if words]


def listed(words: list[str]) -> str:
    """Return "a, b and c"; "nothing" of none."""
    if len(words) < 2:
        return words[0] if words else "nothing"
    return f"{', '.join(words[:-1])} and {words[-1]}"
