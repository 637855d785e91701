"""Stripe's objects as JSON, every field as their OpenAPI description has it.

Those that know a card are in charges.py.
"""

import secrets
import string
from typing import Any

Document = dict[str, Any]

# The newest version whose description we hold (tests/data/stripe_schema.json). The
# client pins a later one; none of the fields used here differ.
API_VERSION = "2026-08-26.dahlia"

LETTERS = string.ascii_letters + string.digits


def identity(prefix: str, length: int = 24) -> str:
    drawn = secrets.token_bytes(length)
    return prefix + "".join(LETTERS[byte % len(LETTERS)] for byte in drawn)


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
