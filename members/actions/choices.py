"""How a member wishes to be answered: by e-mail, or by telephone on which number (P50).

What a member may be written to about unasked goes through privacy.actions.choices.
"""

from collections.abc import Mapping

from django.db import transaction

from members.actions import correcting
from members.models import Member
from privacy import choices
from privacy.actions import choices as choosing
from privacy.actions.choices import Saved


class NoNumber(Exception):
    """Whoever wishes to be rung has to say where."""


def joined(*, member: Member, marked: Mapping[str, str]) -> Saved:
    """Write down what a member marked when joining, topic by topic (P19).

    A yes does not undo a no to everything that stands already: that is taken back on
    the page of choices, where it says so.
    """
    if choices.opted_out(member.email_hash):
        marked = {name: said for name, said in marked.items() if said == "no"}
    return choosing.save(
        subject=member.email_hash, shown=None, marked=marked, where="joining"
    )


def wish(*, member: Member, contact_by: str, telephone: str) -> Member:
    """Keep how a member wishes to be answered, and the number; return the member.

    Another number follows into orders that have not left. Raises NoNumber.
    """
    if contact_by == Member.ContactBy.TELEPHONE and not telephone:
        raise NoNumber
    with transaction.atomic():
        member = Member.objects.select_for_update().get(pk=member.pk)
        if telephone != member.telephone:
            member = correcting.change_details(
                member=member, full_name=member.full_name, telephone=telephone
            )
        if contact_by != member.contact_by:
            member.contact_by = contact_by
            member.save(update_fields=["contact_by"])
    return member
