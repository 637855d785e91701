"""Sending what is due: one row at a time, with no transaction open while talking.

A sender that is killed costs at most one duplicate, under the same Message-ID (R18).
"""

import random
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from newsletter import established, smtp, wall
from newsletter.actions import bounces
from newsletter.models import Message, MessageQuerySet, default_give_up
from privacy.keys import KeyGone, KeyStoreAway


@dataclass(frozen=True)
class Pace:
    """How patient a sender is; all in seconds."""

    # longer than the slowest conversation: an early end would send a message twice
    lease: float = 120
    first_wait: float = 30
    longest_wait: float = 3600
    # a dead server is tried more often than one that puts a message off
    longest_wait_unreachable: float = 300
    # when what is paused asks again whether it may go
    paused_wait: float = 15


PACE = Pace()


def send_due(*, pace: Pace = PACE, at_most: int = 200, seconds: float = 30) -> int:
    """Send what is due, one message at a time, until nothing is; return how many left.

    Stops early after `at_most` messages, after `seconds`, or when there is no talking
    to the server.
    """
    sent = 0
    end = time.monotonic() + seconds
    with smtp.Line() as line:
        for _ in range(at_most):
            message = _claim(pace) if time.monotonic() < end else None
            if message is None:
                break
            try:
                message.open_all()
                if not _may_go(message, pace):
                    continue
                line.send(message)
            except KeyGone:
                # They were erased after it was queued: nobody can read it any more.
                _settle(message, Message.State.HELD, "erased")
            except KeyStoreAway:
                _postpone(message, "keys", pace, pace.longest_wait_unreachable)
                break
            except smtp.NoMailbox as error:
                bounces.refused(message)
                _settle(message, Message.State.FAILED, str(error))
            except smtp.Refused as error:
                _settle(message, Message.State.FAILED, str(error))
            except smtp.TryLater as error:
                _postpone(message, str(error), pace, pace.longest_wait)
            except smtp.Unreachable as error:
                _postpone(message, str(error), pace, pace.longest_wait_unreachable)
                break
            else:
                _settle(message, Message.State.SENT)
                sent += 1
    return sent


def anything_due() -> bool:
    return Message.objects.due(timezone.now()).exists()


def oldest_due_seconds() -> float:
    """Return how long the longest-waiting due message has waited; 0 when none is."""
    now = timezone.now()
    oldest = Message.objects.due(now).order_by().aggregate(oldest=Min("due_at"))
    return (now - oldest["oldest"]).total_seconds() if oldest["oldest"] else 0.0


def _claim(pace: Pace) -> Message | None:
    now = timezone.now()
    with transaction.atomic():
        message = Message.objects.due(now).select_for_update(skip_locked=True).first()
        if message is None:
            return None
        message.state = Message.State.SENDING
        message.attempts += 1
        message.locked_until = now + timedelta(seconds=pace.lease)
        message.save(update_fields=["state", "attempts", "locked_until"])
        return message


def _mine(message: Message) -> MessageQuerySet:
    # Another sender may have taken over a row whose lease ran out: its word counts.
    return Message.objects.filter(
        pk=message.pk, state=Message.State.SENDING, attempts=message.attempts
    )


def _settle(message: Message, state: str, error: str = "") -> None:
    _mine(message).update(
        state=state, last_error=error, locked_until=None, settled_at=timezone.now()
    )


def _may_go(message: Message, pace: Pace) -> bool:
    """Ask once more, at the last moment, and put aside what may not go (P45)."""
    word = wall.word_on(message.about)
    if word == wall.WAIT:
        _hold(message, pace)
    elif word == wall.DROP:
        _settle(message, Message.State.HELD, "cancelled")
    elif not wall.may_send(message.message_class, message.to):
        _settle(message, Message.State.HELD)
    elif why := established.why_not(message):
        _settle(message, Message.State.HELD, why)
    else:
        return True
    return False


def _hold(message: Message, pace: Pace) -> None:
    """Put back what is paused: no try is counted, and its days do not run."""
    _mine(message).update(
        state=Message.State.QUEUED,
        attempts=message.attempts - 1,
        locked_until=None,
        due_at=timezone.now() + timedelta(seconds=pace.paused_wait),
        give_up_at=default_give_up(),
    )


def _postpone(message: Message, error: str, pace: Pace, longest: float) -> None:
    now = timezone.now()
    if now > message.give_up_at:
        _settle(message, Message.State.FAILED, error)
        return
    doubled = pace.first_wait * 2 ** min(message.attempts - 1, 12)
    # half to all of the wait: a thousand messages must not come back in one moment
    wait = min(doubled, longest) * random.uniform(0.5, 1)  # noqa: S311
    _mine(message).update(
        state=Message.State.QUEUED,
        last_error=error,
        locked_until=None,
        due_at=now + timedelta(seconds=wait),
    )
