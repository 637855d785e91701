"""Checkout Sessions: made by the shop, ended by payment, by the shop or by time."""

from jessops.sandbox.bank import objects
from jessops.sandbox.bank.book import NOBODY, Book, Cause, money
from jessops.sandbox.bank.errors import ApiError, ParameterError
from jessops.sandbox.bank.payments import Payments
from jessops.sandbox.store import Document

HALF_HOUR, DAY = 30 * 60, 24 * 3600
LEAST = {"gbp": 30, "eur": 50, "usd": 50}
MOST = 99_999_999


class Sessions:
    def __init__(self, book: Book, payments: Payments, origin: str) -> None:
        self.book = book
        self.payments = payments
        self.origin = origin

    def create(self, params: Document, cause: Cause) -> Document:
        now = self.book.clock.now()
        if params["mode"] != "payment":
            raise ParameterError(
                "This stand-in knows mode `payment` only.", param="mode"
            )
        if params.get("ui_mode", "hosted_page") not in ("hosted", "hosted_page"):
            raise ParameterError(
                "This stand-in knows ui_mode `hosted_page` only.", param="ui_mode"
            )
        expires = params.get("expires_at", now + DAY)
        if expires < now + HALF_HOUR:
            raise ParameterError(
                "The `expires_at` timestamp must be at least 30 minutes from Checkout"
                " Session creation.",
                param="expires_at",
            )
        if expires > now + DAY:
            raise ParameterError(
                "The `expires_at` timestamp must be less than 24 hours from Checkout"
                " Session creation.",
                param="expires_at",
            )
        items = [objects.line_item(line, now) for line in params["line_items"]]
        if not items:
            raise ParameterError(
                "Missing required param: line_items.",
                code="parameter_missing",
                param="line_items",
            )
        currencies = {item["currency"] for item in items}
        currency = str(params.get("currency", items[0]["currency"])).lower()
        if currencies != {currency}:
            raise ParameterError(
                "All line items must have the same currency.", param="line_items"
            )
        if currency not in LEAST:
            raise ParameterError(f"Invalid currency: {currency}", param="currency")
        total = sum(item["amount_total"] for item in items)
        if total < LEAST[currency]:
            raise ParameterError(
                "The Checkout Session's total amount due must add up to at least"
                f" {money(LEAST[currency], currency)} {currency}",
                code="amount_too_small",
            )
        if total > MOST:
            raise ParameterError(
                "The Checkout Session's total amount must be no more than"
                f" {money(MOST, currency)}",
                code="amount_too_large",
            )
        session = objects.session(params, total=total, currency=currency, now=now)
        session["url"] = f"{self.origin}/bank/pay/{session['id']}"
        with self.book.store.write():
            self.book.store.add("checkout.session", session, due=session["expires_at"])
            self.book.store.add(
                "details",
                {
                    "id": f"details_{session['id']}",
                    "line_items": items,
                    "payment_intent_data": params.get("payment_intent_data", {}),
                    "multicapture": params.get("payment_method_options", {})
                    .get("card", {})
                    .get("request_multicapture", "never"),
                },
            )
        return session

    def details(self, session_id: str) -> Document:
        """Line items and payment_intent_data of a session."""
        doc = self.book.store.get("details", f"details_{session_id}")
        assert doc is not None
        return doc

    def expire(self, session_id: str, cause: Cause = NOBODY) -> Document:
        with self.book.store.write():
            session = self.book.need("checkout.session", session_id, "session")
            if session["status"] != "open":
                raise ApiError(
                    'Only Checkout Sessions with a status in ["open"] can be expired.'
                    f" This Checkout Session has a status of `{session['status']}`."
                )
            session |= {"status": "expired", "url": None}
            self.book.store.save(session)
            self.book.emit("checkout.session.expired", session, cause)
            if session["payment_intent"]:
                intent = self.book.need("payment_intent", session["payment_intent"])
                self.payments.release(intent, "expired", cause)
        return session

    def sweep(self) -> None:
        """Expire sessions whose time is up, and holds that nobody captured."""
        for kind, doc in self.book.store.due(self.book.clock.now()):
            with self.book.store.write():
                now = self.book.need(kind, doc["id"])
                if kind == "checkout.session" and now["status"] == "open":
                    self.expire(doc["id"])
                elif kind == "payment_intent" and now["status"] == "requires_capture":
                    self.payments.release(now, "automatic", NOBODY)
