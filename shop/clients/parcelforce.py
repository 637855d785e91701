"""Parcelforce by ExpressLink (ShipService v14, SOAP) and Royal Mail's Tracking API.

Written after the published interfaces; no call has ever been made to the real ones.
"""

import zlib
from collections.abc import Mapping
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

PATH = "/ws"
NAMESPACE = "http://www.parcelforce.net/ws/ship/v14"
# express24, express48, expressAM (by noon), express24 with Saturday delivery.
SERVICES = {"standard": "SND", "distant": "SUP", "noon": "S12", "saturday": "SND"}
UN_CONTAINED = "UN3481"  # lithium ion batteries in or with equipment
# The events of Tracking API v2 that say something to a customer.
EVENTS = {
    "EVAIP": "collected",
    "EVDAC": "in-transit",
    "EVGPD": "out",
    "EVKNR": "failed",
    "EVKSP": "delivered",
    "EVKOP": "delivered",
    "EVRTS": "returned",
}


class Parcelforce:
    name = "parcelforce"
    title = "Parcelforce"

    def book(self, parcel: Parcel, about: str) -> Booking:
        if parcel.lithium == "loose":
            raise CarrierRefused("Parcelforce takes no lithium cells without equipment")
        reply = _ask("createShipment", {"RequestedShipment": _shipment(parcel)}, about)
        info = reply.get("CompletedShipmentInfo")
        number = info.get("LeadShipmentNumber") if isinstance(info, dict) else None
        if not isinstance(number, str) or not number.isalnum() or len(number) > 30:
            raise CarrierUnavailable("the reply has no shipment number")
        return Booking(number=number, barcode=number)

    def manifest(self, numbers: list[str], about: str) -> str:
        # A manifest closes all that was booked under the contract that day.
        reply = _ask("createManifest", {}, about)
        found = reply.get("CompletedManifests")
        found = found.get("CompletedManifestInfo") if isinstance(found, dict) else None
        found = found[0] if isinstance(found, list) else found
        number = found.get("ManifestNumber") if isinstance(found, dict) else None
        if not isinstance(number, str) or not number:
            raise CarrierUnavailable("the reply has no manifest number")
        return number[:30]

    def track(self, number: str, about: str) -> list[Step]:
        try:
            answer = gateway.send(
                "royal-mail",
                method="GET",
                path=f"/mailpieces/v2/{number}/events",
                fields={},
                about=about,
                reason="to see where your parcel is",
                headers={
                    "X-IBM-Client-Id": settings.ROYAL_MAIL_CLIENT_ID,
                    "X-IBM-Client-Secret": settings.ROYAL_MAIL_CLIENT_SECRET,
                },
            )
            if answer.status == 404:
                return []  # booked, and not seen by anybody yet
            if answer.status != 200:
                raise CarrierUnavailable(f"status {answer.status}")
            events = answer.json()["mailPieces"]["events"]
            told = [
                Step(
                    code=EVENTS[event["eventCode"]],
                    at=datetime.fromisoformat(event["eventDateTime"]),
                    own_code=event["eventCode"],
                )
                for event in events
                if event["eventCode"] in EVENTS
            ]
            return sorted(told, key=lambda step: step.at)
        except gateway.PartyUnavailable as error:
            raise CarrierUnavailable(str(error)) from error
        except (KeyError, TypeError, ValueError) as error:
            raise CarrierUnavailable(type(error).__name__) from error

    def tracking_url(self, number: str) -> str:
        # Behind the #, the number stays in the browser: no query leaves us (P72).
        return f"https://www.royalmail.com/track-your-item#/tracking-results/{number}"


def _shipment(parcel: Parcel) -> dict[str, Any]:
    there = {"AddressLine1": parcel.line1}
    if parcel.line2:
        there["AddressLine2"] = parcel.line2
    there |= {"Town": parcel.town, "Postcode": parcel.postcode, "Country": "GB"}
    contact = {"BusinessName": parcel.name}
    if parcel.telephone:
        contact["Telephone"] = parcel.telephone
    shipment: dict[str, Any] = {
        "ShipmentType": "DELIVERY",
        "ContractNumber": settings.PARCELFORCE_CONTRACT,
        # The same parcel asked for again is the same request; put right, it is another.
        "RequestId": zlib.crc32(repr(parcel).encode()) & 0x7FFFFFFF,
        "ServiceCode": SERVICES[parcel.service],
        "ShippingDate": parcel.leaves_on.isoformat(),
        "RecipientContact": contact,
        "RecipientAddress": there,
        "TotalNumberOfParcels": 1,
        "TotalShipmentWeight": f"{parcel.weight_grams / 1000:.2f}",
    }
    if parcel.service == "saturday":
        shipment["Enhancement"] = {"SaturdayDeliveryRequired": "true"}
    if parcel.lithium == "contained":
        shipment["HazardousGoods"] = {"HazardousGood": {"LQDGUNCode": UN_CONTAINED}}
    return shipment | {"ReferenceNumber1": parcel.reference}


def _ask(operation: str, fields: Mapping[str, Any], about: str) -> dict[str, Any]:
    sign_in = {
        "UserName": settings.PARCELFORCE_USER,
        "Password": settings.PARCELFORCE_PASSWORD,
    }
    try:
        reply = gateway.soap_call(
            "parcelforce",
            path=PATH,
            operation=operation,
            namespace=NAMESPACE,
            fields={"Authentication": sign_in, **fields},
            about=about,
            reason="to deliver your parcel",
        )
    except gateway.PartyUnavailable as error:
        raise CarrierUnavailable(str(error)) from error
    alerts = reply.get("Alerts")
    alerts = alerts.get("Alert") if isinstance(alerts, dict) else None
    for alert in alerts if isinstance(alerts, list) else [alerts]:
        if isinstance(alert, dict) and alert.get("Type") == "ERROR":
            raise CarrierRefused(f"{alert.get('Code')}: {alert.get('Message')}"[:200])
    return reply
