"""Stripe's published test cards, and what each of them does.

A card's number is looked at once and forgotten: what is kept is its brand and its
last four digits. https://docs.stripe.com/testing lists the numbers.
"""

import hashlib
import re
from dataclasses import dataclass

MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "fraudulent": "Your card was declined.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts"
    " too frequently or exceeding its amount limit.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a"
    " little bit.",
    "test_mode_live_card": "Your card was declined. Your request was in test mode, but"
    " used a non test card. For a list of valid test cards, visit:"
    " https://stripe.com/docs/testing.",
    "authentication": "We are unable to authenticate your payment method. Please choose"
    " a different payment method and try again.",
}
# These decline reasons are their own error codes; all others are `card_declined`.
OWN_CODE = {"expired_card", "incorrect_cvc", "processing_error"}


@dataclass(frozen=True)
class Card:
    number: str
    brand: str
    says: str  # for people, on the payment page
    funding: str = "credit"
    country: str = "US"
    decline: str = ""
    authenticate: bool = False
    line1: str = "pass"
    postcode: str = "pass"
    cvc: str = "pass"

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def shown(self) -> str:
        """The number in its printed groups."""
        if self.brand == "amex":
            return f"{self.number[:4]} {self.number[4:10]} {self.number[10:]}"
        return " ".join(re.findall("....", self.number))

    @property
    def fingerprint(self) -> str:
        """Stands for the card across payments; made of brand and last four alone."""
        return hashlib.sha256(f"{self.brand}{self.last4}".encode()).hexdigest()[:16]


CARDS = (
    Card("4242424242424242", "visa", "Visa, pays"),
    Card("4000056655665556", "visa", "Visa debit, pays", funding="debit"),
    Card("4000008260000000", "visa", "Visa of a British bank, pays", country="GB"),
    Card("5555555555554444", "mastercard", "Mastercard, pays"),
    Card("2223003122003222", "mastercard", "Mastercard (2-series), pays"),
    Card("5200828282828210", "mastercard", "Mastercard debit, pays", funding="debit"),
    Card("378282246310005", "amex", "American Express, pays"),
    Card("371449635398431", "amex", "American Express, pays"),
    Card("4000002760003184", "visa", "asks for 3-D Secure", authenticate=True),
    Card("4000000000003220", "visa", "asks for 3-D Secure", authenticate=True),
    Card("4000002500003155", "visa", "asks for 3-D Secure", authenticate=True),
    Card("4000000000003055", "visa", "knows 3-D Secure, does not ask for it"),
    Card(
        "4000008400001629",
        "visa",
        "declined after 3-D Secure",
        authenticate=True,
        decline="generic_decline",
    ),
    Card(
        "4000008260003178",
        "visa",
        "too little money, after 3-D Secure",
        country="GB",
        authenticate=True,
        decline="insufficient_funds",
    ),
    Card("4000000000000002", "visa", "declined", decline="generic_decline"),
    Card("4000000000009995", "visa", "too little money", decline="insufficient_funds"),
    Card("4000000000009987", "visa", "lost card", decline="lost_card"),
    Card("4000000000009979", "visa", "stolen card", decline="stolen_card"),
    Card("4000000000000069", "visa", "expired card", decline="expired_card"),
    Card(
        "4000000000000127",
        "visa",
        "wrong security code",
        decline="incorrect_cvc",
        cvc="fail",
    ),
    Card("4000000000000119", "visa", "processing error", decline="processing_error"),
    Card(
        "4000000000006975",
        "visa",
        "used too often",
        decline="card_velocity_exceeded",
    ),
    Card("4100000000000019", "visa", "blocked as fraud", decline="fraudulent"),
    Card(
        "4000000000000036",
        "visa",
        "pays; the postcode check fails",
        postcode="fail",
    ),
    Card(
        "4000000000000028",
        "visa",
        "pays; the address line check fails",
        line1="fail",
    ),
    Card(
        "4000000000000010",
        "visa",
        "pays; address line and postcode checks fail",
        line1="fail",
        postcode="fail",
    ),
    Card(
        "4000000000000044",
        "visa",
        "pays; address checks unavailable",
        line1="unavailable",
        postcode="unavailable",
    ),
    Card("4000000000000101", "visa", "pays; security code check fails", cvc="fail"),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_LAST4 = {card.last4: card for card in CARDS}


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def find(number: str) -> Card:
    """The card of a well-formed number; one that is no test card is declined."""
    if card := BY_NUMBER.get(number):
        return card
    brand = {"3": "amex", "4": "visa", "5": "mastercard", "2": "mastercard"}.get(
        number[0], "unknown"
    )
    return Card(
        "x" * 12 + number[-4:],
        brand,
        "no test card",
        decline="test_mode_live_card",
    )
