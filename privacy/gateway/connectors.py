"""Which outside parties there are, what for, and with which fields. Nothing else."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

from privacy import attestations


class GatewayError(Exception):
    """Base of everything that the gateway refuses or reports."""


class UnknownConnector(GatewayError):
    """No connector of that name is declared."""


class UndeclaredField(GatewayError):
    """A request carries a field that its connector does not declare."""


class UndeclaredAddress(GatewayError):
    """A request would go to another host, or by another road, than declared."""


class PartyUnavailable(GatewayError):
    """The outside party cannot be reached, or does not answer sensibly."""


class ContractExpired(PartyUnavailable):
    """No contract with the party is on record for today: nothing may leave (P60)."""


@dataclass(frozen=True)
class Handover:
    """That our pages send people on to a party, and what happens there (P70)."""

    origin_setting: str  # names the setting with https://host of the party's pages
    there: str  # as a sentence about the party: "It takes ..."

    @property
    def origin(self) -> str:
        return str(getattr(settings, self.origin_setting)).rstrip("/")


@dataclass(frozen=True)
class Connector:
    """One outside party.

    `fields` are the exact names of what may be sent: form keys with the numbers of
    lists left out (line_items[][quantity]). `personal` says in plain words what those
    fields are that concern a person; left out, every field counts as personal.
    """

    name: str
    recipient: str  # as the policy names it
    purpose: str  # a purpose of privacy.guard
    base_url_setting: str
    fields: frozenset[str]
    personal: Mapping[str, str] | None = field(default=None)
    policy_url: str = ""  # the party's own privacy policy
    transfers: str = ""  # where it may process, if outside the United Kingdom
    handover: Handover | None = None  # set if our pages send people to its own

    def __post_init__(self) -> None:
        stray = set(self.personal or ()) - self.fields
        if stray:
            raise ValueError(f"{self.name}: personal but not declared: {sorted(stray)}")

    @property
    def base_url(self) -> str:
        """The configured address without a slash at its end; TLS unless loopback."""
        base = str(getattr(settings, self.base_url_setting)).rstrip("/")
        parts = urlsplit(base)
        loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
            raise UndeclaredAddress(f"{self.base_url_setting} must be https")
        return base

    @property
    def place(self) -> str:
        """Where the party may process what it gets."""
        return self.transfers or "the United Kingdom"

    def is_personal(self, name: str) -> bool:
        return self.personal is None or name in self.personal

    def words(self, name: str) -> str:
        """What a field is in plain words; "" when it does not concern a person."""
        return name if self.personal is None else self.personal.get(name, "")


_connectors: dict[str, Connector] = {}


def register(declared: Connector) -> Connector:
    """Add a connector; its name must be new."""
    if declared.name in _connectors:
        raise ValueError(f"connector {declared.name} is declared twice")
    _connectors[declared.name] = declared
    return declared


def connector(name: str) -> Connector:
    """Return the connector, or raise UnknownConnector."""
    try:
        return _connectors[name]
    except KeyError:
        raise UnknownConnector(name) from None


def connectors() -> list[Connector]:
    """Return all connectors, in order of declaration."""
    return list(_connectors.values())


def forget(name: str) -> None:
    """Take a connector away again: for tests that declare their own."""
    _connectors.pop(name, None)


def in_words(name: str, field_names: Iterable[str]) -> list[str]:
    """Say the personal ones of some fields as a person would, each once, in order.

    Of a connector that is no longer declared every field counts as personal.
    """
    known = _connectors.get(name)
    said = (known.words(item) if known else item for item in field_names)
    return [words for words in dict.fromkeys(said) if words]


_INDEX = re.compile(r"\[\d+\]")


def plain_key(key: str) -> str:
    """line_items[0][quantity] -> line_items[][quantity]."""
    return _INDEX.sub("[]", key)


def flat_keys(fields: Mapping[str, object]) -> list[str]:
    """Return the names of all leaves of nested fields, as form keys, each once."""
    return list(dict.fromkeys(_leaves(fields)))


def _leaves(value: object, prefix: str = "") -> Iterable[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{prefix}[{name}]" if prefix else str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, f"{prefix}[]")
    else:
        yield plain_key(prefix)


def check_contract(declared: Connector) -> None:
    """Raise ContractExpired unless the contract with the party holds today."""
    if not attestations.connector_allowed(declared.name):
        raise ContractExpired(f"{declared.name}: no contract on record for today")


def check_fields(declared: Connector, names: Iterable[str]) -> None:
    """Raise UndeclaredField, naming the fields and never their values."""
    stray = sorted(set(names) - declared.fields)
    if stray:
        raise UndeclaredField(f"{declared.name}: {', '.join(stray)}")
