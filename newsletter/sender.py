"""Sending what is due: some rows at a time, with no transaction open while talking.

A sender that is killed costs at most one duplicate, under the same Message-ID (R18).
What may go is asked of some letters together, and believed for a second (P45, R20).
"""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone

from newsletter import established, smtp, wall
from newsletter.actions import bounces
from newsletter.models import Message, MessageQuerySet, default_give_up
from privacy.keys import KeyGone, KeyStoreAway

BATCH = 20  # letters that are claimed and asked about together
GOOD_FOR = 1.0  # seconds for which the answers about them are believed


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
    """Send what is due until nothing is; return how many left.

    Stops early after `at_most` messages, after `seconds`, or when there is no talking
    to the server.
    """
    sent = taken = 0
    end = time.monotonic() + seconds
    with smtp.Line() as line:
        while taken < at_most and time.monotonic() < end:
            batch = _Batch(_claim(pace, min(BATCH, at_most - taken)), pace)
            taken += len(batch.left)
            if not batch.left:
                break
            try:
                goes_on = batch.send(line)
            finally:
                taken -= batch.give_back()
                sent += batch.sent
            if not goes_on:
                break
    return sent


def anything_due() -> bool:
    return Message.objects.due(timezone.now()).exists()


def oldest_due_seconds() -> float:
    """Return how long the longest-waiting due message has waited; 0 when none is."""
    now = timezone.now()
    oldest = Message.objects.due(now).order_by().aggregate(oldest=Min("due_at"))
    return (now - oldest["oldest"]).total_seconds() if oldest["oldest"] else 0.0


def _claim(pace: Pace, many: int = BATCH) -> list[Message]:
    now = timezone.now()
    until = now + timedelta(seconds=pace.lease)
    with transaction.atomic():
        due = Message.objects.due(now).select_for_update(skip_locked=True)
        messages = list(due[:many])
        for message in messages:
            message.state = Message.State.SENDING
            message.attempts += 1
            message.locked_until = until
        Message.objects.filter(pk__in=[one.pk for one in messages]).update(
            state=Message.State.SENDING,
            attempts=F("attempts") + 1,
            locked_until=until,
        )
    return messages


class _Batch:
    """Letters that are this sender's for now: each ends in one way, or goes back."""

    def __init__(self, messages: Iterable[Message], pace: Pace) -> None:
        self.left = {message.pk: message for message in messages}
        self.sent = 0
        self._pace = pace
        self._asked_at = 0.0
        self._wrong: list[Exception] = []

    def send(self, line: smtp.Line) -> bool:
        """Send what may go, for as long as the answers are good.

        Says whether there is talking to the server. Raises what went wrong with some
        of them, after the others left: those stay claimed, and are tried again later.
        """
        try:
            self._ask()
            if self.left and line.open():
                self._ask()  # whoever left while the server took its time
        except KeyStoreAway:
            return self._stop("keys")
        except smtp.Unreachable as error:
            return self._stop(str(error))
        talks = True
        for message in list(self.left.values()):
            talks = self._send(line, message)
            if not talks or time.monotonic() - self._asked_at > GOOD_FOR:
                break
        if self._wrong:
            raise self._wrong[0]
        return talks

    def give_back(self) -> int:
        """Put back what was not come to, as if it had not been taken."""
        back, self.left = list(self.left.values()), {}
        if back:
            _mine(*back).update(
                state=Message.State.QUEUED,
                attempts=F("attempts") - 1,
                locked_until=None,
            )
        return len(back)

    def _send(self, line: smtp.Line, message: Message) -> bool:
        pace = self._pace
        self._take([message])
        try:
            line.send(message)
        except smtp.NoMailbox as error:
            bounces.refused(message)
            _settle(message, Message.State.FAILED, str(error))
        except smtp.Refused as error:
            _settle(message, Message.State.FAILED, str(error))
        except smtp.TryLater as error:
            _postpone(message, str(error), pace, pace.longest_wait)
        except smtp.Unreachable as error:
            _postpone(message, str(error), pace, pace.longest_wait_unreachable)
            return False
        else:
            _settle(message, Message.State.SENT)
            self.sent += 1
        return True

    def _stop(self, why: str) -> bool:
        """Let one bear it that nothing goes just now; the others wait as they did."""
        first = next(iter(self.left.values()))
        self._take([first])
        _postpone(first, why, self._pace, self._pace.longest_wait_unreachable)
        return False

    def _ask(self) -> None:
        """Put aside what may not go as things stand now (P45)."""
        self._asked_at = time.monotonic()
        for about, some in self._by(lambda one: one.about):
            with self._apart(some):
                self._heed(some, wall.word_on(about))
        for message in list(self.left.values()):
            with self._apart([message]):
                self._open(message)
        for kind, some in self._by(lambda one: one.message_class):
            with self._apart(some):
                may = wall.allowed(kind, {one.to for one in some})
                self._end([one for one in some if one.to not in may])
        for pile in established.apart(self.left.values()):
            with self._apart(pile):
                why = established.why_not_of(pile)
                for message in pile:
                    if message.key in why:
                        self._end([message], why[message.key])

    def _heed(self, some: list[Message], word: str) -> None:
        if word == wall.DROP:
            self._end(some, "cancelled")
        elif word == wall.WAIT:
            self._take(some)
            _hold(some, self._pace)

    def _open(self, message: Message) -> None:
        try:
            message.open_all()
        except KeyGone:
            # They were erased after it was queued: nobody can read it any more.
            self._end([message], "erased")

    def _end(self, some: list[Message], error: str = "") -> None:
        self._take(some)
        _settle_all(some, Message.State.HELD, error)

    def _take(self, some: Iterable[Message]) -> None:
        for message in some:
            self.left.pop(message.pk, None)

    def _by(self, what: Callable[[Message], str]) -> list[tuple[str, list[Message]]]:
        found: defaultdict[str, list[Message]] = defaultdict(list)
        for message in self.left.values():
            found[what(message)].append(message)
        return list(found.items())

    @contextmanager
    def _apart(self, some: list[Message]) -> Iterator[None]:
        """Let what is wrong with some letters not stop the others."""
        try:
            yield
        except KeyStoreAway:
            raise
        except Exception as error:
            self._take(some)
            self._wrong.append(error)


def _mine(*messages: Message) -> MessageQuerySet:
    # Another sender may have taken over rows whose lease ran out: its word counts.
    return Message.objects.filter(
        pk__in=[message.pk for message in messages],
        state=Message.State.SENDING,
        locked_until=messages[0].locked_until,
    )


def _settle(message: Message, state: str, error: str = "") -> None:
    _settle_all([message], state, error)


def _settle_all(messages: list[Message], state: str, error: str = "") -> None:
    if messages:
        _mine(*messages).update(
            state=state, last_error=error, locked_until=None, settled_at=timezone.now()
        )


def _hold(messages: list[Message], pace: Pace) -> None:
    """Put back what is paused: no try is counted, and its days do not run."""
    _mine(*messages).update(
        state=Message.State.QUEUED,
        attempts=F("attempts") - 1,
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
