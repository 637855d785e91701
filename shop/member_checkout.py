"""What the checkout of a member adds to a guest's: the address book (P16, P17).

Of the book one address is read, the chosen one, and copied into the order's own fields;
from there on the order is like any other.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from members.actions import addresses
from members.address_list import FIELDS
from members.models import Address, Member
from members.who import visitor
from privacy import choices
from shop.forms import CheckoutForm

COPIED = ("full_name", *FIELDS)
NEW = "new"
GONE = "That address is not in your book any more. Choose another"


@dataclass
class Own:
    """The member who buys, or nobody; their book, and what they chose of it."""

    member: Member | None = None
    book: list[Address] = field(default_factory=list)
    wanted: bool = False  # an address of the book was asked for
    chosen: Address | None = None

    def initial(self) -> dict[str, Any]:
        """Return what the fresh form shows a member."""
        if self.member is None:
            return {}
        first = self.book[0] if self.book else None
        return {
            "email": self.member.email,
            "full_name": self.member.full_name,
            "saved": str(first.pk) if first else NEW,
            "no_marketing": self.said_no,
        }

    @cached_property
    def said_no(self) -> bool:
        """Say whether the box about marketing arrives ticked: as the member said."""
        if self.member is None:
            return False
        subject = self.member.email_hash
        answer = choices.current_of(subject, choices.MARKETING_EMAIL)
        return answer == "no" or choices.opted_out(subject)

    def fill(self, data: Any) -> None:
        """Copy the chosen address into what was posted."""
        name = data.get("saved", "")
        looking = "find" in data or "use" in data
        if self.member is None or name in ("", NEW) or looking:
            data["saved"] = NEW
            return
        self.wanted = True
        self.chosen = {str(one.pk): one for one in self.book}.get(name)
        if self.chosen:
            for column in COPIED:
                data[column] = getattr(self.chosen, column)

    def blame(self, form: CheckoutForm) -> None:
        """Say at the choice what is wrong with the chosen address."""
        if not self.wanted:
            return
        said = [text for name in COPIED for text in form.errors.pop(name, [])]
        if self.chosen is None:
            said = [GONE]
        for text in said:
            form.add_error("saved", text)

    def keep(self, data: dict[str, Any]) -> None:
        """Put the address that was typed into the book, if that box was ticked."""
        if self.member and data["keep"] and not self.chosen:
            details = addresses.Details(**{name: data[name] for name in COPIED})
            addresses.keep(member=self.member, details=details)


def of(request: HttpRequest) -> Own:
    """Return who buys. Of a guest nothing is asked and no cookie is looked at twice."""
    member = visitor(request)
    if member is None:
        return Own()
    return Own(member, list(Address.objects.of(member)))
