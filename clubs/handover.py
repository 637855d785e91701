"""Clubs' contacts as rows about people: for erasure, a copy, or a demand of the law.

None of them moves with a sale: they gave their details for the list of clubs alone.
"""

from collections.abc import Iterator

from clubs.models import ClubLinkRequest, ContactDetail, Submission
from jessops.lib.hashing import email_hash
from privacy.handover import People, Table, register


def clubs_of(people: People) -> dict[int, str]:
    """Return the clubs that some people speak for, each with the person's hash."""
    rows = ContactDetail.objects.filter(email_hash__in=people)
    return dict(rows.order_by("pk").values_list("club_id", "email_hash"))


def _details(people: People) -> Iterator[tuple[str, ContactDetail]]:
    speaks = clubs_of(people)
    for detail in ContactDetail.objects.filter(club__in=speaks).order_by("pk"):
        yield speaks[detail.club_id], detail


def _submissions(people: People) -> Iterator[tuple[str, Submission]]:
    """Yield what waits: settled ones hold nothing of anybody any more."""
    speaks = clubs_of(people)
    waiting = Submission.objects.filter(state=Submission.State.WAITING)
    for row in waiting.order_by("pk"):
        subject = email_hash(row.email) if row.email else speaks.get(row.club_id or 0)
        if subject in people:
            yield str(subject), row


def _links(people: People) -> Iterator[tuple[str, ClubLinkRequest]]:
    for row in ClubLinkRequest.objects.filter(email_hash__in=people).order_by("pk"):
        yield row.email_hash, row


register(
    Table(
        ContactDetail,
        of=_details,
        about=lambda detail: f"club:{detail.club_id}",
        moves=None,
        stays=lambda detail: False,
        follows=("email_hash", "value"),
    )
)
register(
    Table(
        Submission,
        of=_submissions,
        about=lambda row: f"club:{row.club_id}" if row.club_id else "clubs",
        moves=None,
        stays=lambda row: False,
    )
)
register(
    Table(
        ClubLinkRequest,
        of=_links,
        about=lambda row: f"club:{row.club_id}",
        moves=None,
        stays=lambda row: False,
    )
)
