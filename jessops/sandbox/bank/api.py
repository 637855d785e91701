"""The HTTP side of the API: keys, idempotency, expanding, listing."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from jessops.sandbox.bank import objects, params
from jessops.sandbox.bank.book import Book, Cause
from jessops.sandbox.bank.errors import ApiError, ParameterError, no_such
from jessops.sandbox.bank.payments import Payments
from jessops.sandbox.bank.sessions import Sessions
from jessops.sandbox.store import Document
from jessops.sandbox.web import Request, Response, Route

EXPANDABLE = {
    "checkout.session": {
        "customer",
        "invoice",
        "line_items",
        "payment_intent",
        "payment_link",
        "setup_intent",
        "subscription",
    },
    "payment_intent": {
        "application",
        "customer",
        "latest_charge",
        "on_behalf_of",
        "payment_method",
        "review",
    },
    "charge": {
        "application",
        "balance_transaction",
        "customer",
        "payment_intent",
        "refunds",
        "review",
    },
    "refund": {"balance_transaction", "charge", "payment_intent"},
    "payment_method": {"customer"},
}
PREFIXES = {
    "cs": "checkout.session",
    "pi": "payment_intent",
    "ch": "charge",
    "re": "refund",
    "pm": "payment_method",
    "evt": "event",
}
KEYS_KEPT = 24 * 3600

Act = Callable[[Document, Cause, str], Document]


class Api:
    def __init__(
        self, book: Book, sessions: Sessions, payments: Payments, api_key: str
    ) -> None:
        self.book = book
        self.sessions = sessions
        self.payments = payments
        self.store = book.store
        self.api_key = api_key
        self.busy: set[str] = set()
        self.busy_lock = threading.Lock()

    def routes(self) -> list[Route]:
        get, post = self.get, self.post
        sessions = "/bank/v1/checkout/sessions"
        intents = "/bank/v1/payment_intents"
        refunds, charges = "/bank/v1/refunds", "/bank/v1/charges"
        methods, events = "/bank/v1/payment_methods", "/bank/v1/events"
        by_intent = params.listing(payment_intent=params.Text())
        return [
            post(
                sessions,
                params.CREATE_SESSION,
                lambda given, cause, _: self.sessions.create(given, cause),
            ),
            get(
                sessions,
                params.listing(
                    payment_intent=params.Text(),
                    status=params.Choice("open", "complete", "expired"),
                ),
                self.list_of("checkout.session", sessions),
            ),
            get(f"{sessions}/{{id}}", params.ONLY_EXPAND, self.one("checkout.session")),
            post(f"{sessions}/{{id}}", params.UPDATE, self.update("checkout.session")),
            get(f"{sessions}/{{id}}/line_items", params.listing(), self.line_items),
            post(
                f"{sessions}/{{id}}/expire",
                params.ONLY_EXPAND,
                lambda given, cause, key: self.sessions.expire(key, cause),
            ),
            get(intents, params.listing(), self.list_of("payment_intent", intents)),
            get(f"{intents}/{{id}}", params.ONLY_EXPAND, self.one("payment_intent")),
            post(
                f"{intents}/{{id}}", params.UPDATE_INTENT, self.update("payment_intent")
            ),
            post(
                f"{intents}/{{id}}/capture",
                params.CAPTURE,
                lambda given, cause, key: self.payments.capture(key, given, cause),
            ),
            post(
                f"{intents}/{{id}}/cancel",
                params.CANCEL,
                lambda given, cause, key: self.payments.cancel(key, given, cause),
            ),
            post(
                refunds,
                params.CREATE_REFUND,
                lambda given, cause, _: self.payments.create_refund(given, cause),
            ),
            get(
                refunds,
                params.listing(payment_intent=params.Text(), charge=params.Text()),
                self.list_of("refund", refunds),
            ),
            get(f"{refunds}/{{id}}", params.ONLY_EXPAND, self.one("refund")),
            post(f"{refunds}/{{id}}", params.UPDATE, self.update("refund")),
            get(charges, by_intent, self.list_of("charge", charges)),
            get(f"{charges}/{{id}}", params.ONLY_EXPAND, self.one("charge")),
            get(f"{methods}/{{id}}", params.ONLY_EXPAND, self.one("payment_method")),
            get(
                events,
                params.listing(
                    type=params.Text(), types=params.Many(params.Text(), 20)
                ),
                self.list_of("event", events),
            ),
            get(f"{events}/{{id}}", params.ONLY_EXPAND, self.one("event")),
            Route("*", "/bank/v1/{rest*}", self.unknown, "bank"),
        ]

    # The frame around each call

    def get(self, template: str, fields: params.Fields, act: Act) -> Route:
        def answer(request: Request) -> Response:
            request_id = objects.identity("req_", 14)
            try:
                self.authenticate(request)
                given = fields.read(params.nest(request.pairs))
                doc = act(given, (request_id, None), request.args.get("id", ""))
                body, status = self.expand(doc, given.get("expand", [])), 200
            except ApiError as error:
                body, status = error.body(), error.status
            return respond(body, status, request_id)

        return Route("GET", template, answer, "bank")

    def post(self, template: str, fields: params.Fields, act: Act) -> Route:
        def work(request: Request, cause: Cause) -> tuple[int, Document, bool]:
            """(status, body, is the answer kept for this key?)"""
            try:
                given = fields.read(params.nest(request.pairs))
                with self.store.all_or_nothing():
                    doc = act(given, cause, request.args.get("id", ""))
                    return 200, self.expand(doc, given.get("expand", [])), True
            except ParameterError as error:
                return error.status, error.body(), False
            except ApiError as error:
                return error.status, error.body(), True

        def answer(request: Request) -> Response:
            request_id = objects.identity("req_", 14)
            key = request.headers.get("idempotency-key", "")
            try:
                self.authenticate(request)
                if not key:
                    status, body, _ = work(request, (request_id, None))
                    return respond(body, status, request_id)
                return self.once(request, key, request_id, work)
            except ApiError as error:
                return respond(error.body(), error.status, request_id)

        return Route("POST", template, answer, "bank")

    def once(
        self,
        request: Request,
        key: str,
        request_id: str,
        work: Callable[[Request, Cause], tuple[int, Document, bool]],
    ) -> Response:
        """Do the work once for a key; the same request again has the same answer."""
        if len(key) > 255:
            raise ParameterError("Idempotency keys can be at most 255 characters long.")
        with self.busy_lock:
            if key in self.busy:
                raise ApiError(
                    "There is currently another in-progress request using this"
                    f" Idempotency Key (that probably means you submitted twice, and"
                    f" the other request is still going through): {key}. Please try"
                    " again later.",
                    status=409,
                    code="idempotency_key_in_use",
                    kind="idempotency_error",
                )
            self.busy.add(key)
        try:
            # One transaction: what the request did and the answer kept for its key.
            with self.store.write() as db:
                if (kept := self.kept_answer(request, key, request_id)) is not None:
                    return kept
                status, body, keep = work(request, (request_id, key))
                response = respond(body, status, request_id)
                if keep:
                    db.execute(
                        "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (
                            key,
                            request.path,
                            digest(request),
                            status,
                            response.body,
                            request_id,
                            self.book.clock.now(),
                        ),
                    )
        finally:
            with self.busy_lock:
                self.busy.discard(key)
        response.headers.append(("Idempotency-Key", key))
        return response

    def kept_answer(
        self, request: Request, key: str, request_id: str
    ) -> Response | None:
        rows = self.store.rows(
            "SELECT path, params, status, body, request_id FROM answers"
            " WHERE key = ? AND created > ?",
            (key, self.book.clock.now() - KEYS_KEPT),
        )
        if not rows:
            return None
        path, given, status, body, first_id = rows[0]
        if path != request.path:
            raise ApiError(
                "Keys for idempotent requests can only be used for the same endpoint"
                f" they were first used for ('{request.path}' vs '{path}'). Try using a"
                f" key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        if given != digest(request):
            raise ApiError(
                "Keys for idempotent requests can only be used with the same parameters"
                f" they were first used with. Try using a key other than '{key}' if you"
                " meant to execute a different request.",
                kind="idempotency_error",
            )
        response = respond(body, status, request_id)
        response.headers += [
            ("Idempotency-Key", key),
            ("Idempotent-Replayed", "true"),
            ("Original-Request", first_id),
        ]
        return response

    def authenticate(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given).decode().partition(":")[0]
            except ValueError:
                given = ""
        if scheme.lower() not in ("bearer", "basic") or not given:
            raise ApiError(
                "You did not provide an API key. You need to provide your API key in"
                " the Authorization header, using Bearer auth (e.g. 'Authorization:"
                " Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        if given != self.api_key:
            hidden = given[:8] + "*" * max(0, len(given) - 12) + given[-4:]
            raise ApiError(f"Invalid API Key provided: {hidden}", status=401)

    def unknown(self, request: Request) -> Response:
        path = request.path.removeprefix("/bank")
        error = ApiError(
            f"Unrecognized request URL ({request.method}: {path}). If you are trying to"
            " list objects, remove the trailing slash. If you are trying to retrieve an"
            " object, make sure you passed a valid (non-empty) identifier in your"
            " code.",
            status=404,
        )
        return respond(error.body(), 404, objects.identity("req_", 14))

    # Reading

    def one(self, kind: str) -> Act:
        return lambda given, cause, key: self.book.need(kind, key)

    def update(self, kind: str) -> Act:
        def act(given: Document, cause: Cause, key: str) -> Document:
            with self.store.write() as db:
                doc = self.book.need(kind, key)
                if "description" in given:
                    doc["description"] = given["description"]
                merged = doc["metadata"] | given.get("metadata", {})
                doc["metadata"] = {name: text for name, text in merged.items() if text}
                # Only the text: the time at which the sweeper looks again stays.
                db.execute(
                    "UPDATE documents SET doc = ? WHERE id = ?", (json.dumps(doc), key)
                )
            return doc

        return act

    def line_items(self, given: Document, cause: Cause, key: str) -> Document:
        self.book.need("checkout.session", key, "session")
        items = self.sessions.details(key)["line_items"]
        url = f"/v1/checkout/sessions/{key}/line_items"
        return page(items, given, url)

    def list_of(self, kind: str, path: str) -> Act:
        def act(given: Document, cause: Cause, key: str) -> Document:
            parent = given.get("payment_intent", "")
            labels = set(given.get("types", [])) | {given.get("type", "")} - {""}
            found = self.store.newest_first(kind, parent=parent, labels=labels)
            if kind == "checkout.session" and parent:
                # The other way round: a payment is its session's child.
                session = self.store.get(kind, self.store.parent(parent))
                found = iter([session] if session else [])
            docs = (doc for doc in found if matches(doc, given))
            return page(docs, given, path.removeprefix("/bank"))

        return act

    def expand(self, doc: Document, paths: list[str]) -> Document:
        for path in paths:
            steps = path.split(".")
            if len(steps) - (steps[0] == "data") > 4:
                raise ParameterError(
                    "You cannot expand more than 4 levels of a property",
                    param="expand",
                )
            self.expand_path(doc, steps, path)
        return doc

    def expand_path(self, node: Document, steps: list[str], path: str) -> None:
        if not steps:
            return
        name, rest = steps[0], steps[1:]
        if node["object"] == "list" and name == "data":
            for entry in node["data"]:
                self.expand_path(entry, rest, path)
            return
        if name not in EXPANDABLE.get(node["object"], set()):
            raise ParameterError(
                f"This property cannot be expanded ({path}). You may want to try"
                " expanding its parent.",
                param="expand",
            )
        if name == "line_items":
            items = self.sessions.details(node["id"])["line_items"]
            url = f"/v1/checkout/sessions/{node['id']}/line_items"
            node[name] = objects.as_list(items[:10], url, has_more=len(items) > 10)
        elif name == "refunds":
            refunds = self.store.all("refund", parent=node["payment_intent"])
            data = [one for one in refunds[::-1] if one["charge"] == node["id"]]
            node[name] = objects.as_list(data, f"/v1/charges/{node['id']}/refunds")
        elif isinstance(node.get(name), str):
            kind = PREFIXES[node[name].partition("_")[0]]
            node[name] = self.book.need(kind, node[name])
        if isinstance(node.get(name), dict):
            self.expand_path(node[name], rest, path)


def respond(body: Any, status: int, request_id: str) -> Response:
    """`body` is a document, or the bytes of an answer that was kept."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    headers = [
        ("Request-Id", request_id),
        ("Stripe-Version", objects.API_VERSION),
    ]
    return Response(status, body, "application/json", headers)


def digest(request: Request) -> str:
    """Of the parameters, whatever their order; the values themselves are not kept."""
    return hashlib.sha256(json.dumps(sorted(request.pairs)).encode()).hexdigest()


def matches(doc: Document, given: Document) -> bool:
    for name in ("payment_intent", "charge", "status"):
        if name in given and doc.get(name) != given[name]:
            return False
    created = given.get("created")
    if isinstance(created, int):
        return bool(doc["created"] == created)
    at, limits = doc["created"], created or {}
    return bool(
        limits.get("gt", at - 1) < at < limits.get("lt", at + 1)
        and limits.get("gte", at) <= at <= limits.get("lte", at)
    )


def page(docs: Iterable[Document], given: Document, url: str) -> Document:
    """The part of a list, newest first, that its cursor and limit ask for."""
    limit = int(given.get("limit", 10))
    if limit > 100:
        raise ParameterError(
            "This value must be less than or equal to 100 (it currently is"
            f" '{limit}').",
            code="parameter_invalid_integer",
            param="limit",
        )
    docs = iter(docs)
    if after := given.get("starting_after"):
        if not any(doc["id"] == after for doc in docs):
            raise no_such("object", after, "starting_after")
    elif before := given.get("ending_before"):
        newer = []
        for doc in docs:
            if doc["id"] == before:
                break
            newer.append(doc)
        else:
            raise no_such("object", before, "ending_before")
        return objects.as_list(newer[-limit:], url, has_more=len(newer) > limit)
    taken = list(islice(docs, limit + 1))
    return objects.as_list(taken[:limit], url, has_more=len(taken) > limit)
