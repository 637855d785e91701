"""The second carrier: JSON, booked by a reference of ours, also by road and sea."""

from datetime import datetime
from typing import Any

from django.conf import settings

from privacy import gateway
from shop.clients.carriers import (
    Booking,
    CarrierRefused,
    CarrierUnavailable,
    Parcel,
    Step,
)

SERVICES = {"standard": "24h", "distant": "48h", "saturday": "saturday"}
BY_SEA = "surface"  # loose lithium cells may not fly
STATUSES = {
    "booked": "booked",
    "collected": "collected",
    "in_transit": "in-transit",
    "out_for_delivery": "out",
    "not_delivered": "failed",
    "delivered": "delivered",
    "returned": "returned",
}


class Courier:
    name = "courier"
    title = "The Courier Company"

    def book(self, parcel: Parcel, about: str) -> Booking:
        if parcel.service not in SERVICES:
            raise CarrierRefused("The second carrier promises no hour: use Parcelforce")
        fields: dict[str, Any] = {
            "reference": parcel.reference,
            "service": SERVICES[parcel.service],
            "name": parcel.name,
            "line1": parcel.line1,
            "town": parcel.town,
            "postcode": parcel.postcode,
            "parcels": [
                {
                    "weight_grams": parcel.weight_grams,
                    "lithium": parcel.lithium != "none",
                }
            ],
        }
        if parcel.lithium == "loose":
            fields["service"] = BY_SEA
        for name in ("line2", "county", "telephone"):
            if value := getattr(parcel, name):
                fields[name] = value
        booked = _ask("/bookings", "to deliver your parcel", about, fields)
        number = booked.get("consignment")
        if not isinstance(number, str) or not number.isalnum() or len(number) > 30:
            raise CarrierUnavailable("the answer has no consignment number")
        return Booking(number=number, barcode=number)

    def manifest(self, numbers: list[str], about: str) -> str:
        closed = _ask(
            "/manifests", "to hand parcels over", about, {"consignments": numbers}
        )
        number = closed.get("manifest")
        if not isinstance(number, str) or not number:
            raise CarrierUnavailable("the answer has no manifest number")
        return number[:30]

    def track(self, number: str, about: str) -> list[Step]:
        found = _ask(f"/consignments/{number}", "to see where your parcel is", about)
        try:
            return [
                Step(
                    code=STATUSES[event["status"]],
                    at=datetime.fromisoformat(event["at"]),
                    own_code=event["status"],
                )
                for event in found["events"]
                if event["status"] in STATUSES
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise CarrierUnavailable(type(error).__name__) from error

    def tracking_url(self, number: str) -> str:
        base = gateway.connector(self.name).base_url
        return f"{base}/parcels/{number}"


def _ask(
    path: str, reason: str, about: str, fields: dict[str, Any] | None = None
) -> dict[str, Any]:
    try:
        answer = gateway.send(
            "courier",
            method="GET" if fields is None else "POST",
            path=path,
            fields=fields or {},
            about=about,
            reason=reason,
            headers={"Authorization": f"Bearer {settings.CARRIER_API_KEY}"},
        )
        found = answer.json()
    except gateway.PartyUnavailable as error:
        raise CarrierUnavailable(str(error)) from error
    if not isinstance(found, dict):
        raise CarrierUnavailable("the answer is no object")
    if answer.status in (401, 403):
        raise CarrierUnavailable(f"status {answer.status}")
    if answer.status >= 400:
        raise CarrierRefused(str(found.get("error") or answer.status)[:200])
    return found
