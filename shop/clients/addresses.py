"""The address list's service: a postcode goes out, its addresses come back."""

from dataclasses import asdict, dataclass
from typing import Any

from privacy import gateway

TIMEOUT = (1.0, 2.0)


class AddressesUnavailable(Exception):
    """The service cannot be reached or does not answer sensibly."""


@dataclass(frozen=True)
class Address:
    line1: str
    line2: str
    town: str
    county: str
    postcode: str

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.line1, self.line2, self.town)))

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def read(row: dict[str, Any]) -> Address:
    """Return an address from a row of the service or of our own copy."""
    names = ("line1", "line2", "town", "county", "postcode")
    return Address(**{name: str(row.get(name) or "")[:100] for name in names})


def lookup(postcode: str, about: str) -> list[Address]:
    """Return the addresses of a postcode, none where there are none."""
    try:
        answer = gateway.send(
            "addresses",
            method="GET",
            path="/lookup",
            fields={"postcode": postcode},
            about=about,
            reason="to list the addresses of a postcode",
            timeout=TIMEOUT,
        )
        if answer.status != 200:
            # Such as an expired licence: that says nothing about the postcode.
            raise AddressesUnavailable(f"status {answer.status}")
        return [read(row) for row in answer.json()["addresses"]]
    except (gateway.PartyUnavailable, KeyError, TypeError, AttributeError) as error:
        raise AddressesUnavailable(type(error).__name__) from error
