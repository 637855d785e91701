"""The payment host, as far as the shop uses it. Passes exactly P58's fields."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings

from privacy.gateway import stripe_client
from shop.models import Order, Payment

SIGNATURE_SECONDS = 300


class BankError(Exception):
    """Base of what can go wrong with the bank."""


class BankUnavailable(BankError):
    """The bank cannot be reached or is in trouble; trying again may help."""


class BankRefused(BankError):
    """The bank understood and said no to the call (not to a card)."""


class StillAtIt(BankError):
    """The same request, sent a moment ago, has not been answered yet (409)."""


@dataclass(frozen=True)
class Session:
    """A payment session as just retrieved. Amounts are pence."""

    id: str
    url: str
    status: str  # open, complete, expired
    reference: str
    amount: int
    currency: str
    live: bool
    intent: str
    intent_status: str
    intent_amount: int
    intent_currency: str
    received: int  # what was taken so far
    refunded: int  # of what was taken
    capture_before: datetime | None
    multicapture: bool
    problem: str  # why the last card was declined: a code
    checks: tuple[str, ...]  # which of the bank's address checks failed


def create_session(*, payment: Payment, order: Order) -> Session:
    """Open the hosted payment page for an order; safe to repeat (idempotency key)."""
    shipping: dict[str, Any] = {
        "name": order.full_name,
        "address": {
            "line1": order.billing_line1,
            "city": order.billing_town,
            "postal_code": order.billing_postcode,
            "country": "GB",
        },
    }
    if order.billing_line2:
        shipping["address"]["line2"] = order.billing_line2
    if order.billing_county:
        shipping["address"]["state"] = order.billing_county
    product = {"name": f"Jessops order {order.number}"}
    price = {
        "currency": payment.currency,
        "unit_amount": payment.amount_pence,
        "product_data": product,
    }
    params: Any = {
        "mode": "payment",
        "client_reference_id": payment.reference,
        "success_url": f"{settings.SITE_URL}/orders/paid/{payment.reference}/",
        "cancel_url": f"{settings.SITE_URL}/orders/back/{payment.reference}/",
        "expires_at": int(payment.expires_at.timestamp()),
        "payment_method_types": ["card"],
        # An order in two parcels is taken in two parts, where the card lets us.
        "payment_method_options": {"card": {"request_multicapture": "if_available"}},
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": {"capture_method": "manual", "shipping": shipping},
    }
    client = _client(order.about, "to take your payment")
    for patience in (0.1, 0.2, 0.4, 0.8, 0):
        try:
            return _call(
                lambda: client.v1.checkout.sessions.create(
                    params=params, options={"idempotency_key": payment.idempotency_key}
                )
            )
        except StillAtIt:
            time.sleep(patience)
    raise BankUnavailable("the same request is still being answered")


def retrieve_session(*, session: str, about: str) -> Session:
    """Ask the bank how a session stands."""
    client = _client(about, "to see how your payment stands")
    expand = ["payment_intent", "payment_intent.latest_charge"]
    return _call(
        lambda: client.v1.checkout.sessions.retrieve(session, params={"expand": expand})
    )


def expire_session(*, session: str, about: str) -> Session:
    """Close a payment page that nobody has paid; BankRefused when it is not open."""
    client = _client(about, "to close the payment page")
    return _call(lambda: client.v1.checkout.sessions.expire(session))


def cancel_intent(*, intent: str, about: str) -> None:
    """Give an authorisation back; an already cancelled one is no error."""
    client = _client(about, "to give your payment back")
    try:
        client.v1.payment_intents.cancel(
            intent,
            params={"cancellation_reason": "requested_by_customer"},
            options={"idempotency_key": f"cancel-{intent}"},
        )
    except stripe.InvalidRequestError as error:
        found = getattr(error.error, "payment_intent", None)
        if getattr(found, "status", "") != "canceled":
            raise BankRefused(error.code or "refused") from error
    except stripe.StripeError as error:
        raise BankUnavailable(type(error).__name__) from error


def capture(*, intent: str, pence: int, final: bool, key: str, about: str) -> None:
    """Take money that was authorised; the rest goes back to the card when `final`.

    Safe to repeat with the same key for a day; afterwards ask retrieve_session first.
    """
    client = _client(about, "to take what was sent of your payment")
    params: Any = {"amount_to_capture": pence, "final_capture": final}
    _act(
        lambda: client.v1.payment_intents.capture(
            intent, params=params, options={"idempotency_key": key}
        )
    )


@dataclass(frozen=True)
class GivenBack:
    """A refund as the bank has it."""

    id: str
    status: str  # pending, requires_action, succeeded, failed, canceled
    problem: str


def refund(*, intent: str, pence: int, name: str, key: str, about: str) -> GivenBack:
    """Give money back; safe to repeat with the same key for a day.

    `name` is by what find_refund finds it for ever.
    """
    client = _client(about, "to give your money back")
    params: Any = {
        "payment_intent": intent,
        "amount": pence,
        "metadata": {"refund": name},
    }
    found = _act(
        lambda: client.v1.refunds.create(
            params=params, options={"idempotency_key": key}
        )
    )
    return _given_back(found)


def find_refund(*, intent: str, name: str, about: str) -> GivenBack | None:
    """Return the refund of this name, if the bank has it: its answer may be lost."""
    client = _client(about, "to see how your refund stands")
    params: Any = {"payment_intent": intent, "limit": 100}
    listed = _act(lambda: client.v1.refunds.list(params=params))
    for found in listed.auto_paging_iter():
        if (found.to_dict().get("metadata") or {}).get("refund") == name:
            return _given_back(found)
    return None


def _given_back(found: Any) -> GivenBack:
    data = found.to_dict()
    return GivenBack(
        id=data["id"],
        status=data.get("status") or "",
        problem=data.get("failure_reason") or "",
    )


def _act(call: Any) -> Any:
    """Call the bank; raise BankUnavailable, or BankRefused with the bank's code."""
    try:
        return call()
    except stripe.InvalidRequestError as error:
        raise BankRefused(error.code or error.param or "refused") from error
    except stripe.StripeError as error:
        if error.http_status == 409:
            raise StillAtIt(error.code or "conflict") from error
        raise BankUnavailable(type(error).__name__) from error


def signature_is_good(body: str, header: str, now: datetime) -> bool:
    """Say whether a webhook was signed by the bank within five minutes of `now`.

    stripe-python takes signatures dated in the future; this does not (R10).
    """
    secrets = [settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_WEBHOOK_SECRET_OLD]
    for secret in filter(None, secrets):
        try:
            stripe.WebhookSignature.verify_header(
                body, header, secret, SIGNATURE_SECONDS
            )
        except stripe.SignatureVerificationError:
            continue
        signed_at = next(p[2:] for p in header.split(",") if p.startswith("t="))
        return int(signed_at) <= now.timestamp() + SIGNATURE_SECONDS
    return False


def _client(about: str, reason: str) -> stripe.StripeClient:
    # A customer waits for this and holds a thread: no retries, they press again (R15).
    return stripe_client(about=about, reason=reason, timeout=(1.5, 4.0), retries=0)


def _call(call: Any) -> Session:
    return _read(_act(call))


def _refunded(intent: dict[str, Any], charge: dict[str, Any]) -> int:
    """Return what was given back of what was taken.

    What was never taken goes back to the card as a refund, too, and is none of ours.
    """
    if intent.get("status") != "succeeded":
        return 0
    released = (charge.get("amount") or 0) - (charge.get("amount_captured") or 0)
    return max(0, (charge.get("amount_refunded") or 0) - released)


def _read(found: Any) -> Session:
    data = found.to_dict()
    intent = data.get("payment_intent") or {}
    if isinstance(intent, str):
        intent = {"id": intent}
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}  # or its name alone
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    checks = card.get("checks") or {}
    until = card.get("capture_before")
    problem = intent.get("last_payment_error") or {}
    return Session(
        id=data["id"],
        url=data.get("url") or "",
        status=data["status"],
        reference=data.get("client_reference_id") or "",
        amount=data.get("amount_total") or 0,
        currency=data.get("currency") or "",
        live=bool(data.get("livemode")),
        intent=intent.get("id") or "",
        intent_status=intent.get("status") or "",
        intent_amount=intent.get("amount") or 0,
        intent_currency=intent.get("currency") or "",
        received=intent.get("amount_received") or 0,
        refunded=_refunded(intent, charge),
        capture_before=datetime.fromtimestamp(until, UTC) if until else None,
        multicapture=(card.get("multicapture") or {}).get("status") == "available",
        problem=problem.get("decline_code") or problem.get("code") or "",
        checks=tuple(
            sorted(
                name
                for name in ("address_line1_check", "address_postal_code_check")
                if checks.get(name) == "fail"
            )
        ),
    )
