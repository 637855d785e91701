"""What is held in the address book."""

from members.models import Address
from privacy.registry import ADDRESS_LIST, OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import AsLongAs

LIFE = AsLongAs("it stands in your address book")

describe(Address, title="Your address book", people="members")
for field, label, sources in (
    ("label", "What you call the address", (YOU,)),
    ("full_name", "Name on the parcel", (YOU,)),
    ("line1", "Address", (YOU, ADDRESS_LIST)),
    ("line2", "Address, second line", (YOU, ADDRESS_LIST)),
    ("town", "Town", (YOU, ADDRESS_LIST)),
    ("county", "County", (YOU, ADDRESS_LIST)),
    ("postcode", "Postcode", (YOU, ADDRESS_LIST)),
):
    hold(
        Address,
        field,
        label=label,
        purpose="account",
        source=sources,
        under="policy_version",
        retention=LIFE,
        export=True,
        erase="delete",
    )
for field, label, source in (
    ("is_default", "Whether it is used first", YOU),
    ("from_list", "Whether it is the address list's", OUR_RECORD),
    ("created_at", "When you added it", OUR_RECORD),
    ("changed_at", "When you changed it", OUR_RECORD),
):
    hold(
        Address,
        field,
        label=label,
        purpose="account",
        source=source,
        under="policy_version",
        retention=LIFE,
        export=True,
        erase="delete",
        tied=True,
    )
not_personal(Address, "id", "member", "key_id", "policy_version")
