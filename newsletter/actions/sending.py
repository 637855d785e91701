"""Sending a campaign: schedule, pause, resume, cancel, and the feeder (P18, P42, P45).

The feeder moves a few people at a time into the outbox, each in one transaction with
the row that says so: one that is killed loses nothing and doubles nothing.
"""

import math
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from newsletter import audience, outbox, wall, writing
from newsletter.actions import announcements
from newsletter.models import Campaign, Message, Recipient, Sending, Subscription
from newsletter.models.campaigns import MOST_PER_MINUTE
from privacy import people, policies

State = Campaign.State
WINDOW = 500  # due in the outbox; more wait in the list
CHUNK = 20  # in one transaction, which nobody who pauses waits for long
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


def count_audience(*, campaign: Campaign) -> Sending:
    """Count who would get it now, and who not, by reason: what staff see before.

    Everybody is looked at, some hundred at a time; nobody is written down.
    """
    found = audience.count(campaign)
    row, _ = Sending.objects.get_or_create(campaign=campaign)
    row.audience, row.counted_at = dict(found), timezone.now()
    row.save(update_fields=["audience", "counted_at"])
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
    end = time.monotonic() + seconds
    queued = 0
    due = Campaign.objects.filter(
        state__in=[State.SCHEDULED, State.SENDING], starts_at__lte=timezone.now()
    )
    for row in due.order_by("starts_at", "pk"):
        if row.state == State.SCHEDULED and not _begin(row):
            continue
        while time.monotonic() < end and _list_some(row):
            pass
        allowed = _allowance(row)
        while allowed > 0 and time.monotonic() < end:
            moved, asked = _feed(row, min(CHUNK, allowed))
            queued += moved
            allowed -= max(moved, 0)
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
    """Return how many letters may be queued now: by the throttle and the window."""
    minute = timezone.now() - timedelta(minutes=1)
    lately = campaign.recipients.filter(
        state=Recipient.State.QUEUED, at__gt=minute
    ).count()
    waiting = Message.objects.due(timezone.now()).order_by()[:WINDOW].count()
    at_once = math.ceil(campaign.per_minute * TICK / 60)
    return min(at_once, campaign.per_minute - lately, WINDOW - waiting)


def _feed(campaign: Campaign, most: int) -> tuple[int, int]:
    """Move the next few people to the outbox; return how many, and of how many."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FEEDER])
        row = _again(campaign, State.SENDING)
        if row is None or not row.is_as_approved:
            return 0, 0
        waiting = row.recipients.filter(state=Recipient.State.WAITING)
        listed = list(waiting.order_by("subject")[:most])
        if not listed:
            return 0, 0
        done = audience.sort(row, _people({one.subject for one in listed}))
        emails = {person.subject: email for person, email in done.gets}
        names = Subscription.objects.names(emails)
        now, moved = timezone.now(), 0
        for one in listed:
            one.at, one.state = now, Recipient.State.LEFT_OUT
            if one.subject not in emails:
                one.reason = done.left_out.get(one.subject, audience.LEFT)
            elif _queue(row, one.subject, emails[one.subject], names):
                one.state = Recipient.State.QUEUED
                moved += 1
            else:
                one.reason = audience.HELD
        Recipient.objects.bulk_update(listed, ["at", "state", "reason"])
        return moved, len(listed)


def _people(subjects: set[str]) -> list[people.Person]:
    """Return the people behind some hashes, those who are still there."""
    last = max(subjects)
    before = f"{int(min(subjects), 16) - 1:064x}"
    found = []
    for person in people.everyone(before):
        if person.subject > last:
            break
        if person.subject in subjects:
            found.append(person)
    return found


def _queue(
    campaign: Campaign, subject: str, email: str, names: Mapping[str, str]
) -> bool:
    name = names.get(subject, "")
    letter = writing.render(campaign, name=name, subject_hash=subject)
    message = outbox.queue(
        message_class=campaign.message_class,
        to=email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        headers=letter.headers,
        about=campaign.about,
        key=f"{campaign.about}:{subject}",
    )
    return message.state != Message.State.HELD


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
        open_ = (Message.State.QUEUED, Message.State.SENDING)
        if Message.objects.filter(about=row.about, state__in=open_).exists():
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
