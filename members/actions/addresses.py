"""The address book (P16): any number of addresses, one of them used first.

Every write takes the member's row first, so that two tabs come one after the other and
never leave two addresses, or none, to be used first.
"""

import uuid
from dataclasses import dataclass, fields

from django.db import transaction
from django.utils import timezone

from members.actions import correcting
from members.models import Address, Member
from privacy import policies


class AddressGone(Exception):
    """It is not in the member's book, or not any more."""


class ChangedMeanwhile(Exception):
    """It is not as the page showed it: changed in another tab."""

    def __init__(self, address: Address) -> None:
        super().__init__("changed meanwhile")
        self.address = address


@dataclass(frozen=True, kw_only=True)
class Details:
    """What an address says, checked for form."""

    full_name: str
    line1: str
    line2: str
    town: str
    county: str
    postcode: str
    label: str = ""


COLUMNS = tuple(field.name for field in fields(Details))
PLACE = ("line1", "line2", "town", "county", "postcode")


def add(
    *,
    member: Member,
    details: Details,
    first: bool = False,
    from_list: bool = False,
    attempt: uuid.UUID | None = None,
) -> Address:
    """Put an address into the book; the very first is the one used first.

    The same `attempt` is the same address again: it comes back as it is. Raises
    AddressGone where that name is taken by somebody else's.
    """
    with transaction.atomic():
        _take(member)
        there = Address.objects.filter(pk=attempt).first() if attempt else None
        if there:
            if there.member_id != member.pk:
                raise AddressGone
            return there
        none_yet = not member.addresses.filter(is_default=True).exists()
        first = first or none_yet
        if first:
            member.addresses.filter(is_default=True).update(is_default=False)
        return Address.objects.create(
            id=attempt or uuid.uuid4(),
            member=member,
            is_default=first,
            from_list=from_list,
            policy_version=policies.current_version(),
            **{name: getattr(details, name) for name in COLUMNS},
        )


def change(
    *,
    member: Member,
    address: Address,
    details: Details,
    first: bool = False,
    from_list: bool = False,
    seen: str = "",
) -> Address:
    """Write an address anew. Orders keep their copy once they have left.

    `seen` is version() of what the page showed. Raises AddressGone, ChangedMeanwhile.
    """
    with transaction.atomic():
        _take(member)
        address = _mine(member, address)
        same = all(getattr(address, name) == getattr(details, name) for name in COLUMNS)
        if seen and seen != version(address) and not same:
            raise ChangedMeanwhile(address)
        if not same:
            before = {name: getattr(address, name) for name in PLACE}
            after = {name: getattr(details, name) for name in PLACE}
            # Orders that go there and have not left go to the new one (P95).
            correcting.changed(member=member, before=before, after=after)
            for name in COLUMNS:
                setattr(address, name, getattr(details, name))
            address.from_list = from_list
            address.policy_version = policies.current_version()
            address.changed_at = timezone.now()
            address.save(
                update_fields=[*COLUMNS, "from_list", "policy_version", "changed_at"]
            )
        if first:
            _put_first(member, address)
    return address


def use_first(*, member: Member, address: Address) -> None:
    """Let the checkout offer this one first. Raises AddressGone."""
    with transaction.atomic():
        _take(member)
        _put_first(member, _mine(member, address))


def delete(*, member: Member, address: Address) -> None:
    """Take an address out; the oldest one left is used first then. Orders keep theirs.

    Raises AddressGone.
    """
    with transaction.atomic():
        _take(member)
        address = _mine(member, address)
        was_first = address.is_default
        address.delete()
        following = Address.objects.of(member).first() if was_first else None
        if following:
            _put_first(member, following)


def keep(*, member: Member, details: Details) -> Address:
    """Put an address of the order form into the book, unless it is there already."""
    same = [name for name in COLUMNS if name != "label"]
    with transaction.atomic():
        _take(member)
        for address in Address.objects.of(member):
            if all(getattr(address, name) == getattr(details, name) for name in same):
                return address
        return add(member=member, details=details)


def version(address: Address) -> str:
    """Return what tells whether an address is still as a page showed it."""
    return address.changed_at.isoformat()


def _take(member: Member) -> None:
    Member.objects.select_for_update().only("pk").get(pk=member.pk)


def _mine(member: Member, address: Address) -> Address:
    found = Address.objects.of(member).filter(pk=address.pk).first()
    if found is None:
        raise AddressGone
    return found


def _put_first(member: Member, address: Address) -> None:
    others = member.addresses.filter(is_default=True).exclude(pk=address.pk)
    others.update(is_default=False)
    member.addresses.filter(pk=address.pk).update(is_default=True)
