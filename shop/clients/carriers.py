"""What the shop asks of any parcel carrier. Each carrier has a module of its own."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


class CarrierError(Exception):
    """Base of what can go wrong with a carrier."""


class CarrierUnavailable(CarrierError):
    """It cannot be reached, is in trouble, or has no contract: try again later."""


class CarrierRefused(CarrierError):
    """It understood and said no; the text is its reason, for staff to read."""


# What was promised, as a label says it.
SERVICES = {
    "standard": "Next working day",
    "distant": "Two working days or more",
    "noon": "Before noon",
    "saturday": "Saturday",
}


@dataclass(frozen=True)
class Parcel:
    """One parcel to be booked: all that a carrier may learn of it (P59)."""

    reference: str  # ours, unique: the same again is the same booking
    service: str  # of SERVICES
    leaves_on: date
    name: str
    line1: str
    line2: str
    town: str
    county: str
    postcode: str
    telephone: str  # "" unless the customer ticked that the carrier may have it
    weight_grams: int
    lithium: str  # "none", "contained" or "loose" (shop.models.Lithium)


@dataclass(frozen=True)
class Booking:
    """What the carrier calls a parcel, and what its label's barcode says."""

    number: str
    barcode: str


@dataclass(frozen=True)
class Step:
    """One thing that a carrier tells of a parcel. Codes are the same for all."""

    code: str  # one of STEPS
    at: datetime
    own_code: str  # the carrier's


# What may be told of a parcel, in the order in which it usually happens.
STEPS = ("booked", "collected", "in-transit", "out", "failed", "delivered", "returned")


class Carrier(Protocol):
    """The one interface. `about` is the matter for the receipt, "order:J26-..."."""

    name: str  # of its connector
    title: str  # for customers and staff

    def book(self, parcel: Parcel, about: str) -> Booking:
        """Book a parcel; the same reference again gives the same booking."""

    def manifest(self, numbers: list[str], about: str) -> str:
        """Close the day over some parcels; return the manifest's number."""

    def track(self, number: str, about: str) -> list[Step]:
        """Ask where a parcel is; oldest first, without what means nothing to us."""

    def tracking_url(self, number: str) -> str:
        """Return the carrier's own page about a parcel; it names no person."""
