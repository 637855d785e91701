"""Accounts as rows about people: for a sale of the business, or a demand of the law."""

from collections.abc import Iterator

from members.models import Member
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
