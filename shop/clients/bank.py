"""The payment host, as far as the shop uses it. Passes exactly P58's fields."""

import time
from dataclasses import dataclass
from datetime import datetime
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
    refunded: int
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
    try:
        return _read(call())
    except stripe.InvalidRequestError as error:
        raise BankRefused(error.code or "refused") from error
    except stripe.StripeError as error:
        if error.http_status == 409:
            raise StillAtIt(error.code or "conflict") from error
        raise BankUnavailable(type(error).__name__) from error


def _read(found: Any) -> Session:
    data = found.to_dict()
    intent = data.get("payment_intent") or {}
    if isinstance(intent, str):
        intent = {"id": intent}
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}  # or its name alone
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    checks = card.get("checks") or {}
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
        refunded=charge.get("amount_refunded") or 0,
        problem=problem.get("decline_code") or problem.get("code") or "",
        checks=tuple(
            sorted(
                name
                for name in ("address_line1_check", "address_postal_code_check")
                if checks.get(name) == "fail"
            )
        ),
    )
