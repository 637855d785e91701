"""Authorised money: captured, let go, given back.

Each public method is one transaction: the objects, the events that tell of it and
their deliveries are written together or not at all.
"""

from jessops.sandbox.bank import charges
from jessops.sandbox.bank.book import Book, Cause, money
from jessops.sandbox.bank.errors import ApiError, ParameterError
from jessops.sandbox.store import Document


class Payments:
    def __init__(self, book: Book) -> None:
        self.book = book

    def capture(self, intent_id: str, params: Document, cause: Cause) -> Document:
        with self.book.store.write():
            intent = self.book.need("payment_intent", intent_id, "intent")
            if intent["status"] != "requires_capture":
                raise unexpected(intent, "captured", "requires_capture")
            capturable = int(intent["amount_capturable"])
            amount: int = params.get("amount_to_capture", capturable)
            final = params.get("final_capture", True)
            if amount > capturable:
                raise ApiError(
                    "The requested capture amount is greater than the authorized"
                    " amount.",
                    code="amount_too_large",
                    param="amount_to_capture",
                )
            charge = self.book.need("charge", intent["latest_charge"])
            self._may_capture(charge, amount, final)
            taken = charge["amount_captured"] + amount
            if final and (released := charge["amount"] - taken):
                # The rest goes back to the card as a refund of its own, as with Stripe.
                self._refund(charge, released, {}, cause, quiet=True)
            charge |= {"captured": True, "amount_captured": taken}
            intent |= {
                "amount_capturable": 0 if final else capturable - amount,
                "amount_received": taken,
                "metadata": intent["metadata"] | params.get("metadata", {}),
            }
            if not final:
                self.book.store.save(charge)
                self.book.store.save(intent)
                self.book.emit("charge.captured", charge, cause)
                kind = "payment_intent.amount_capturable_updated"
                self.book.emit(kind, intent, cause)
                return intent
            intent["status"] = "succeeded"
            self.book.store.save(charge)
            self.book.store.save(intent)
            session = self._session_of(intent)
            session["payment_status"] = "paid"
            self.book.store.save(session)
            self.book.emit("charge.captured", charge, cause)
            self.book.emit("payment_intent.succeeded", intent, cause)
        return intent

    def _may_capture(self, charge: Document, amount: int, final: bool) -> None:
        """Parts are taken of some cards only; nothing is taken to end it."""
        card = charge["payment_method_details"]["card"]
        several = card["multicapture"]["status"] == "available"
        if not final and not several:
            raise ParameterError(
                "You cannot set `final_capture` to `false`: multicapture is not"
                " available for this PaymentIntent.",
                param="final_capture",
            )
        if amount == 0 and not charge["amount_captured"]:
            raise ParameterError(
                "Invalid amount: there is nothing captured yet; cancel the"
                " PaymentIntent instead.",
                param="amount_to_capture",
            )

    def cancel(self, intent_id: str, params: Document, cause: Cause) -> Document:
        with self.book.store.write():
            intent = self.book.need("payment_intent", intent_id, "intent")
            if self._session_of(intent)["status"] == "open":
                raise ApiError(
                    "You cannot cancel this PaymentIntent because it belongs to a"
                    " Checkout Session that is open. Expire the Checkout Session"
                    " instead.",
                    code="payment_intent_unexpected_state",
                )
            if intent["status"] in ("succeeded", "canceled"):
                raise unexpected(
                    intent,
                    "canceled",
                    "requires_payment_method, requires_capture, requires_confirmation,"
                    " requires_action, processing",
                )
            self.release(intent, params.get("cancellation_reason"), cause)
        return intent

    def release(self, intent: Document, reason: str | None, cause: Cause) -> None:
        held = intent["status"] == "requires_capture"
        if held and intent["amount_received"]:
            # Some of it was taken, and that stays; the rest goes back.
            self.capture(
                intent["id"], {"amount_to_capture": 0, "final_capture": True}, cause
            )
            return
        intent |= {
            "status": "canceled",
            "canceled_at": self.book.clock.now(),
            "cancellation_reason": reason,
            "amount_capturable": 0,
            "next_action": None,
        }
        self.book.store.save(intent)
        if held:
            charge = self.book.need("charge", intent["latest_charge"])
            self._refund(charge, charge["amount"], {}, cause, quiet=True)
            self.book.store.save(charge)
            late = reason == "automatic"
            self.book.emit(
                "charge.expired" if late else "charge.refunded", charge, cause
            )
        self.book.emit("payment_intent.canceled", intent, cause)

    def create_refund(self, params: Document, cause: Cause) -> Document:
        with self.book.store.write():
            charge = self._charge_to_refund(params)
            left = charge["amount"] - charge["amount_refunded"]
            if left <= 0:
                raise ApiError(
                    f"Charge {charge['id']} has already been refunded.",
                    code="charge_already_refunded",
                )
            amount: int = params.get("amount") or left
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
            charge = self.book.need("charge", params["charge"], "charge")
            if not charge["captured"]:
                raise ApiError(f"Charge {charge['id']} has not been captured.")
            return charge
        intent = self.book.need(
            "payment_intent", params["payment_intent"], "payment_intent"
        )
        if intent["status"] != "succeeded":
            raise ApiError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge"
                " to refund."
            )
        return self.book.need("charge", intent["latest_charge"])

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
        refund = charges.refund(charge, amount, params, self.book.clock.now())
        self.book.store.add("refund", refund, parent=charge["payment_intent"])
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.book.store.save(charge)
        if not quiet:
            self.book.emit("refund.created", refund, cause)
            self.book.emit("charge.refunded", charge, cause, before)
        return refund

    def _session_of(self, intent: Document) -> Document:
        return self.book.need("checkout.session", self.book.store.parent(intent["id"]))

    def rows(self) -> list[Document]:
        """Contract: one object a payment, in pence, oldest first."""
        listing = []
        for intent in self.book.store.all("payment_intent"):
            refunded = 0
            if intent["status"] == "succeeded":
                charge = self.book.need("charge", intent["latest_charge"])
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


def unexpected(intent: Document, done: str, allowed: str) -> ApiError:
    return ApiError(
        f"This PaymentIntent could not be {done} because it has a status of"
        f" {intent['status']}. Only a PaymentIntent with one of the following"
        f" statuses may be {done}: {allowed}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
