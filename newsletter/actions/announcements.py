"""What must be so before a service announcement is approved, and before it goes (P46).

The database has the last word on two of them: the second person
(campaign_service_second_person) and the number (newsletter_announcements_are_rare).
"""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from newsletter import announcements
from newsletter.models import AnnouncementOverride, Campaign

MAY_ALLOW = "newsletter.add_announcementoverride"
MAY_APPROVE = "newsletter.approve_campaign"


class Refused(Exception):
    """Base of what is refused here; the text says why, to staff."""


class NotFit(Refused):
    """It has no reason of the list, or says what it must not; `faults` has all."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


class NotSecond(Refused):
    """A second person must agree, who was here before it was written."""


class TooMany(Refused):
    """The quarter has as many as it may have."""


class Changed(Refused):
    """Its words are not those that were approved."""


def check_approval(*, campaign: Campaign, by: int) -> None:
    """Raise Refused unless this member may approve this announcement as it stands.

    A letter of a list passes: this is about announcements alone.
    """
    if not campaign.is_service:
        return
    _second(campaign, by, MAY_APPROVE)
    if found := announcements.faults(campaign):
        raise NotFit(found)


def check_start(*, campaign: Campaign, at: datetime | None = None) -> None:
    """Raise Refused unless an announcement may go out at a moment (now, if none).

    Asked when it is scheduled and again when it begins; the trigger counts once more
    under a lock.
    """
    if not campaign.is_service:
        return
    if not campaign.is_as_approved:
        raise Changed("it is not what was approved")
    if found := announcements.faults(campaign):
        raise NotFit(found)
    if is_one_too_many(campaign, at or timezone.now()):
        raise TooMany(
            f"a quarter has {announcements.A_QUARTER} announcements; one more takes"
            " a second person's reason, which is published"
        )


def is_one_too_many(campaign: Campaign, at: datetime) -> bool:
    """Say whether an announcement would be one more than its quarter allows."""
    others = announcements.beside(campaign, at)
    return others >= announcements.A_QUARTER and not announcements.is_allowed_more(
        campaign
    )


def allow_more(*, campaign: Campaign, why: str, by: int) -> AnnouncementOverride:
    """Let one more announcement go out, for a reason that is published.

    Written once and never changed. Raises Refused.
    """
    if not campaign.is_service or campaign.is_over:
        raise Refused("only an announcement that is still to go needs this")
    _second(campaign, by, MAY_ALLOW)
    if not why.strip():
        raise Refused("say why")
    try:
        with transaction.atomic():
            return AnnouncementOverride.objects.create(
                campaign=campaign.pk, why=why.strip(), by=by
            )
    except IntegrityError as error:
        raise Refused("it was allowed already") from error


def _second(campaign: Campaign, by: int, permission: str) -> None:
    """Raise NotSecond unless somebody is another person than who wrote it.

    An account that was made after it was written is not another person.
    """
    found = get_user_model().objects.filter(pk=by, is_staff=True).first()
    if found is None or not found.has_perm(permission):
        raise NotSecond("this is for staff who were given the right to it")
    if by == campaign.written_by:
        raise NotSecond("somebody else than who wrote it must agree")
    if found.joined_at >= campaign.created_at:
        raise NotSecond("that account was made after it was written")
