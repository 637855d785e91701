"""Everything that any party received, with its exact keys and values.

This is how the shop's tests see what left the shop. The payment page's own form is
not here: the customer's browser fills it in, and card numbers are stored nowhere.
"""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from jessops.sandbox.store import Store
from jessops.sandbox.web import Request, Response, Route, json_response


class Egress:
    def __init__(self, store: Store) -> None:
        self.store = store

    def record(self, party: str, method: str, path: str, payload: Any) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self.store.write() as db:
            db.execute(
                "INSERT INTO egress (at, party, method, path, payload)"
                " VALUES (?, ?, ?, ?, ?)",
                (at, party, method, path, json.dumps(payload)),
            )

    def listing(self, party: str = "", after: int = 0) -> list[dict[str, Any]]:
        rows = self.store.rows(
            "SELECT at, party, method, path, payload FROM egress"
            " WHERE seq > ? AND (party = ? OR ? = '') ORDER BY seq",
            (after, party, party),
        )
        return [
            {
                "at": at,
                "party": name,
                "method": method,
                "path": path,
                "payload": json.loads(payload),
            }
            for at, name, method, path, payload in rows
        ]

    def routes(self) -> list[Route]:
        def everything(request: Request) -> Response:
            after = request.query.get("after", "0")
            if not after.isdigit():
                return json_response({"error": "`after` is a number"}, 400)
            return json_response(
                self.listing(request.query.get("party", ""), int(after))
            )

        def of_party(party: str) -> Route:
            return Route(
                "GET",
                f"/{party}/requests.json",
                lambda request: json_response(self.listing(party)),
            )

        parties = ("bank", "mail", "carrier", "addresses", "prints")
        return [Route("GET", "/egress.json", everything), *map(of_party, parties)]


def payload_of(request: Request) -> Any:
    """The request's data as it came: form keys flat, JSON as it is, else text.

    A key sent more than once holds the list of its values.
    """
    if request.content_type == "application/json":
        try:
            return request.json()
        except ValueError:
            return {"raw": request.body.decode("utf-8", "replace")}
    if request.content_type == "text/xml":
        try:
            return flat(ElementTree.fromstring(request.body))  # noqa: S314  our own shop
        except ElementTree.ParseError:
            return {"raw": request.body.decode("utf-8", "replace")}
    payload: dict[str, Any] = {}
    for name, value in request.pairs:
        if name not in payload:
            payload[name] = value
        elif isinstance(payload[name], list):
            payload[name].append(value)
        else:
            payload[name] = [payload[name], value]
    return payload


def flat(envelope: ElementTree.Element) -> dict[str, str]:
    """The leaves of a SOAP request by the names of their elements, as form keys."""
    found: dict[str, str] = {}

    def walk(element: ElementTree.Element, prefix: str) -> None:
        for child in element:
            name = child.tag.rpartition("}")[2]
            key = f"{prefix}[{name}]" if prefix else name
            if len(child):
                walk(child, key)
            else:
                found[key] = child.text or ""

    for request in envelope.iterfind("{*}Body/*"):
        walk(request, "")
    return found
