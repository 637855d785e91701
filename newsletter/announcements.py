"""Service announcements: why, how often, and to whom (P46, P47).

They go to members and to guests with an order under way, whatever they said about
offers, and never to who closed the account or was erased. So they are few: each has a
reason of this list, a second person's agreement, and words that sell nothing
(newsletter.linting). Apps that have customers without an account say who of them has
something under way.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Q, QuerySet

from jessops.lib.clock import LONDON, in_london
from newsletter import linting, wall
from newsletter.models import AnnouncementOverride, Campaign
from privacy import guard
from privacy.people import MEMBER, Person

PURPOSE = "service"  # of privacy.guard
A_QUARTER = 2  # more take an override; the trigger of migration 0007 has it, too
REASONS = {
    "maintenance": "The shop is shut for maintenance",
    "fault": "The shop, or part of it, does not work",
    "deliveries": "Deliveries are late or stopped",
    "payments": "Payments or refunds are late or stopped",
    "reach-us": "We cannot be reached in the usual way",
    "accounts": "Something must be done to keep accounts safe",
}
# What has left, or is going to.
_COUNTS = Q(state__in=[*Campaign.UNDER_WAY, Campaign.State.SENT]) | Q(
    state=Campaign.State.CANCELLED, began_at__isnull=False
)
# Of some hashes, those of people with something under way.
UnderWay = Callable[[Collection[str]], set[str]]
_under_way: list[UnderWay] = []


def register(source: UnderWay) -> UnderWay:
    """Add who knows which guests have something under way."""
    if source not in _under_way:
        _under_way.append(source)
    return source


def reach(batch: Iterable[Person]) -> list[tuple[Person, str]]:
    """Return whom of some people an announcement reaches, each with the address (P47).

    No answer about lists is asked for: members cannot opt out, but can leave.
    """
    some = list(batch)
    guests = [person.subject for person in some if person.state != MEMBER]
    waiting = {subject for source in _under_way for subject in source(guests)}
    return guard.reach(
        PURPOSE,
        [one for one in some if one.state == MEMBER or one.subject in waiting],
    )


def faults(campaign: Campaign) -> list[str]:
    """Return what stands against an announcement, in words; of a list's letter none."""
    if not campaign.is_service:
        return []
    found = [str(fault) for fault in linting.faults(campaign.subject, campaign.body)]
    if campaign.reason not in REASONS:
        found.insert(0, "It needs one of the reasons of the list.")
    return found


def hold(about: str) -> str:
    """Say of a letter's matter whether it may leave: not with other words than those
    that were approved, and not if they sell anything, whoever approved them (P48).

    Asked for every message, as it is queued and as it goes.
    """
    name, _, number = about.partition(":")
    if name != "campaign" or not number.isdigit():
        return wall.GO
    campaign = Campaign.objects.filter(
        pk=number, message_class=Campaign.Kind.SERVICE
    ).first()
    # what is still written goes to its writer alone, to be looked at
    if campaign is None or campaign.is_writable:
        return wall.GO
    if not campaign.is_as_approved or campaign.reason not in REASONS:
        return wall.DROP
    return wall.DROP if _sells(campaign.subject, campaign.body) else wall.GO


@lru_cache(maxsize=16)  # one announcement is asked about for each of its letters
def _sells(subject: str, body: str) -> bool:
    return bool(linting.faults(subject, body))


wall.register_hold(hold)


# --- how many -------------------------------------------------------------------------
def quarter(moment: datetime) -> tuple[datetime, datetime]:
    """Return when a moment's quarter begins and ends, by the clock in London."""
    day = in_london(moment)
    first = 3 * ((day.month - 1) // 3) + 1
    begin = datetime(day.year, first, 1, tzinfo=LONDON)
    year, month = (day.year + 1, 1) if first == 10 else (day.year, first + 3)
    return begin, datetime(year, month, 1, tzinfo=LONDON)


def sent() -> QuerySet[Campaign]:
    """Return the announcements that have left or are going to, newest first."""
    return Campaign.objects.filter(
        _COUNTS, message_class=Campaign.Kind.SERVICE, starts_at__isnull=False
    ).order_by("-starts_at", "-pk")


def beside(campaign: Campaign, moment: datetime) -> int:
    """Return how many others there are in the quarter of a moment."""
    begin, end = quarter(moment)
    others = sent().filter(starts_at__gte=begin, starts_at__lt=end)
    return others.exclude(pk=campaign.pk).count()


def is_allowed_more(campaign: Campaign) -> bool:
    """Say whether a second person gave a reason for one more than a quarter has."""
    rows = AnnouncementOverride.objects.filter(campaign=campaign.pk)
    return rows.exclude(by=campaign.written_by).exists()


# --- what is published ----------------------------------------------------------------
@dataclass(frozen=True)
class Announced:
    """One announcement, as the public page shows it."""

    day: date
    reason: str
    subject: str
    body: str
    sha256: str
    why_one_more: str


@dataclass(frozen=True)
class Year:
    """The announcements of one year, newest first."""

    year: int
    announced: tuple[Announced, ...]

    @property
    def total(self) -> int:
        return len(self.announced)

    @property
    def beyond(self) -> int:
        """How many of them were more than their quarter allows."""
        return sum(bool(one.why_one_more) for one in self.announced)


def years(first: int, now: datetime) -> list[Year]:
    """Return every year from `first` to now, newest first; two queries.

    What is only planned is not counted before it begins.
    """
    rows = list(sent().filter(began_at__isnull=False))
    why = dict(
        AnnouncementOverride.objects.filter(
            campaign__in=[row.pk for row in rows]
        ).values_list("campaign", "why")
    )
    by_year: dict[int, list[Announced]] = {}
    for row in rows:
        day = in_london(row.began_at or now).date()
        by_year.setdefault(day.year, []).append(
            Announced(
                day=day,
                reason=REASONS.get(row.reason, row.reason),
                subject=row.subject,
                body=row.body,
                sha256=row.approved_sha256,
                why_one_more=why.get(row.pk, ""),
            )
        )
    last = in_london(now).year
    return [
        Year(year, tuple(by_year.get(year, ())))
        for year in range(last, min([first, *by_year]) - 1, -1)
    ]
