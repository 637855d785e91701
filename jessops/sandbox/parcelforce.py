"""The carrier stand-in in Parcelforce's own words, after its published interfaces.

POST /carrier/expresslink/ws: ExpressLink, ShipService v14, SOAP 1.1: createShipment and
createManifest. GET /carrier/royalmail/mailpieces/v2/<number>/events: Royal Mail's
Tracking API, which knows Parcelforce's parcels, too.
"""

import secrets
from typing import Any
from xml.etree import ElementTree

from jessops.sandbox.addresses import normal_postcode
from jessops.sandbox.egress import flat
from jessops.sandbox.parcels import moment, steps
from jessops.sandbox.store import Clock, Document, Store
from jessops.sandbox.web import Request, Response, Route, json_response

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SHIP = "http://www.parcelforce.net/ws/ship/v14"
SERVICES = ("SUP", "SND", "S09", "S10", "S12")
SIGNED_IN = {"Authentication[UserName]", "Authentication[Password]"}
SHIPMENT = "RequestedShipment"
REQUIRED = {
    f"{SHIPMENT}[{name}]"
    for name in (
        *("ShipmentType", "ContractNumber", "ServiceCode"),
        *("RecipientContact][BusinessName", "RecipientAddress][AddressLine1"),
        *("RecipientAddress][Town", "RecipientAddress][Postcode"),
        "RecipientAddress][Country",
    )
}
OPTIONAL = {
    f"{SHIPMENT}[{name}]"
    for name in (
        *("RequestId", "ShippingDate", "TotalNumberOfParcels", "TotalShipmentWeight"),
        *("RecipientContact][Telephone", "RecipientContact][ContactName"),
        *("RecipientContact][EmailAddress", "RecipientContact][MobilePhone"),
        *("RecipientAddress][AddressLine2", "RecipientAddress][AddressLine3"),
        *("Enhancement][SaturdayDeliveryRequired", "ReferenceNumber1"),
        "HazardousGoods][HazardousGood][LQDGUNCode",
    )
}
EVENTS = {
    "collected": ("EVAIP", "Collected from customer"),
    "in_transit": ("EVDAC", "Arrived at delivery depot"),
    "out_for_delivery": ("EVGPD", "Out for delivery"),
    "not_delivered": ("EVKNR", "Attempted delivery"),
    "delivered": ("EVKSP", "Delivered and signed"),
    "returned": ("EVRTS", "Returned to sender"),
}


def problem(given: dict[str, str]) -> str:
    """What is wrong with a shipment, in plain words, or ""."""
    if unknown := set(given) - SIGNED_IN - REQUIRED - OPTIONAL:
        return f"unknown elements: {', '.join(sorted(unknown))}"
    if missing := [name for name in sorted(REQUIRED) if not given.get(name)]:
        return f"missing elements: {', '.join(missing)}"
    if given[f"{SHIPMENT}[ServiceCode]"] not in SERVICES:
        return "no such service under this contract"
    if not normal_postcode(given[f"{SHIPMENT}[RecipientAddress][Postcode]"]):
        return "the postcode is not well-formed"
    return ""


class Parcelforce:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/carrier/expresslink/ws", self.answer, "carrier"),
            Route(
                "GET",
                "/carrier/royalmail/mailpieces/v2/{id}/events",
                self.track,
                "carrier",
            ),
        ]

    def answer(self, request: Request) -> Response:
        try:
            envelope = ElementTree.fromstring(request.body)  # noqa: S314  our own shop
            (asked,) = envelope.iterfind("{*}Body/*")
        except (ElementTree.ParseError, ValueError):
            return fault("not an envelope with one request")
        given = flat(envelope)
        operation = asked.tag.rpartition("}")[2].removesuffix("Request")
        if not set(given) >= SIGNED_IN:
            return fault("not signed in")
        if operation == "createShipment":
            return self.create(given)
        if operation == "createManifest":
            return self.close()
        return fault(f"no such operation: {operation}")

    def create(self, given: dict[str, str]) -> Response:
        if wrong := problem(given):
            alert = {"Code": "1001", "Message": wrong, "Type": "ERROR"}
            return reply("createShipment", {"Alerts": {"Alert": alert}})
        reference = given.get(f"{SHIPMENT}[ReferenceNumber1]", "")
        asked = given.get(f"{SHIPMENT}[RequestId]", "")
        with self.store.write():
            same = self.store.all("pf_shipment", parent=asked) if asked else []
            if same:
                doc = same[0]
            else:
                letters = secrets.choice("EKPT") + secrets.choice("BKU")
                doc = {
                    "id": f"{letters}{secrets.randbelow(10**7):07d}",
                    "booked": self.clock.now(),
                    "booking": {
                        "reference": reference,
                        "service": given[f"{SHIPMENT}[ServiceCode]"],
                    },
                }
                self.store.add("pf_shipment", doc, parent=asked or "none")
        return reply(
            "createShipment",
            {
                "CompletedShipmentInfo": {
                    "LeadShipmentNumber": doc["id"],
                    "DeliveryDate": given.get(f"{SHIPMENT}[ShippingDate]", ""),
                    "Status": "ALLOCATED",
                    "CompletedShipments": {
                        "CompletedShipment": {"ShipmentNumber": doc["id"]}
                    },
                }
            },
        )

    def close(self) -> Response:
        with self.store.write():
            open_ones = [
                doc for doc in self.store.all("pf_shipment") if not doc.get("manifest")
            ]
            number = f"PFM{secrets.randbelow(10**6):06d}"
            for doc in open_ones:
                doc["manifest"] = number
                self.store.save(doc)
        info = {
            "ManifestNumber": number,
            "ManifestType": "ROLLUP",
            "TotalShipmentCount": str(len(open_ones)),
        }
        found = {"CompletedManifestInfo": info}
        return reply("createManifest", {"CompletedManifests": found})

    def track(self, request: Request) -> Response:
        doc = self.store.get("pf_shipment", request.args["id"])
        told = steps(doc, self.clock.now()) if doc else []
        events = [
            {
                "eventCode": EVENTS[status][0],
                "eventName": EVENTS[status][1],
                "eventDateTime": moment(at),
            }
            for at, status in told
            if status in EVENTS
        ]
        if doc is None or not events:
            error = {"errorCode": "E1142", "errorDescription": "Not found yet"}
            return json_response({"httpCode": "404", "errors": [error]}, 404)
        # Newest first, as the real one answers.
        piece: Document = {"mailPieceId": doc["id"], "events": events[::-1]}
        return json_response({"mailPieces": piece})


def reply(operation: str, held: dict[str, Any]) -> Response:
    return envelope(f"{{{SHIP}}}{operation}Reply", SHIP, held)


def fault(words: str) -> Response:
    held = {"faultcode": "soap:Client", "faultstring": words}
    return envelope(f"{{{ENVELOPE}}}Fault", "", held, status=500)


def envelope(
    name: str, space: str, held: dict[str, Any], status: int = 200
) -> Response:
    top = ElementTree.Element(f"{{{ENVELOPE}}}Envelope")
    body = ElementTree.SubElement(top, f"{{{ENVELOPE}}}Body")

    def fill(inside: ElementTree.Element, values: dict[str, Any]) -> None:
        for key, value in values.items():
            full = f"{{{space}}}{key}" if space else key
            element = ElementTree.SubElement(inside, full)
            if isinstance(value, dict):
                fill(element, value)
            else:
                element.text = value

    fill(ElementTree.SubElement(body, name), held)
    return Response(
        status, ElementTree.tostring(top), content_type="text/xml; charset=utf-8"
    )
