"""The only door for e-mail (house rule 13; promises P43, P45, P49, P57; R18, R19, R21).

A message is a row in the transaction of the fact it reports: rolled back with it, and
never lost after it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr

from django.conf import settings
from django.utils import timezone

from jessops.lib.hashing import email_hash
from jessops.lib.tasks import wake
from newsletter import leaving_links, tasks
from newsletter.addresses import BadRecipient, one_address
from newsletter.models import BLANK, Message, default_give_up
from newsletter.sender import oldest_due_seconds
from newsletter.wall import DROP, QUESTIONS, allowed, may_send, word_on
from privacy import policies

__all__ = [
    "BadHeader",
    "BadRecipient",
    "Letter",
    "forget",
    "known",
    "may_send",
    "oldest_due_seconds",
    "one_address",
    "queue",
    "queue_all",
    "retry",
]

_HEADERS = frozenset(
    {"reply-to", "list-unsubscribe", "list-unsubscribe-post", "auto-submitted"}
)
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
LONGEST_SUBJECT = 200


class BadHeader(ValueError):
    """A subject or header that could become another header, or is not ours to set."""


def queue(
    *,
    message_class: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    about: str = "",
    key: str,
    headers: Mapping[str, str] | None = None,
    outlives: bool = False,
) -> Message:
    """Put one message to one person in the outbox, in the caller's transaction.

    `key` names the fact that is reported, such as "order-placed:J26-4812-0751": the
    second call with it returns the row of the first and changes nothing. What the
    person does not want is kept as held, never sent. What `outlives` the person's key,
    as the last message to who is erased, has a key of its own and is found by nobody's
    hash. Raises BadRecipient, BadHeader, KeyStoreAway.
    """
    letter = Letter(to, subject, text, html, key, headers or {}, outlives)
    queue_all([letter], message_class=message_class, about=about)
    return Message.objects.get(key=key)


@dataclass(frozen=True)
class Letter:
    """One message to one person, as `queue` takes it."""

    to: str
    subject: str
    text: str
    html: str
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)
    outlives: bool = False


def queue_all(
    letters: Sequence[Letter], *, message_class: str, about: str = ""
) -> set[str]:
    """Put messages of one class and matter in the outbox, as `queue` does with one.

    Out: the keys of those that may go, as they stand in the outbox now. Raises what
    `queue` raises, and then none is there.
    """
    messages = [_message(letter, message_class, about) for letter in letters]
    may = set()
    if word_on(about) != DROP:
        may = allowed(message_class, {message.to for message in messages})
    now = timezone.now()
    for message in messages:
        if message.to not in may:
            message.state, message.settled_at = Message.State.HELD, now
    # The unique key decides between two callers at once; the loser reads the winner.
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    keys = [message.key for message in messages]
    stored = Message.objects.filter(key__in=keys).values_list("pk", "key", "state")
    ours = {message.pk for message in messages if message.to in may}
    if ours & {pk for pk, _, _ in stored}:
        wake(tasks.send_due)
    return {key for _, key, state in stored if state != Message.State.HELD}


def _message(letter: Letter, message_class: str, about: str) -> Message:
    address = one_address(letter.to)
    carried = {**_ways_out(message_class, address), **letter.headers}
    _check_headers(letter.subject, carried)
    message = Message(
        key=letter.key,
        message_class=message_class,
        about=about,
        policy_version=policies.current_version(),
        to=address,
        to_hash="" if letter.outlives else email_hash(address),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        headers=carried,
    )
    message.message_id = f"<outbox-{message.pk}@{_mail_host()}>"
    return message


def retry(message: Message) -> bool:
    """Give a failed message another chance, now; say whether it was one."""
    moved = Message.objects.filter(
        pk=message.pk, state=Message.State.FAILED, forgotten_at=None
    ).update(
        state=Message.State.QUEUED,
        settled_at=None,
        due_at=timezone.now(),
        give_up_at=default_give_up(),
        attempts=0,
    )
    if moved:
        wake(tasks.send_due)
    return bool(moved)


def forget(*, about: str) -> int:
    """Blank every message about one matter before its time; return how many (P24).

    One that was not sent yet is held back for good.
    """
    now = timezone.now()
    waiting = Message.objects.filter(about=about, state=Message.State.QUEUED)
    waiting.update(state=Message.State.HELD, settled_at=now)
    return Message.objects.filter(
        about=about, settled_at__isnull=False, forgotten_at=None
    ).update(**BLANK, forgotten_at=now)


def known(keys: Iterable[str]) -> set[str]:
    """Return which of some keys name a message that is in the outbox already."""
    return set(Message.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def _ways_out(message_class: str, address: str) -> dict[str, str]:
    """Return what every letter to a list carries, whoever queues it (P43)."""
    question = QUESTIONS.get(message_class)
    return leaving_links.headers(email_hash(address), question) if question else {}


def _check_headers(subject: str, headers: Mapping[str, str]) -> None:
    if _BREAKS.search(subject) or not subject.strip() or len(subject) > LONGEST_SUBJECT:
        raise BadHeader("subject")
    for name, value in headers.items():
        if name.lower() not in _HEADERS or _BREAKS.search(value) or len(value) > 998:
            raise BadHeader(name)


def _mail_host() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
