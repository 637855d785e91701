"""The parcel carrier stand-in: consignments booked once, and where they are.

POST /carrier/bookings, JSON, with `reference` (ours, unique: the same again gives the
same consignment), `service`, `name`, `line1`, `line2`, `town`, `county`, `postcode`,
`telephone` and `parcels` (a list of `weight_grams` and `lithium`); `line2`, `county`
and `telephone` may be left out. Anything else is refused.
GET /carrier/consignments/<number> tells where it is.
"""

import secrets
from datetime import UTC, datetime
from html import escape
from typing import Any

from jessops.sandbox.addresses import normal_postcode, requests_table
from jessops.sandbox.egress import Egress
from jessops.sandbox.pages import plain, table
from jessops.sandbox.store import Clock, Document, Store
from jessops.sandbox.web import Request, Response, Route, json_response

REQUIRED = {"reference", "service", "name", "line1", "town", "postcode", "parcels"}
OPTIONAL = {"line2", "county", "telephone"}
SERVICES = ("24h", "48h", "saturday", "surface")
# Seconds after booking at which a parcel is at each step.
STEPS = (
    (0, "booked", "Booked"),
    (4 * 3600, "collected", "Collected"),
    (14 * 3600, "in_transit", "At the carrier's hub"),
    (22 * 3600, "out_for_delivery", "Out for delivery"),
    (27 * 3600, "delivered", "Delivered"),
)


def problem(given: Any) -> str:
    """What is wrong with a booking, in plain words, or ""."""
    if not isinstance(given, dict):
        return "send a JSON object"
    if unknown := set(given) - REQUIRED - OPTIONAL:
        return f"unknown fields: {', '.join(sorted(unknown))}"
    if missing := REQUIRED - set(given):
        return f"missing fields: {', '.join(sorted(missing))}"
    for name, value in given.items():
        if name != "parcels" and not isinstance(value, str):
            return f"{name} is text"
        if name in REQUIRED and not value:
            return f"{name} is empty"
    if given["service"] not in SERVICES:
        return f"service is one of {', '.join(SERVICES)}"
    if not normal_postcode(given["postcode"]):
        return "postcode is not well-formed"
    return parcels_problem(given["parcels"])


def parcels_problem(parcels: Any) -> str:
    if not isinstance(parcels, list):
        return "parcels is a list"
    for parcel in parcels:
        if not isinstance(parcel, dict) or set(parcel) != {"weight_grams", "lithium"}:
            return "a parcel has weight_grams and lithium"
        weight = parcel["weight_grams"]
        if not isinstance(weight, int) or not 0 < weight <= 30_000:
            return "weight_grams is a whole number up to 30000"
        if not isinstance(parcel["lithium"], bool):
            return "lithium is true or false"
    return ""


class Carrier:
    def __init__(self, store: Store, clock: Clock, egress: Egress) -> None:
        self.store = store
        self.clock = clock
        self.egress = egress

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/carrier/", self.overview),
            Route("POST", "/carrier/bookings", self.create, "carrier"),
            Route("GET", "/carrier/consignments/{id}", self.track, "carrier"),
        ]

    def create(self, request: Request) -> Response:
        try:
            given = request.json()
        except ValueError:
            given = None
        if wrong := problem(given):
            return json_response({"error": wrong}, 400)
        with self.store.write():
            booked = self.store.all("consignment", parent=given["reference"])
            if booked and booked[0]["booking"] != given:
                wrong = "this reference was booked with other data"
                return json_response({"error": wrong}, 409)
            if booked:
                return json_response(self.answer(booked[0]))
            doc = {
                "id": f"JP{secrets.randbelow(10**8):08d}GB",
                "booked": self.clock.now(),
                "booking": given,
            }
            self.store.add("consignment", doc, parent=given["reference"])
        return json_response(self.answer(doc), 201)

    def track(self, request: Request) -> Response:
        doc = self.store.get("consignment", request.args["id"])
        if doc is None:
            return json_response({"error": "no such consignment"}, 404)
        return json_response(self.answer(doc))

    def answer(self, doc: Document) -> Document:
        now = self.clock.now()
        events = [
            {
                "at": datetime.fromtimestamp(doc["booked"] + after, UTC).isoformat(),
                "status": status,
                "text": text,
            }
            for after, status, text in STEPS
            if doc["booked"] + after <= now
        ]
        return {
            "consignment": doc["id"],
            "reference": doc["booking"]["reference"],
            "service": doc["booking"]["service"],
            "status": events[-1]["status"],
            "events": events,
        }

    def overview(self, request: Request) -> Response:
        rows = [
            [
                escape(answer[name])
                for name in ("consignment", "reference", "service", "status")
            ]
            for answer in map(self.answer, reversed(self.store.all("consignment")))
        ]
        heads = ["Consignment", "Reference", "Service", "Status"]
        return plain(
            "Carrier",
            table("Consignments, newest first", heads, rows)
            + requests_table(self.egress, "carrier"),
        )
