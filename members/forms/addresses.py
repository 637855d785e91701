"""What a member types for the address book: the checkout's fields, and a label."""

from django import forms

from jessops.lib.fields import POSTCODE, Line, Postcode

LINE1 = "Enter the first line of the address"
TOWN = "Enter the town or city"


class AddressForm(forms.Form):
    """One address of the book (P16)."""

    label = Line(
        "Name of this address",
        most=40,
        hint="Such as Home or Studio. Only you see it",
        width="m",
    )
    full_name = Line(
        "Full name",
        missing="Enter the full name",
        hint="As it should appear on the parcel",
        auto="name",
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
        "Address", missing=LINE1, hint="House or flat and street", auto="address-line1"
    )
    line2 = Line("Address, second line", auto="address-line2")
    town = Line("Town or city", missing=TOWN, most=60, auto="address-level2", width="m")
    county = Line("County", most=60, auto="address-level1", width="m")
    first = forms.BooleanField(required=False)
    from_list = forms.RegexField(r"^[0-9a-f]{16}\Z", required=False)
    # One form, one address, however often it is sent; and what was seen is changed.
    attempt = forms.UUIDField(required=False)
    seen = forms.RegexField(r"^[0-9T:.+-]{1,40}\Z", required=False)
