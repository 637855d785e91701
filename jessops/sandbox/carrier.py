"""The parcel carrier stand-in: consignments booked once, and where they are.

POST /carrier/bookings, JSON, with `reference` (ours, unique: the same again gives the
same consignment), `service`, `name`, `line1`, `line2`, `town`, `county`, `postcode`,
`telephone` and `parcels` (a list of `weight_grams` and `lithium`); `line2`, `county`
and `telephone` may be left out. Anything else is refused.
GET /carrier/consignments/<number> tells where it is. POST /carrier/manifests takes
`consignments`, a list of numbers, and closes the day over them.

Parcelforce's own interfaces are beside it, in `parcelforce.py`. Where a parcel is goes
by the stand-ins' clock; POST /carrier/parcels/<number>/say, a form with `status`, has
something else happen to it, such as `not_delivered`.
"""

import secrets
from html import escape
from typing import Any

from jessops.sandbox.addresses import normal_postcode, requests_table
from jessops.sandbox.egress import Egress
from jessops.sandbox.pages import plain, table
from jessops.sandbox.parcelforce import Parcelforce
from jessops.sandbox.parcels import WORDS, moment, steps
from jessops.sandbox.store import Clock, Document, Store
from jessops.sandbox.web import Request, Response, Route, json_response

REQUIRED = {"reference", "service", "name", "line1", "town", "postcode", "parcels"}
OPTIONAL = {"line2", "county", "telephone"}
SERVICES = ("24h", "48h", "saturday", "surface")


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
            Route("POST", "/carrier/manifests", self.close, "carrier"),
            Route("GET", "/carrier/parcels/{id}", self.parcel),
            Route("POST", "/carrier/parcels/{id}/say", self.say),
            *Parcelforce(self.store, self.clock).routes(),
        ]

    def close(self, request: Request) -> Response:
        try:
            given = request.json()
        except ValueError:
            given = None
        numbers = given.get("consignments") if isinstance(given, dict) else None
        if not isinstance(numbers, list) or set(given) != {"consignments"}:
            return json_response({"error": "send consignments, a list"}, 400)
        with self.store.write():
            for number in numbers:
                if self.store.get("consignment", str(number)) is None:
                    return json_response({"error": f"unknown: {number}"}, 400)
            doc = {
                "id": f"MF{secrets.randbelow(10**8):08d}",
                "closed": self.clock.now(),
                "consignments": numbers,
            }
            self.store.add("manifest", doc)
        return json_response({"manifest": doc["id"], "parcels": len(numbers)}, 201)

    def found(self, number: str) -> Document | None:
        kinds = ("consignment", "pf_shipment")
        found = (self.store.get(kind, number) for kind in kinds)
        return next((doc for doc in found if doc), None)

    def parcel(self, request: Request) -> Response:
        """The carrier's page for whoever waits for a parcel: it names nobody."""
        doc = self.found(request.args["id"])
        if doc is None:
            return plain("No such parcel", "", status=404)
        rows = [
            [moment(at), escape(WORDS[status])]
            for at, status in steps(doc, self.clock.now())
        ]
        return plain(
            f"Parcel {doc['id']}", table("Where it is", ["When", "What"], rows)
        )

    def say(self, request: Request) -> Response:
        doc, status = self.found(request.args["id"]), request.form.get("status", "")
        if doc is None or status not in WORDS:
            return json_response({"error": "no such parcel or status"}, 400)
        with self.store.write():
            doc["said"] = [*doc.get("said", ()), (self.clock.now(), status)]
            self.store.save(doc)
        return json_response({"status": status})

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
        events = [
            {"at": moment(at), "status": status, "text": WORDS[status]}
            for at, status in steps(doc, self.clock.now())
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
            for kind in ("consignment", "pf_shipment")
            for answer in map(self.answer, reversed(self.store.all(kind)))
        ]
        heads = ["Consignment", "Reference", "Service", "Status"]
        return plain(
            "Carrier",
            table("Consignments, newest first", heads, rows)
            + requests_table(self.egress, "carrier"),
        )
