"""Stripe's objects as JSON, every field as their OpenAPI description has it."""

import random
import string
from typing import Any

from .cards import MESSAGES, OWN_CODE, Card

Document = dict[str, Any]

# The newest version whose description we hold (tests/data/stripe_schema.json). The
# client pins a later one; none of the fields used here differ.
API_VERSION = "2026-08-26.dahlia"

_random = random.SystemRandom()
_letters = string.ascii_letters + string.digits


def identity(prefix: str, length: int = 24) -> str:
    return prefix + "".join(_random.choices(_letters, k=length))


def as_list(data: list[Any], url: str, *, has_more: bool = False) -> Document:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def line_item(params: Document, now: int) -> Document:
    price, quantity = params["price_data"], params["quantity"]
    total = price["unit_amount"] * quantity
    currency = price["currency"].lower()
    return {
        "id": identity("li_"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": price["product_data"]["name"],
        "metadata": params.get("metadata", {}),
        "price": {
            "id": identity("price_"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": now,
            "currency": currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": identity("prod_", 14),
            "recurring": None,
            "tax_behavior": price.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": quantity,
    }


def session(params: Document, *, total: int, currency: str, now: int) -> Document:
    options: Document = {"card": {"request_three_d_secure": "automatic"}}
    options["card"].update(params.get("payment_method_options", {}).get("card", {}))
    texts = params.get("custom_text", {})
    return {
        "id": identity("cs_test_", 58),
        "object": "checkout.session",
        "adaptive_pricing": {
            "enabled": params.get("adaptive_pricing", {}).get("enabled", False)
        },
        "after_expiration": None,
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {
            "enabled": params.get("automatic_tax", {}).get("enabled", False),
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            name: texts.get(name)
            for name in (
                "after_submit",
                "shipping_address",
                "submit",
                "terms_of_service_acceptance",
            )
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "expires_at": params.get("expires_at", now + 24 * 3600),
        "invoice": None,
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
            },
        },
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": options,
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {
            "enabled": params.get("phone_number_collection", {}).get("enabled", False)
        },
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": None,
        "wallet_options": None,
    }


def address(given: Document) -> Document:
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: given.get(name) for name in names}


def shipping(given: Document | None) -> Document | None:
    if given is None:
        return None
    return {
        "address": address(given["address"]),
        "carrier": given.get("carrier"),
        "name": given["name"],
        "phone": given.get("phone"),
        "tracking_number": given.get("tracking_number"),
    }


def payment_intent(session: Document, data: Document, now: int) -> Document:
    """The PaymentIntent of a session, made of its `payment_intent_data`."""
    card_options = session["payment_method_options"]["card"]
    identifier = identity("pi_3")
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": data.get("capture_method", "automatic_async"),
        "client_secret": identity(f"{identifier}_secret_"),
        "confirmation_method": "automatic",
        "created": now,
        "currency": session["currency"],
        "customer": None,
        "customer_account": None,
        "description": data.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": card_options["request_three_d_secure"],
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": data.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": shipping(data.get("shipping")),
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": data.get("transfer_group"),
    }


def billing_details(payer: Document) -> Document:
    """`payer` holds name, line1, postcode: what the payment page asked for."""
    return {
        "address": {
            "city": None,
            "country": "GB",
            "line1": payer["line1"],
            "line2": None,
            "postal_code": payer["postcode"],
            "state": None,
        },
        "email": payer.get("email"),
        "name": payer["name"],
        "phone": None,
    }


def checks(card: Card) -> Document:
    return {
        "address_line1_check": card.line1,
        "address_postal_code_check": card.postcode,
        "cvc_check": card.cvc,
    }


def payment_method(card: Card, payer: Document, now: int) -> Document:
    return {
        "id": identity("pm_1"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(payer),
        "card": {
            "brand": card.brand,
            "checks": checks(card),
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": payer["exp_month"],
            "exp_year": payer["exp_year"],
            "fingerprint": card.fingerprint,
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def three_d_secure(result: str) -> Document:
    passed = result == "authenticated"
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05" if passed else "07",
        "exemption_indicator": None,
        "result": result,
        "result_reason": None if passed else "rejected",
        "transaction_id": identity("", 36),
        "version": "2.2.0",
    }


def decline_outcome(card: Card) -> Document:
    blocked = card.decline == "fraudulent"
    return {
        "advice_code": None if blocked else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None if blocked else "01",
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": "highest_risk_level" if blocked else card.decline,
        "risk_level": "highest" if blocked else "normal",
        "risk_score": 95 if blocked else 20,
        "seller_message": "The bank did not return any further details with this"
        " decline.",
        "type": "blocked" if blocked else "issuer_declined",
    }


def authorised_outcome() -> Document:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }


def decline_codes(card: Card) -> tuple[str, str]:
    """(code, message) of the card's decline."""
    code = card.decline if card.decline in OWN_CODE else "card_declined"
    return code, MESSAGES[card.decline]


def charge(
    intent: Document,
    method: Document,
    card: Card,
    *,
    now: int,
    secured: Document | None,
    capture_before: int | None,
) -> Document:
    """A charge that the card pays or declines; `capture_before` of an unpaid hold."""
    failed = bool(card.decline)
    paid_at_once = not failed and capture_before is None
    code, message = decline_codes(card) if failed else (None, None)
    details: Document = {
        "amount_authorized": None if failed else intent["amount"],
        "authorization_code": None if failed else identity("", 6).upper(),
        "brand": card.brand,
        "checks": checks(card),
        "country": card.country,
        "exp_month": method["card"]["exp_month"],
        "exp_year": method["card"]["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": identity("", 15).lower(),
        "overcapture": {
            "maximum_amount_capturable": intent["amount"],
            "status": "unavailable",
        },
        "regulated_status": "unregulated",
        "three_d_secure": secured,
        "wallet": None,
    }
    if capture_before is not None and not failed:
        details["capture_before"] = capture_before
    return {
        "id": identity("ch_3"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid_at_once else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "JESSOPS",
        "captured": paid_at_once,
        "created": now,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": code,
        "failure_message": message,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": decline_outcome(card) if failed else authorised_outcome(),
        "paid": not failed,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": details, "type": "card"},
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed" if failed else "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def refund(charge: Document, amount: int, params: Document, now: int) -> Document:
    released = not charge["captured"]
    return {
        "id": identity("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "destination_details": {
            "card": {"type": "reversal"}
            if released
            else {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def event(
    kind: str,
    subject: Document,
    *,
    now: int,
    request: tuple[str | None, str | None],
    previous: Document | None,
) -> Document:
    """`request` is the API request that caused it and its idempotency key."""
    data: Document = {"object": subject}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": identity("evt_1"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": request[0], "idempotency_key": request[1]},
        "type": kind,
    }
