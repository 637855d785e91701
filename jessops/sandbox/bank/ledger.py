"""The bank's books: every move of a session, a payment and its money.

Each public method is one transaction: the objects, the events that tell of it and
their deliveries are written together or not at all.
"""

from dataclasses import dataclass
from typing import Any

from ..store import Clock, Document, Store
from . import cards, objects
from .errors import ApiError, ParameterError, no_such
from .webhooks import Webhooks

HALF_HOUR, DAY = 30 * 60, 24 * 3600
# How long the card's bank keeps uncaptured money aside.
AUTHORISED_FOR = 7 * DAY
LEAST = {"gbp": 30, "eur": 50, "usd": 50}
MOST = 99_999_999

# The API request that caused an event, and its idempotency key.
Cause = tuple[str | None, str | None]
NOBODY: Cause = (None, None)


@dataclass(frozen=True)
class Outcome:
    """What became of a payment: `success_url`, or a `challenge`, or an `error`."""

    success_url: str = ""
    challenge: str = ""
    error: str = ""


class SessionClosed(Exception):
    """The session takes no payment (any more); its status says why."""

    def __init__(self, session: Document) -> None:
        self.session = session


def money(amount: int, currency: str) -> str:
    sign = {"gbp": "£", "eur": "€", "usd": "$"}.get(currency)
    text = f"{amount / 100:,.2f}"
    return f"{sign}{text}" if sign else f"{text} {currency}"


class Ledger:
    def __init__(
        self, store: Store, clock: Clock, webhooks: Webhooks, origin: str
    ) -> None:
        self.store = store
        self.clock = clock
        self.webhooks = webhooks
        self.origin = origin

    def need(self, kind: str, identity: str, param: str = "id") -> Document:
        doc = self.store.get(kind, identity)
        if doc is None:
            raise no_such(kind.replace(".", " ").replace("_", " "), identity, param)
        return doc

    def emit(
        self,
        kind: str,
        subject: Document,
        cause: Cause = NOBODY,
        previous: Document | None = None,
        *,
        always: bool = False,
    ) -> Document:
        event = objects.event(
            kind, subject, now=self.clock.now(), request=cause, previous=previous
        )
        self.store.add("event", event, label=kind)
        self.webhooks.queue(event, always=always)
        return event

    # Sessions

    def create_session(self, params: Document, cause: Cause) -> Document:
        now = self.clock.now()
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
        currency = params.get("currency", items[0]["currency"]).lower()
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
        with self.store.write():
            self.store.add("checkout.session", session, due=session["expires_at"])
            self.store.add(
                "details",
                {
                    "id": f"details_{session['id']}",
                    "line_items": items,
                    "payment_intent_data": params.get("payment_intent_data", {}),
                },
            )
        return session

    def details(self, session_id: str) -> Document:
        """Line items and payment_intent_data of a session."""
        doc = self.store.get("details", f"details_{session_id}")
        assert doc is not None
        return doc

    def expire_session(self, session_id: str, cause: Cause = NOBODY) -> Document:
        with self.store.write():
            session = self.need("checkout.session", session_id, "session")
            if session["status"] != "open":
                raise ApiError(
                    'Only Checkout Sessions with a status in ["open"] can be expired.'
                    f" This Checkout Session has a status of `{session['status']}`."
                )
            session |= {"status": "expired", "url": None}
            self.store.save(session)
            self.emit("checkout.session.expired", session, cause)
            if session["payment_intent"]:
                intent = self.need("payment_intent", session["payment_intent"])
                self._cancel(intent, "expired", cause)
        return session

    # What the customer does on the hosted page

    def pay(self, session_id: str, number: str, payer: Document) -> Outcome:
        """Try a card. `payer`: name, line1, postcode, exp_month, exp_year, email."""
        now = self.clock.now()
        card = cards.find(number)
        with self.store.write():
            session = self.need("checkout.session", session_id, "session")
            if session["status"] == "open" and session["expires_at"] <= now:
                session = self.expire_session(session_id)
            if session["status"] == "open":
                return self._try(session, card, payer, now)
        raise SessionClosed(session)

    def _try(
        self, session: Document, card: cards.Card, payer: Document, now: int
    ) -> Outcome:
        if session["payment_intent"]:
            intent = self.need("payment_intent", session["payment_intent"])
        else:
            data = self.details(session["id"])["payment_intent_data"]
            intent = objects.payment_intent(session, data, now)
            self.store.add("payment_intent", intent, parent=session["id"])
            session["payment_intent"] = intent["id"]
            self.store.save(session, due=session["expires_at"])
            self.emit("payment_intent.created", intent)
        method = objects.payment_method(card, payer, now)
        self.store.add("payment_method", method, parent=intent["id"])
        if not card.authenticate:
            return self._authorise(session, intent, method, card)
        attempt = {
            "id": objects.identity("att_"),
            "session": session["id"],
            "method": method["id"],
        }
        self.store.add("attempt", attempt, parent=session["id"])
        url = f"{self.origin}/bank/3d-secure/{attempt['id']}"
        intent |= {
            "status": "requires_action",
            "payment_method": method["id"],
            "last_payment_error": None,
            "next_action": {
                "redirect_to_url": {"return_url": session["url"], "url": url},
                "type": "redirect_to_url",
            },
        }
        self.store.save(intent)
        self.emit("payment_intent.requires_action", intent)
        return Outcome(challenge=attempt["id"])

    def challenge(self, attempt_id: str) -> tuple[Document, bool]:
        """(session, does this challenge still wait for its answer?)"""
        attempt = self.need("attempt", attempt_id)
        session = self.need("checkout.session", attempt["session"])
        intent = self.need("payment_intent", session["payment_intent"])
        waits = (
            session["status"] == "open"
            and intent["status"] == "requires_action"
            and intent["payment_method"] == attempt["method"]
        )
        return session, waits

    def answer_challenge(self, attempt_id: str, *, passed: bool) -> Outcome:
        now = self.clock.now()
        with self.store.write():
            session, waits = self.challenge(attempt_id)
            if session["status"] == "open" and session["expires_at"] <= now:
                session, waits = self.expire_session(session["id"]), False
            if waits:
                intent = self.need("payment_intent", session["payment_intent"])
                method = self.need("payment_method", intent["payment_method"])
                card = cards.BY_LAST4[method["card"]["last4"]]
                if passed:
                    secured = objects.three_d_secure("authenticated")
                    return self._authorise(session, intent, method, card, secured)
                message = cards.MESSAGES["authentication"]
                code = "payment_intent_authentication_failure"
                self._fail(intent, method, code, message, "", None)
                return Outcome(error=message)
        raise SessionClosed(session)

    def _authorise(
        self,
        session: Document,
        intent: Document,
        method: Document,
        card: cards.Card,
        secured: Document | None = None,
    ) -> Outcome:
        now = self.clock.now()
        manual = intent["capture_method"] == "manual"
        charge = objects.charge(
            intent,
            method,
            card,
            now=now,
            secured=secured,
            capture_before=now + AUTHORISED_FOR if manual else None,
        )
        self.store.add("charge", charge, parent=intent["id"])
        intent["latest_charge"] = charge["id"]
        if card.decline:
            code, message = objects.decline_codes(card)
            self.emit("charge.failed", charge)
            self._fail(intent, method, code, message, card.decline, charge["id"])
            return Outcome(error=message)
        intent |= {
            "status": "requires_capture" if manual else "succeeded",
            "amount_capturable": intent["amount"] if manual else 0,
            "amount_received": 0 if manual else intent["amount"],
            "payment_method": method["id"],
            "next_action": None,
            "last_payment_error": None,
        }
        self.store.save(intent, due=now + AUTHORISED_FOR if manual else None)
        uncaptured = self.store.setting("manual_payment_status", "unpaid")
        billing = method["billing_details"]
        session |= {
            "status": "complete",
            "payment_status": uncaptured if manual else "paid",
            "url": None,
            "customer_details": {
                "address": billing["address"],
                "business_name": None,
                "email": billing["email"],
                "individual_name": None,
                "name": billing["name"],
                "phone": None,
                "tax_exempt": "none",
                "tax_ids": [],
            },
        }
        self.store.save(session)
        self.emit("charge.succeeded", charge)
        kind = "amount_capturable_updated" if manual else "succeeded"
        self.emit(f"payment_intent.{kind}", intent)
        self.emit("checkout.session.completed", session)
        return Outcome(success_url=self.success_url(session))

    def success_url(self, session: Document) -> str:
        url = str(session["success_url"])
        return url.replace("{CHECKOUT_SESSION_ID}", session["id"])

    def _fail(
        self,
        intent: Document,
        method: Document,
        code: str,
        message: str,
        decline: str,
        charge: str | None,
    ) -> None:
        error: dict[str, Any] = {
            "code": code,
            "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
            "message": message,
            "payment_method": method,
            "type": "card_error" if decline else "invalid_request_error",
        }
        if charge is not None:
            error["charge"] = charge
        if decline:
            error["decline_code"] = decline
        intent |= {
            "status": "requires_payment_method",
            "payment_method": None,
            "next_action": None,
            "last_payment_error": error,
        }
        self.store.save(intent)
        self.emit("payment_intent.payment_failed", intent)

    # What the shop does afterwards

    def capture(self, intent_id: str, params: Document, cause: Cause) -> Document:
        with self.store.write():
            intent = self.need("payment_intent", intent_id, "intent")
            if intent["status"] != "requires_capture":
                raise self._unexpected(
                    intent, "captured", "requires_capture", "capture"
                )
            capturable = intent["amount_capturable"]
            amount = params.get("amount_to_capture", capturable)
            if amount > capturable:
                raise ApiError(
                    "The requested capture amount is greater than the authorized"
                    " amount.",
                    code="amount_too_large",
                    param="amount_to_capture",
                )
            if amount < 1:
                raise ParameterError(
                    "This value must be greater than or equal to 1.",
                    code="parameter_invalid_integer",
                    param="amount_to_capture",
                )
            charge = self.need("charge", intent["latest_charge"])
            if released := charge["amount"] - amount:
                # The rest goes back to the card as a refund of its own, as with Stripe.
                self._refund(charge, released, {}, cause, quiet=True)
            charge |= {"captured": True, "amount_captured": amount}
            intent |= {
                "status": "succeeded",
                "amount_capturable": 0,
                "amount_received": amount,
                "metadata": intent["metadata"] | params.get("metadata", {}),
            }
            self.store.save(charge)
            self.store.save(intent)
            session = self._session_of(intent)
            session["payment_status"] = "paid"
            self.store.save(session)
            self.emit("charge.captured", charge, cause)
            self.emit("payment_intent.succeeded", intent, cause)
        return intent

    def cancel(self, intent_id: str, params: Document, cause: Cause) -> Document:
        with self.store.write():
            intent = self.need("payment_intent", intent_id, "intent")
            if self._session_of(intent)["status"] == "open":
                raise ApiError(
                    "You cannot cancel this PaymentIntent because it belongs to a"
                    " Checkout Session that is open. Expire the Checkout Session"
                    " instead.",
                    code="payment_intent_unexpected_state",
                )
            if intent["status"] in ("succeeded", "canceled"):
                raise self._unexpected(
                    intent,
                    "canceled",
                    "requires_payment_method, requires_capture, requires_confirmation,"
                    " requires_action, processing",
                    "cancel",
                )
            self._cancel(intent, params.get("cancellation_reason"), cause)
        return intent

    def _cancel(self, intent: Document, reason: str | None, cause: Cause) -> None:
        held = intent["status"] == "requires_capture"
        intent |= {
            "status": "canceled",
            "canceled_at": self.clock.now(),
            "cancellation_reason": reason,
            "amount_capturable": 0,
            "next_action": None,
        }
        self.store.save(intent)
        if held:
            charge = self.need("charge", intent["latest_charge"])
            self._refund(charge, charge["amount"], {}, cause, quiet=True)
            self.store.save(charge)
            late = reason == "automatic"
            self.emit("charge.expired" if late else "charge.refunded", charge, cause)
        self.emit("payment_intent.canceled", intent, cause)

    def create_refund(self, params: Document, cause: Cause) -> Document:
        with self.store.write():
            charge = self._charge_to_refund(params)
            left = charge["amount"] - charge["amount_refunded"]
            if left <= 0:
                raise ApiError(
                    f"Charge {charge['id']} has already been refunded.",
                    code="charge_already_refunded",
                )
            amount = params.get("amount", left)
            if amount > left:
                currency = charge["currency"]
                raise ApiError(
                    f"Refund amount ({money(amount, currency)}) is greater than"
                    f" unrefunded amount on charge ({money(left, currency)})",
                    param="amount",
                )
            return self._refund(charge, amount, params, cause)

    def _charge_to_refund(self, params: Document) -> Document:
        if ("charge" in params) == ("payment_intent" in params):
            raise ParameterError(
                "One of the following params should be provided for this request:"
                " payment_intent or charge."
            )
        if "charge" in params:
            charge = self.need("charge", params["charge"], "charge")
            if not charge["captured"]:
                raise ApiError(f"Charge {charge['id']} has not been captured.")
            return charge
        intent = self.need("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise ApiError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge"
                " to refund."
            )
        return self.need("charge", intent["latest_charge"])

    def _refund(
        self,
        charge: Document,
        amount: int,
        params: Document,
        cause: Cause,
        *,
        quiet: bool = False,
    ) -> Document:
        """`quiet` for money that was only held: the caller tells of it."""
        before = {
            "amount_refunded": charge["amount_refunded"],
            "refunded": charge["refunded"],
        }
        refund = objects.refund(charge, amount, params, self.clock.now())
        self.store.add("refund", refund, parent=charge["payment_intent"])
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.store.save(charge)
        if not quiet:
            self.emit("refund.created", refund, cause)
            self.emit("charge.refunded", charge, cause, before)
        return refund

    def _session_of(self, intent: Document) -> Document:
        ((session_id,),) = self.store.rows(
            "SELECT parent FROM documents WHERE id = ?", (intent["id"],)
        )
        return self.need("checkout.session", session_id)

    def _unexpected(
        self, intent: Document, done: str, allowed: str, verb: str
    ) -> ApiError:
        return ApiError(
            f"This PaymentIntent could not be {done} because it has a status of"
            f" {intent['status']}. Only a PaymentIntent with one of the following"
            f" statuses may be {done}: {allowed}.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )

    # Time passes

    def sweep(self) -> None:
        """Expire sessions whose time is up, and holds that nobody captured."""
        for kind, doc in self.store.due(self.clock.now()):
            with self.store.write():
                now = self.need(kind, doc["id"])
                if kind == "checkout.session" and now["status"] == "open":
                    self.expire_session(doc["id"])
                elif kind == "payment_intent" and now["status"] == "requires_capture":
                    self._cancel(now, "automatic", NOBODY)

    def rows(self) -> list[Document]:
        """Contract: one object a payment, in pence, oldest first."""
        listing = []
        for intent in self.store.all("payment_intent"):
            refunded = 0
            if intent["status"] == "succeeded":
                charge = self.need("charge", intent["latest_charge"])
                released = charge["amount"] - charge["amount_captured"]
                refunded = charge["amount_refunded"] - released
            listing.append(
                {
                    "payment_intent": intent["id"],
                    "amount": intent["amount"],
                    "currency": intent["currency"],
                    "status": intent["status"],
                    "captured": intent["amount_received"],
                    "refunded": refunded,
                    "created": intent["created"],
                }
            )
        return listing
