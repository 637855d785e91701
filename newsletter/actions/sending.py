"""Sending a campaign: schedule, pause, resume, cancel, and the feeder (P18, P42, P45).

The feeder moves a few people at a time into the outbox, each in one transaction with
the row that says so: one that is killed loses nothing and doubles nothing.
"""

import logging
import math
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from newsletter import audience, feeding, wall
from newsletter.actions import announcements
from newsletter.models import Campaign, Message, Recipient, Sending
from newsletter.models.campaigns import MOST_PER_MINUTE
from privacy import people, policies

log = logging.getLogger(__name__)

State = Campaign.State
WINDOW = 500  # in the outbox; more wait in the list
CHUNK = 100  # in one transaction, which nobody who pauses waits for long
TICK = 5  # seconds between two looks of the feeder
_FEEDER = 7_281_905  # number of the lock: two feeders at once would pass the caps
_TICK = 7_281_906  # and this one: two at once would pass the throttle


class SendingError(Exception):
    """It cannot be done as things stand; the text says why, to staff."""


def schedule(
    *, campaign: Campaign, at: datetime | None = None, per_minute: int | None = None
) -> Campaign:
    """Let an approved campaign go out from a moment on, now if none is given.

    In: letters a minute at most. Raises SendingError.
    """
    with transaction.atomic():
        row = _locked(campaign, State.APPROVED)
        if not row.is_as_approved:
            raise SendingError("These are not the words that were approved.")
        pace = row.per_minute if per_minute is None else per_minute
        if not 1 <= pace <= MOST_PER_MINUTE:
            raise SendingError(f"Between 1 and {MOST_PER_MINUTE} letters a minute.")
        row.starts_at, row.per_minute = at or timezone.now(), pace
        _check(row)
        row.state = State.SCHEDULED
        row.save(update_fields=["state", "starts_at", "per_minute"])
        Sending.objects.get_or_create(campaign=row)
    return row


@transaction.atomic
def pause(*, campaign: Campaign) -> Campaign:
    """Stop it for now: what is in the outbox waits there. Raises SendingError."""
    row = _locked(campaign, State.SCHEDULED, State.SENDING)
    row.state = State.PAUSED
    row.save(update_fields=["state"])
    return row


@transaction.atomic
def resume(*, campaign: Campaign) -> Campaign:
    """Let what was paused go on. Raises SendingError."""
    row = _locked(campaign, State.PAUSED)
    row.state = State.SENDING if row.began_at else State.SCHEDULED
    row.save(update_fields=["state"])
    # what was held looks again at once
    waiting = Message.objects.filter(about=row.about, state=Message.State.QUEUED)
    waiting.filter(attempts=0).update(due_at=timezone.now())
    return row


@transaction.atomic
def cancel(*, campaign: Campaign) -> Campaign:
    """End it for good: what has not left never does. Raises SendingError."""
    row = _locked(campaign, *Campaign.WRITABLE, *Campaign.UNDER_WAY)
    row.state, row.ended_at = State.CANCELLED, timezone.now()
    row.save(update_fields=["state", "ended_at"])
    return row


def hold(about: str) -> str:
    """Say of a letter's matter whether it may leave: asked as it is queued and goes."""
    name, _, number = about.partition(":")
    if name != "campaign" or not number.isdigit():
        return wall.GO
    row = Campaign.objects.filter(pk=number).first()
    if row is None or row.is_writable:
        return wall.GO  # not of this feeder, which moves nothing of it
    if row.state == State.CANCELLED or not row.is_as_approved:
        return wall.DROP
    waits = row.state in (State.SCHEDULED, State.PAUSED)
    return wall.WAIT if waits else wall.GO


wall.register_hold(hold)


def tick(*, seconds: float = 20) -> int:
    """Do what is due of every campaign; return how many letters were queued.

    None when another feeder is at it: it does what this one would.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_TICK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return _tick(seconds)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_TICK])


def _tick(seconds: float) -> int:
    due = Campaign.objects.filter(
        state__in=[State.SCHEDULED, State.SENDING], starts_at__lte=timezone.now()
    )
    rows = list(due.order_by("starts_at", "pk"))
    queued, wrong = 0, None
    for row in rows:
        try:
            queued += _work_on(row, seconds / len(rows))
        except Exception as error:
            # Not the fault of those after it; which one it was, is said here alone.
            log.exception("a campaign went wrong", extra={"reason": row.about})
            wrong = wrong or error
    if wrong:
        raise wrong
    return queued


def _work_on(row: Campaign, seconds: float) -> int:
    """Do what is due of one campaign; return how many letters were queued."""
    began = time.monotonic()
    if row.state == State.SCHEDULED and not _begin(row):
        return 0
    # A long list takes many looks; meanwhile those who are on it get their letters.
    while time.monotonic() < began + min(seconds, TICK) / 2 and _list_some(row):
        pass
    queued, may = 0, _allowance(row)
    while may > 0 and time.monotonic() < began + seconds:
        moved, asked = _feed(row, min(CHUNK, may))
        queued += moved
        may -= moved
        if not asked:
            break
    _finish(row)
    return queued


def _begin(campaign: Campaign) -> bool:
    """Begin what was scheduled; pause it if something stands against it by now."""
    with transaction.atomic():
        row = _again(campaign, State.SCHEDULED)
        if row is None:
            return False
        try:
            _check(row)
        except SendingError as error:
            row.state = State.PAUSED
            row.save(update_fields=["state"])
            _stopped(row, str(error))
            return False
        _stopped(row, "")
        row.state, row.began_at = State.SENDING, timezone.now()
        row.save(update_fields=["state", "began_at"])
        return True


def _stopped(campaign: Campaign, why: str) -> None:
    """Keep why it did not begin, for staff to read."""
    Sending.objects.filter(campaign=campaign).update(stopped=why[:300])


def _list_some(campaign: Campaign) -> bool:
    """List the next few hundred people; say whether there may be more.

    The rows, the counts and the place to go on are written together.
    """
    with transaction.atomic():
        if _again(campaign, State.SENDING) is None:
            return False
        sending = Sending.objects.select_for_update().get(campaign=campaign)
        if sending.listed_at:
            return False
        batch = next(audience.batches(people.everyone(sending.cursor)), [])
        if batch:
            done = audience.sort(campaign, batch)
            version = policies.current_version()
            Recipient.objects.bulk_create(
                Recipient(
                    campaign=campaign, subject=person.subject, policy_version=version
                )
                for person, _ in done.gets
            )
            left_out = Counter(sending.left_out) + Counter(done.left_out.values())
            sending.left_out = dict(left_out)
            sending.cursor = batch[-1].subject
        else:
            sending.listed_at = timezone.now()
        sending.save(update_fields=["left_out", "cursor", "listed_at"])
        return bool(batch)


def _allowance(campaign: Campaign) -> int:
    """Return how many letters may be queued now: by the throttle and the window.

    What a server puts off waits, too: it must not draw the whole list after it.
    """
    minute = timezone.now() - timedelta(minutes=1)
    lately = campaign.recipients.filter(
        state=Recipient.State.QUEUED, at__gt=minute
    ).count()
    due = Message.objects.due(timezone.now()).order_by()[:WINDOW].count()
    waiting = Message.objects.open().filter(about=campaign.about)[:WINDOW].count()
    at_once = math.ceil(campaign.per_minute * TICK / 60)
    return min(at_once, campaign.per_minute - lately, WINDOW - max(due, waiting))


def _feed(campaign: Campaign, most: int) -> tuple[int, int]:
    """Move the next few people to the outbox; return how many, and of how many."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FEEDER])
        row = _again(campaign, State.SENDING)
        if row is None or not row.is_as_approved:
            return 0, 0
        waiting = row.recipients.filter(state=Recipient.State.WAITING)
        in_order = waiting.order_by("subject").values_list("subject", flat=True)
        listed = list(in_order[:most])
        if not listed:
            return 0, 0
        done = audience.sort(row, people.named(listed))
        emails = {person.subject: email for person, email in done.gets}
        queued = feeding.queue(row, emails)
        ends: defaultdict[str, list[str]] = defaultdict(list)
        for subject in listed:
            if subject in queued:
                ends[""].append(subject)
            elif subject in emails:
                ends[audience.HELD].append(subject)
            else:
                ends[done.left_out.get(subject, audience.LEFT)].append(subject)
        for why, subjects in ends.items():
            row.recipients.filter(subject__in=subjects).update(
                at=timezone.now(),
                state=Recipient.State.LEFT_OUT if why else Recipient.State.QUEUED,
                reason=why,
            )
        return len(queued), len(listed)


def _finish(campaign: Campaign) -> None:
    """End it when everybody was listed and no letter of it waits any more."""
    with transaction.atomic():
        row = _again(campaign, State.SENDING)
        if row is None or not Sending.objects.filter(
            campaign=row, listed_at__isnull=False
        ):
            return
        if row.recipients.filter(state=Recipient.State.WAITING).exists():
            return
        if Message.objects.open().filter(about=row.about).exists():
            return
        row.state, row.ended_at = State.SENT, timezone.now()
        row.save(update_fields=["state", "ended_at"])


def _check(campaign: Campaign) -> None:
    try:
        announcements.check_start(campaign=campaign, at=campaign.starts_at)
    except announcements.Refused as error:
        raise SendingError(str(error)) from error


def _again(campaign: Campaign, state: str) -> Campaign | None:
    """Return the row for us alone if it is still in a state."""
    rows = Campaign.objects.select_for_update(of=("self",))
    return rows.filter(pk=campaign.pk, state=state).first()


def _locked(campaign: Campaign, *states: str) -> Campaign:
    try:
        row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    except OperationalError as error:
        raise SendingError(
            "It is being sent at this very moment. Press again."
        ) from error
    if row.state not in states:
        raise SendingError(f"It is {row.get_state_display().lower()} already.")
    return row
