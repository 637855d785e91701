"""What the customer does on the hosted page: tries cards, answers 3-D Secure."""

from dataclasses import dataclass
from typing import Any

from jessops.sandbox.bank import cards, charges, objects
from jessops.sandbox.bank.book import Book
from jessops.sandbox.bank.sessions import DAY, Sessions
from jessops.sandbox.store import Document

# How long the card's bank keeps uncaptured money aside.
AUTHORISED_FOR = 7 * DAY


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


class Checkout:
    def __init__(self, book: Book, sessions: Sessions) -> None:
        self.book = book
        self.sessions = sessions

    def pay(self, session_id: str, number: str, payer: Document) -> Outcome:
        """Try a card. `payer`: name, line1, postcode, exp_month, exp_year, email."""
        now = self.book.clock.now()
        card = cards.find(number)
        with self.book.store.write():
            session = self.book.need("checkout.session", session_id, "session")
            if session["status"] == "open" and session["expires_at"] <= now:
                session = self.sessions.expire(session_id)
            if session["status"] == "open":
                return self._try(session, card, payer, now)
        raise SessionClosed(session)

    def _try(
        self, session: Document, card: cards.Card, payer: Document, now: int
    ) -> Outcome:
        if session["payment_intent"]:
            intent = self.book.need("payment_intent", session["payment_intent"])
        else:
            data = self.sessions.details(session["id"])["payment_intent_data"]
            intent = objects.payment_intent(session, data, now)
            self.book.store.add("payment_intent", intent, parent=session["id"])
            session["payment_intent"] = intent["id"]
            self.book.store.save(session, due=session["expires_at"])
            self.book.emit("payment_intent.created", intent)
        method = charges.payment_method(card, payer, now)
        self.book.store.add("payment_method", method, parent=intent["id"])
        if not card.authenticate:
            return self._authorise(session, intent, method, card)
        attempt = {
            "id": objects.identity("att_"),
            "session": session["id"],
            "method": method["id"],
        }
        self.book.store.add("attempt", attempt, parent=session["id"])
        url = f"{self.sessions.origin}/bank/3d-secure/{attempt['id']}"
        intent |= {
            "status": "requires_action",
            "payment_method": method["id"],
            "last_payment_error": None,
            "next_action": {
                "redirect_to_url": {"return_url": session["url"], "url": url},
                "type": "redirect_to_url",
            },
        }
        self.book.store.save(intent)
        self.book.emit("payment_intent.requires_action", intent)
        return Outcome(challenge=attempt["id"])

    def challenge(self, attempt_id: str) -> tuple[Document, bool]:
        """(session, does this challenge still wait for its answer?)"""
        attempt = self.book.need("attempt", attempt_id)
        session = self.book.need("checkout.session", attempt["session"])
        intent = self.book.need("payment_intent", session["payment_intent"])
        waits = (
            session["status"] == "open"
            and intent["status"] == "requires_action"
            and intent["payment_method"] == attempt["method"]
        )
        return session, waits

    def answer_challenge(self, attempt_id: str, *, passed: bool) -> Outcome:
        now = self.book.clock.now()
        with self.book.store.write():
            session, waits = self.challenge(attempt_id)
            if session["status"] == "open" and session["expires_at"] <= now:
                session, waits = self.sessions.expire(session["id"]), False
            if waits:
                intent = self.book.need("payment_intent", session["payment_intent"])
                method = self.book.need("payment_method", intent["payment_method"])
                card = cards.BY_LAST4[method["card"]["last4"]]
                if passed:
                    secured = charges.three_d_secure("authenticated")
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
        now = self.book.clock.now()
        manual = intent["capture_method"] == "manual"
        charge = charges.charge(
            intent,
            method,
            card,
            now=now,
            secured=secured,
            capture_before=now + AUTHORISED_FOR if manual else None,
            multicapture=self._several(session, card),
        )
        self.book.store.add("charge", charge, parent=intent["id"])
        intent["latest_charge"] = charge["id"]
        if card.decline:
            code, message = charges.decline_codes(card)
            self.book.emit("charge.failed", charge)
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
        self.book.store.save(intent, due=now + AUTHORISED_FOR if manual else None)
        uncaptured = self.book.store.setting("manual_payment_status", "unpaid")
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
        self.book.store.save(session)
        self.book.emit("charge.succeeded", charge)
        kind = "amount_capturable_updated" if manual else "succeeded"
        self.book.emit(f"payment_intent.{kind}", intent)
        self.book.emit("checkout.session.completed", session)
        return Outcome(success_url=self.success_url(session))

    def _several(self, session: Document, card: cards.Card) -> bool:
        """May this payment be taken in parts? American Express's test cards say no."""
        asked = self.sessions.details(session["id"]).get("multicapture")
        return asked == "if_available" and card.brand != "amex"

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
        self.book.store.save(intent)
        self.book.emit("payment_intent.payment_failed", intent)
