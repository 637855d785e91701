"""Which personal columns each role sees: role x model x field as data (H7, R47, P88).

What is not named here is hidden from the role, new columns among it. The rights of
jessops.roles say which screens a role opens; this says what of a person is in them.
Administrators, who set the shop up, see what the screens show.
"""

from collections.abc import Iterable
from typing import Any

from privacy import masks

Columns = dict[str, tuple[str, ...]]

ADDRESS = ("line1", "line2", "town", "county", "postcode")
WORDS: Columns = {
    "members.Enquiry": ("about", "contact_by"),
    "members.EnquiryMessage": ("body",),
}
#: Who answers by the way that the person wished for sees that way (P50).
ENQUIRIES: Columns = {
    **WORDS,
    "members.Enquiry": (
        *WORDS["members.Enquiry"],
        *("full_name", "email", "telephone"),
    ),
}
LOOKS = ("role", "why", "ground", "fields", "about", "at", "staff")

#: Role -> model as "app.Model" -> its personal columns that the role's work needs.
SEES: dict[str, Columns] = {
    "Web Sales": {
        **ENQUIRIES,
        "shop.Order": (
            *("title", "full_name", "email", "telephone", "contact_by"),
            *("carrier_may_ring", "address_check", "review"),
            *ADDRESS,
            *(f"billing_{name}" for name in ADDRESS),
        ),
        "shop.Note": ("words",),
    },
    "Dispatch": {
        "shop.Order": ("title", "full_name", "telephone", "carrier_may_ring", *ADDRESS),
    },
    # Questions about the policy are answered through the shop: nobody there needs to
    # know whose they are. Who wishes to be rung is passed on to Customer Liaison.
    "Web Design": WORDS,
    "Customer Liaison": ENQUIRIES,
    "Clubs": ENQUIRIES,
    "Clubs Administrator": {
        "clubs.ContactDetail": ("value", "published", "agreed_on", "source"),
        "clubs.Submission": ("email", "details"),
    },
    "Newsletter": {
        "newsletter.Bounce": ("kind", "status", "source", "at"),
        "newsletter.Entry": (
            *("name", "email", "may_share", "place", "entered_on"),
            *ADDRESS,
        ),
        "newsletter.Subscription": ("asked_at", "confirmed_at"),
        "newsletter.Suppression": ("reason", "since", "note"),
    },
    "Privacy": {
        **ENQUIRIES,
        "members.DataRequest": ("full_name", "email", "words"),
        "privacy.Choice": ("answer", "at", "where"),
        "privacy.Erasure": ("asked_at", "door", "state", "due_at", "settled_at"),
        "privacy.LegalDisclosure": ("basis", "fields", "requested_at"),
        "privacy.Look": LOOKS,
        "privacy.Receipt": ("field_names", "recipient", "at"),
    },
    # Ledgers of what was done, by whom of us and when; of customers nothing.
    "Auditor": {
        "privacy.Choice": ("answer", "at", "where"),
        "privacy.Erasure": ("asked_at", "door", "state", "due_at", "settled_at"),
        "privacy.Look": LOOKS,
        "privacy.Receipt": ("field_names", "recipient", "at"),
    },
    # Of people only those who work here.
    "Owner": {
        "members.Member": ("email", "full_name", "joined_at", "last_login"),
        "privacy.LegalDisclosure": ("basis", "fields", "requested_at"),
    },
}


def seen_by(roles: Iterable[str]) -> frozenset[str]:
    """Return the columns, such as "shop.Order.email", that some roles see together."""
    return frozenset(
        f"{model}.{field}"
        for role in roles
        for model, fields in SEES.get(role, {}).items()
        for field in fields
    )


def seen(user: Any) -> frozenset[str]:
    """Return the personal columns that somebody signed in may see; asks once."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(masks.personal())
    return seen_by(user.groups.values_list("name", flat=True))
