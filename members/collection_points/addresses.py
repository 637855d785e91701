"""What the address book asks."""

from privacy.registry import asks, collects, entitle

FORM = "members.AddressForm"

entitle(FORM, "The address book")
for name in "label full_name postcode line1 line2 town county".split():
    collects(
        form=FORM,
        field=name,
        stored_in=f"members.Address.{name}",
        purpose="account",
        clause="members",
    )
for name, use in (
    ("first", "lets the checkout offer this address first"),
    ("from_list", "tells whether the address is as it was picked from the list"),
    ("attempt", "makes one address of a form that is sent twice"),
    ("seen", "shows whether the address is still as the page showed it"),
):
    asks(form=FORM, field=name, use=use)
