"""Misbehaviour on demand, for one party at a time.

POST /faults takes `party`, `kind` and, as wanted: `count` (how many requests or
webhooks it hits; else until DELETE /faults), `seconds` (latency and the window of
shuffle_webhooks), `path` (only requests whose path contains it), `rate` (0 to 1: the
share it hits), `status` and `retry_after` (of kind error), `copies` (of
duplicate_webhooks). A fault hits the party's own protocol, and pages for people only
when `path` names them. For party mail, error answers 451 and reset hangs up.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from jessops.sandbox.web import Request, Response, Route, json_response

PARTIES = ("bank", "mail", "carrier", "addresses", "prints")
WEBHOOK_KINDS = ("duplicate_webhooks", "drop_webhooks", "shuffle_webhooks")
KINDS = ("latency", "error", "reset", "lost_answer", *WEBHOOK_KINDS)
NUMBERS = {"seconds": float, "rate": float}
WHOLE = {"count", "status", "retry_after", "copies"}


@dataclass
class Fault:
    party: str
    kind: str
    count: int | None = None
    seconds: float = 3.0
    path: str = ""
    rate: float = 1.0
    status: int = 500
    retry_after: int | None = None
    copies: int = 2


class Faults:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.active: list[Fault] = []

    def take(self, party: str, path: str, *, page: bool = False) -> list[Fault]:
        """The faults that hit this request, each counted down by one."""
        if not self.active:
            return []
        return self._take(
            lambda fault: (
                fault.party == party
                and fault.kind not in WEBHOOK_KINDS
                and fault.path in path
                and (bool(fault.path) or not page)
            )
        )

    def take_webhook(self, kind: str, event_type: str) -> Fault | None:
        """The fault of this kind that hits the delivery of such an event, if any."""
        if not self.active:
            return None
        hits = self._take(
            lambda fault: fault.kind == kind and fault.path in event_type, limit=1
        )
        return hits[0] if hits else None

    def _take(
        self, hits: Callable[[Fault], bool], limit: int | None = None
    ) -> list[Fault]:
        taken: list[Fault] = []
        with self.lock:
            for fault in list(self.active):
                if limit is not None and len(taken) >= limit:
                    break
                if not hits(fault) or random.SystemRandom().random() >= fault.rate:
                    continue
                taken.append(fault)
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self.active.remove(fault)
        return taken

    def add(self, fields: Any) -> Fault:
        """ValueError says in plain words what is wrong with the fields."""
        if not isinstance(fields, dict):
            raise ValueError("send a JSON object")
        if unknown := set(fields) - set(Fault.__dataclass_fields__):
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        if fields.get("party") not in PARTIES:
            raise ValueError(f"party is one of {', '.join(PARTIES)}")
        if fields.get("kind") not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        if fields["kind"] in WEBHOOK_KINDS and fields["party"] != "bank":
            raise ValueError("only the bank sends webhooks")
        for name, value in fields.items():
            whole = isinstance(value, int) and not isinstance(value, bool)
            if name in WHOLE and not (whole and value > 0):
                raise ValueError(f"{name} is a whole number above 0")
            if name in NUMBERS and not (
                (whole or isinstance(value, float)) and value >= 0
            ):
                raise ValueError(f"{name} is a number, not below 0")
            if name == "path" and not isinstance(value, str):
                raise ValueError("path is text")
        fault = Fault(**fields)
        with self.lock:
            self.active.append(fault)
        return fault

    def clear(self, party: str = "") -> None:
        with self.lock:
            self.active = [
                fault for fault in self.active if party and fault.party != party
            ]

    def routes(self) -> list[Route]:
        def show(request: Request) -> Response:
            with self.lock:
                return json_response([asdict(fault) for fault in self.active])

        def create(request: Request) -> Response:
            try:
                fault = self.add(request.json())
            except ValueError as error:
                return json_response({"error": str(error)}, 400)
            return json_response(asdict(fault), 201)

        def delete(request: Request) -> Response:
            self.clear(request.query.get("party", ""))
            return Response(204)

        return [
            Route("GET", "/faults", show),
            Route("POST", "/faults", create),
            Route("DELETE", "/faults", delete),
        ]
