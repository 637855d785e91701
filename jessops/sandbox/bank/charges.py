"""Stripe's objects of a card: payment method, charge, refund. See objects.py."""

from typing import Any

from jessops.sandbox.bank.cards import MESSAGES, OWN_CODE, Card
from jessops.sandbox.bank.objects import identity

Document = dict[str, Any]


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
    multicapture: bool = False,
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
        "multicapture": {"status": "available" if multicapture else "unavailable"},
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
