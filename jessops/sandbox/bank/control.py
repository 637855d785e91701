"""What tests do to the bank: move its clock, tell its events, turn its switches."""

from jessops.sandbox.bank.book import Book
from jessops.sandbox.bank.sessions import Sessions
from jessops.sandbox.web import Request, Response, Route, json_response

SETTINGS = {"manual_payment_status": ("unpaid", "paid")}
SUBJECTS = ("checkout.session", "payment_intent", "charge", "refund")


class Control:
    def __init__(self, book: Book, sessions: Sessions) -> None:
        self.book = book
        self.clock = book.clock
        self.sessions = sessions

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/bank/clock", lambda _: json_response(self.time())),
            Route("POST", "/bank/clock", self.advance),
            Route("GET", "/bank/settings", lambda _: json_response(self.settings())),
            Route("POST", "/bank/settings", self.change),
            Route("POST", "/bank/emit", self.emit),
            Route("GET", "/bank/webhooks.json", self.deliveries),
        ]

    def time(self) -> dict[str, float]:
        return {"now": self.clock.now(), "ahead": self.clock.ahead}

    def advance(self, request: Request) -> Response:
        """`{"advance": seconds}`: sessions and holds that come due end at once."""
        try:
            seconds = float(request.json()["advance"])
        except (ValueError, TypeError, KeyError):
            return json_response({"error": "send {'advance': seconds}"}, 400)
        self.clock.advance(seconds)
        self.sessions.sweep()
        return json_response(self.time())

    def settings(self) -> dict[str, str]:
        return {
            name: self.book.store.setting(name, options[0])
            for name, options in SETTINGS.items()
        }

    def change(self, request: Request) -> Response:
        """`manual_payment_status`: what a completed, uncaptured session says."""
        try:
            wanted = request.json()
        except ValueError:
            wanted = None
        if not isinstance(wanted, dict) or any(
            value not in SETTINGS.get(name, ()) for name, value in wanted.items()
        ):
            return json_response({"error": f"known settings: {SETTINGS}"}, 400)
        for name, value in wanted.items():
            self.book.store.set(name, value)
        return json_response(self.settings())

    def emit(self, request: Request) -> Response:
        """Send an event of `type` about the object `id` as it now is.

        For what the stand-in never does by itself, such as
        checkout.session.async_payment_failed, and for events again or out of order.
        """
        try:
            wanted = request.json()
            kind, identity = wanted["type"], wanted["id"]
        except (ValueError, TypeError, KeyError):
            return json_response({"error": "send {'type': ..., 'id': ...}"}, 400)
        for subject in SUBJECTS:
            if doc := self.book.store.get(subject, identity):
                with self.book.store.write():
                    event = self.book.emit(kind, doc, always=True)
                return json_response(event, 201)
        return json_response({"error": f"no object {identity}"}, 404)

    def deliveries(self, request: Request) -> Response:
        """Each planned webhook: its event, type, state, attempts and last answer."""
        rows = self.book.store.rows(
            "SELECT event, label, state, attempts, last FROM deliveries"
            " JOIN documents ON documents.id = event ORDER BY deliveries.id"
        )
        names = ("event", "type", "state", "attempts", "last")
        return json_response([dict(zip(names, row, strict=True)) for row in rows])
