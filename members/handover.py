"""Accounts as rows about people: for a sale of the business, or a demand of the law."""

from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry

from members import signing
from members.models import (
    Address,
    DataRequest,
    EmailChange,
    Enquiry,
    EnquiryMessage,
    FormerAddress,
    Member,
    Session,
    Tries,
)
from privacy.handover import People, Table, register


def _members(people: People) -> Iterator[tuple[str, Member]]:
    for member in Member.objects.filter(email_hash__in=people).order_by("pk"):
        yield member.email_hash, member


register(
    Table(
        Member,
        of=_members,
        about=lambda member: f"member:{member.pk}",
        # the accounts of staff are no customers
        moves=lambda member: member.is_active and not member.is_staff,
    )
)


def _changes(people: People) -> Iterator[tuple[str, EmailChange]]:
    changes = EmailChange.objects.filter(member__email_hash__in=people)
    for change in changes.select_related("member").order_by("pk"):
        yield change.member.email_hash, change


def _former(people: People) -> Iterator[tuple[str, FormerAddress]]:
    former = FormerAddress.objects.filter(member__email_hash__in=people)
    for one in former.select_related("member").order_by("pk"):
        yield one.member.email_hash, one


register(
    Table(
        EmailChange,
        of=_changes,
        about=lambda change: f"member:{change.member_id}",
        moves=None,
    )
)
register(
    Table(
        FormerAddress,
        of=_former,
        about=lambda former: f"member:{former.member_id}",
        moves=None,
    )
)


def _enquiries(people: People) -> Iterator[tuple[str, Enquiry]]:
    for enquiry in Enquiry.objects.filter(email_hash__in=people).order_by("pk"):
        yield enquiry.email_hash, enquiry


def _messages(people: People) -> Iterator[tuple[str, EnquiryMessage]]:
    found = EnquiryMessage.objects.filter(enquiry__email_hash__in=people)
    for message in found.select_related("enquiry").order_by("enquiry_id", "at", "pk"):
        yield message.enquiry.email_hash, message


def _requests(people: People) -> Iterator[tuple[str, DataRequest]]:
    for request in DataRequest.objects.filter(email_hash__in=people).order_by("pk"):
        yield request.email_hash, request


# What people ask us is between them and us: a new owner of the shop gets none of it.
register(
    Table(
        Enquiry,
        of=_enquiries,
        about=lambda enquiry: enquiry.matter,
        moves=None,
        follows=("email_hash", "email"),
    )
)
register(
    Table(
        EnquiryMessage,
        of=_messages,
        about=lambda message: message.enquiry.matter,
        moves=None,
    )
)
register(
    Table(
        DataRequest,
        of=_requests,
        about=lambda request: request.matter,
        moves=None,
        follows=("email_hash", "email"),
    )
)


def _by(model: type[Any], owner: str) -> Callable[[People], Iterator[tuple[str, Any]]]:
    """Return how the rows of a table are found whose column `owner` is the member."""

    def rows(people: People) -> Iterator[tuple[str, Any]]:
        found = model._default_manager.filter(**{f"{owner}__email_hash__in": people})
        for row in found.select_related(owner).order_by("pk"):
            yield getattr(row, owner).email_hash, row

    return rows


def _tries(people: People) -> Iterator[tuple[str, Tries]]:
    keys = {
        key: member.email_hash
        for member in Member.objects.filter(email_hash__in=people).order_by("pk")
        for key in signing.keys_of(member)
    }
    for row in Tries.objects.filter(key__in=keys).order_by("pk"):
        yield keys[row.key], row


register(
    Table(
        Address,
        of=_by(Address, "member"),
        about=lambda address: f"member:{address.member_id}",
        moves=lambda address: address.member.is_active and not address.member.is_staff,
    )
)

# How one signs in is between a person and us: none of it goes to a new owner.
register(
    Table(
        EmailAddress,
        of=_by(EmailAddress, "user"),
        about=lambda address: f"member:{address.user_id}",
        moves=None,
    )
)
register(
    Table(
        Authenticator,
        of=_by(Authenticator, "user"),
        about=lambda one: f"member:{one.user_id}",
        moves=None,
    )
)
register(
    Table(
        Session,
        of=_by(Session, "member"),
        about=lambda session: f"member:{session.member_id}",
        moves=None,
    )
)
register(
    Table(
        Tries,
        of=_tries,
        about=lambda tries: "sign-in",
        moves=None,
    )
)
register(
    # What an account of ours did in the desk: proof, and nothing of a customer.
    Table(
        LogEntry,
        of=_by(LogEntry, "user"),
        about=lambda entry: f"member:{entry.user_id}",
        moves=None,
    )
)
