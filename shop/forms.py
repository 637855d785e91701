"""Shapes of what people type. Nothing is asked that no step needs (P12)."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from jessops.lib.fields import POSTCODE, Line, Postcode, looks_like_card
from members.forms.enquiries import Words
from newsletter.addresses import BadRecipient, one_address
from shop.delivery import not_served
from shop.models import ContactBy
from shop.personal_data import TELEPHONE_LIFE

__all__ = ["EMAIL", "CheckoutForm", "FindOrderForm", "NoteForm", "looks_like_card"]

EMAIL = "Enter an email address with an @, like name@example.co.uk"

_TELEPHONE = re.compile(r"\+?[0-9 ()./-]{7,30}\Z")


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
    # A member's: which address of the book, and whether to keep the one typed (P16).
    saved = forms.RegexField(r"^(new|[0-9a-f-]{36})\Z", required=False)
    keep = forms.BooleanField(required=False)
    delivery = Line(missing="Choose how fast it should come", most=12)
    voucher = Line("Offer code", most=30, width="m")
    no_marketing = forms.BooleanField(required=False)
    carrier_may_ring = forms.BooleanField(required=False)
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
        if not data.get("telephone"):
            data["carrier_may_ring"] = False  # there is nothing to ring
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


class CorrectionForm(forms.Form):
    """Where an order goes, and whom to ring, before it has left (P95)."""

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
    postcode = Postcode(
        "Postcode",
        missing=POSTCODE,
        most=10,
        why="Checked against the address list, without your name.",
        auto="postal-code",
        width="xs",
    )
    telephone = Line("Telephone number", most=30, auto="tel", kind="tel", width="m")
    carrier_may_ring = forms.BooleanField(required=False)

    clean_postcode = CheckoutForm.clean_postcode
    clean_telephone = CheckoutForm.clean_telephone


class NoteForm(forms.Form):
    """What a buyer wants us to know before an order leaves."""

    words = Words(
        "Your note",
        missing="Write what we should know",
        hint="Never send a card number: we take out what looks like one.",
        most=2000,
    )


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
