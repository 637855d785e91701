"""What staff do with enquiries: answer as the person wishes, and pass on (P50)."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members.actions.enquiries import Closed, note
from members.emails import enquiries as emails
from members.models import Channel, Enquiry, EnquiryEvent, EnquiryMessage, Team
from members.models.enquiries import LONGEST

# Why somebody is answered in another way than they wished.
REASONS = {
    "asked": "They asked for it in what they wrote",
    "unreachable": "The way they wished does not reach them",
    "urgent": "It cannot wait",
}
OTHER = "other-channel"
# How long the other way stays open to whoever gave the reason.
OTHER_MINUTES = timedelta(minutes=30)


class WrongChannel(Exception):
    """The person wished to be answered in another way, and no reason was given."""


def answer(*, enquiry: Enquiry, staff: int, words: str) -> EnquiryMessage:
    """Answer by e-mail; raises WrongChannel and Closed."""
    with transaction.atomic():
        message = _answered(enquiry, staff, words, Channel.EMAIL)
        emails.answer(enquiry, message)
    return message


def answer_by_telephone(*, enquiry: Enquiry, staff: int, words: str) -> EnquiryMessage:
    """Write down what was said on the telephone; raises WrongChannel and Closed."""
    with transaction.atomic():
        return _answered(enquiry, staff, words, Channel.TELEPHONE)


def use_other_channel(*, enquiry: Enquiry, staff: int, reason: str) -> None:
    """Open the other way to a member of staff, for a reason of REASONS (P50)."""
    if reason not in REASONS:
        raise ValueError(reason)
    note(enquiry, OTHER, by=_by(staff), detail=reason)


def channels(*, enquiry: Enquiry, staff: int) -> list[str]:
    """Return how this member of staff may answer now: as wished, or with a reason."""
    wished = enquiry.wish
    other = Channel.EMAIL if wished == Channel.TELEPHONE else Channel.TELEPHONE
    if other == Channel.TELEPHONE and not enquiry.has_telephone:
        return [wished]
    given = EnquiryEvent.objects.filter(
        reference=enquiry.reference,
        code=OTHER,
        by=_by(staff),
        at__gt=timezone.now() - OTHER_MINUTES,
    )
    return [wished, other] if given.exists() else [wished]


def pass_on(*, enquiry: Enquiry, team: str, staff: int) -> bool:
    """Give it to another team's queue; its day stays."""
    team = Team(team)
    with transaction.atomic():
        moved = (
            Enquiry.objects.filter(pk=enquiry.pk).exclude(team=team).update(team=team)
        )
        if moved:
            detail = f"from {enquiry.team} to {team.value}"
            note(enquiry, "passed-on", by=_by(staff), detail=detail)
    return bool(moved)


def _answered(enquiry: Enquiry, staff: int, words: str, channel: str) -> EnquiryMessage:
    locked = Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    if locked.is_closed:
        raise Closed(locked.reference)
    if channel not in channels(enquiry=locked, staff=staff):
        raise WrongChannel(channel)
    message = EnquiryMessage(
        name=secrets.token_hex(16),
        enquiry=locked,
        by=EnquiryMessage.By.STAFF,
        channel=channel,
        body=words[:LONGEST],
        staff=staff,
    )
    message.save()
    Enquiry.objects.filter(pk=locked.pk).update(
        state=Enquiry.State.ANSWERED, answered_at=timezone.now()
    )
    note(locked, "answered", by=_by(staff), detail=channel)
    return message


def _by(staff: int) -> str:
    return f"staff:{staff}"
