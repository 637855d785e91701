"""Shapes of what people type. Nothing is asked that no step needs (P12)."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from newsletter.addresses import BadRecipient, one_address
from shop.addresses import format_postcode
from shop.delivery import not_served
from shop.models import ContactBy
from shop.personal_data import TELEPHONE_LIFE

EMAIL = "Enter an email address with an @, like name@example.co.uk"
POSTCODE = "Enter a full UK postcode, like SL7 1EY"
CARD = "This looks like a card number. Card details are typed on the bank's page only"

# Letters that show nothing, though Unicode counts them as letters.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_DIGITS = re.compile(r"(?:\d[ -]?){13,19}")
_TELEPHONE = re.compile(r"\+?[0-9 ()./-]{7,30}\Z")


def looks_like_card(text: str) -> bool:
    """Say whether 13 to 19 digits in a row pass the Luhn check (P8, P87)."""
    for found in _DIGITS.findall(text):
        digits = [int(character) for character in found if character.isdigit()]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
        if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0:
            return True
    return False


class Line(forms.CharField):
    """One line of text: spaces put in order, nothing invisible, no card number.

    `missing` is what to say when it is empty (without it, it may be), `why` is what we
    want it for, `auto` the autocomplete token, `width` (xs, m, l) hints at the answer.
    """

    def __init__(
        self,
        label: str = "",
        *,
        missing: str = "",
        most: int = 100,
        hint: str = "",
        why: str = "",
        auto: str = "off",
        kind: str = "text",
        width: str = "l",
    ) -> None:
        super().__init__(
            max_length=most, required=bool(missing), label=label, help_text=hint
        )
        self.why, self.auto, self.kind, self.width = why, auto, kind, width
        self.error_messages["required"] = missing
        self.error_messages["max_length"] = f"Use at most {most} characters"

    def to_python(self, value: Any) -> str:
        text = " ".join(str(value or "").split())
        if any(unicodedata.category(c)[0] == "C" or c in _BLANK for c in text):
            raise ValidationError("Use letters, figures and punctuation only")
        return text

    def validate(self, value: str) -> None:
        super().validate(value)
        if looks_like_card(value):
            raise ValidationError(CARD)


class Postcode(Line):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        postcode = format_postcode(text)
        if not postcode:
            raise ValidationError(POSTCODE)
        return postcode


class CheckoutForm(forms.Form):
    """The order form: P11's fields, but for a fax number that nobody has any more."""

    title = Line("Title", most=20, auto="honorific-prefix", width="xs")
    full_name = Line(
        "Full name",
        missing="Enter your full name",
        hint="As it should appear on the parcel",
        auto="name",
    )
    email = Line(
        "Email address",
        missing=EMAIL,
        most=254,
        why="For your confirmation and news of this order."
        " Not for offers, unless you let us below.",
        auto="email",
        kind="email",
    )
    telephone = Line(
        "Telephone number",
        most=30,
        why="So that we can ring you about this order."
        f" Deleted {TELEPHONE_LIFE.days} days after delivery.",
        auto="tel",
        kind="tel",
        width="m",
    )
    postcode = Postcode(
        "Postcode",
        missing=POSTCODE,
        most=10,
        why="Looking up sends the postcode alone, without your name.",
        auto="postal-code",
        width="xs",
    )
    line1 = Line(
        "Address",
        missing="Enter the first line of the address",
        hint="House or flat and street",
        auto="address-line1",
    )
    line2 = Line("Address, second line", auto="address-line2")
    town = Line(
        "Town or city",
        missing="Enter the town or city",
        most=60,
        auto="address-level2",
        width="m",
    )
    county = Line("County", most=60, auto="address-level1", width="m")
    billing_same = forms.BooleanField(required=False)
    billing_postcode = Postcode(
        "Billing postcode", most=10, auto="billing postal-code", width="xs"
    )
    billing_line1 = Line("Billing address", auto="billing address-line1")
    billing_line2 = Line("Billing address, second line", auto="billing address-line2")
    billing_town = Line(
        "Billing town or city", most=60, auto="billing address-level2", width="m"
    )
    billing_county = Line(
        "Billing county", most=60, auto="billing address-level1", width="m"
    )
    delivery = Line(missing="Choose how fast it should come", most=12)
    no_marketing = forms.BooleanField(required=False)
    contact_by = forms.ChoiceField(choices=ContactBy.choices, required=False)
    attempt = forms.RegexField(r"^[A-Za-z0-9_-]{20,64}\Z", required=False)

    def clean_email(self) -> str:
        try:
            return str(one_address(self.cleaned_data["email"]))
        except BadRecipient as error:
            raise ValidationError(EMAIL) from error

    def clean_telephone(self) -> str:
        telephone = str(self.cleaned_data["telephone"])
        if telephone and not _TELEPHONE.match(telephone):
            raise ValidationError("Enter a telephone number, like 01628 123456")
        return telephone

    def clean_postcode(self) -> str:
        postcode = str(self.cleaned_data["postcode"])
        place = not_served(postcode)
        if place:
            raise ValidationError(f"We cannot deliver to {place} yet")
        return postcode

    def clean_contact_by(self) -> str:
        return self.cleaned_data["contact_by"] or ContactBy.EMAIL

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("contact_by") == ContactBy.TELEPHONE and not data.get("telephone"):
            self._missing("telephone", "Enter the number you want us to ring")
        if data.get("billing_same"):
            # Nobody sees those fields then: what stands in them does not count.
            for name in [name for name in self.errors if name.startswith("billing_")]:
                del self.errors[name]
        else:
            for name, message in (
                ("billing_postcode", POSTCODE),
                ("billing_line1", "Enter the first line of the billing address"),
                ("billing_town", "Enter the town of the billing address"),
            ):
                if not data.get(name):
                    self._missing(name, message)
        return data

    def _missing(self, name: str, message: str) -> None:
        if name not in self.errors:
            self.add_error(name, message)


class FindOrderForm(forms.Form):
    number = Line(
        "Order number",
        missing="Enter your order number, like J26-1234-5678",
        most=20,
        hint="It starts with J and is in your confirmation email",
        width="m",
    )
    email = Line(
        "Email address",
        missing=EMAIL,
        most=254,
        why="Compared with the order, to send you its link. Not kept.",
        auto="email",
        kind="email",
    )

    def clean_number(self) -> str:
        plain = re.sub(r"[\s-]", "", self.cleaned_data["number"]).upper()
        if not re.fullmatch(r"J?[0-9]{10}", plain, re.ASCII):
            raise ValidationError("Enter your order number, like J26-1234-5678")
        digits = plain[-10:]
        return f"J{digits[:2]}-{digits[2:6]}-{digits[6:]}"

    clean_email = CheckoutForm.clean_email
