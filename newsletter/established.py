"""Who has been with us for long enough, and who had enough letters (P18, P42).

Asked when a list is made, when a letter is queued, and once more as it leaves.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from jessops.lib.clock import LONDON, in_london
from newsletter.models import Campaign, Message, Recipient, Subscription
from privacy.models import Choice

# What privacy.topics promises: so many of a kind in a month of the calendar.
CAPS = {
    Campaign.Kind.MARKETING: 2,
    Campaign.Kind.LAUNCHES: 2,
    Campaign.Kind.NEWS: 2,
    Campaign.Kind.NEWSLETTER: 1,
}
# And no more than that in a fortnight: the last day of a month and the first of the
# next are not two months to who reads.
FORTNIGHT = timedelta(days=14)
LOOK_BACK = timedelta(days=90)  # as long as it is known who got what
# A letter that was queued this lately was asked about then.
ASKED_LATELY = timedelta(minutes=1)
TOO_NEW, ENOUGH = "not established", "cap"
# Of some hashes, those that the same people were known by before: old one -> new one.
Former = Callable[[Collection[str]], dict[str, str]]
_former: list[Former] = []


def register_former(source: Former) -> Former:
    """Add who knows by which other hashes people were known: they moved."""
    if source not in _former:
        _former.append(source)
    return source


def too_new(subjects: Collection[str], message_class: str, now: datetime) -> set[str]:
    """Return whom of some people we have not known for long enough.

    Everybody on a list has answered a question, and the first answer is never deleted
    while they are: it says since when we know them. An account whose address is
    not proved is gone within a week, long before this (clock "unverified-accounts").
    Whoever asked for the newsletter by its own form, and confirmed it from the
    mailbox, asked for that letter and nothing else: it comes at once.
    """
    limit = now - timedelta(days=settings.ESTABLISHED_DAYS)
    new = set(subjects) - _known(subjects, limit)
    if before := _before(new):
        new -= {before[old] for old in _known(before, limit)}
    if new and message_class == Campaign.Kind.NEWSLETTER:
        asked = Subscription.objects.confirmed().of_any(new)
        new -= set(asked.values_list("subject", flat=True))
    return new


def had_enough(
    subjects: Collection[str],
    message_class: str,
    now: datetime,
    *,
    but: Iterable[str] = (),
) -> set[str]:
    """Return who had as many letters of a kind as we promised; two statements.

    What left since the month began counts, and what is on its way, however long; what
    was cancelled or could not be delivered does not. `but` has the keys of messages
    that are not counted.
    """
    before = _before(subjects)
    over = Q(state=Message.State.SENT, settled_at__gte=since(now))
    on_its_way = Q(state__in=[Message.State.QUEUED, Message.State.SENDING])
    letter = Concat(
        Value("campaign:"),
        Cast("campaign_id", TextField()),
        Value(":"),
        "subject",
        output_field=TextField(),
    )
    had = (
        Recipient.objects.filter(
            subject__in=[*subjects, *before],
            at__gt=now - LOOK_BACK,
            state=Recipient.State.QUEUED,
            campaign__message_class=message_class,
        )
        .annotate(letter=letter)
        .exclude(letter__in=list(but))
        .filter(
            Exists(Message.objects.filter(over | on_its_way, key=OuterRef("letter")))
        )
        .order_by()
        .values("subject")
        .annotate(number=Count("pk"))
    )
    counted: Counter[str] = Counter()
    for row in had:
        counted[before.get(row["subject"], row["subject"])] += row["number"]
    cap = CAPS[Campaign.Kind(message_class)]
    return {subject for subject, number in counted.items() if number >= cap}


def _known(subjects: Collection[str], limit: datetime) -> set[str]:
    """Return who answered a question before a moment."""
    first = (
        Choice.objects.filter(subject__in=list(subjects))
        .order_by()
        .values("subject")
        .annotate(first=Min("at"))
        .filter(first__lte=limit)
    )
    return {row["subject"] for row in first}


def _before(subjects: Collection[str]) -> dict[str, str]:
    """Return by which other hashes some people were known: old one -> new one."""
    found: dict[str, str] = {}
    for source in _former:
        found |= source(subjects)
    return {old: new for old, new in found.items() if old not in subjects}


def since(now: datetime) -> datetime:
    """Return from when letters count: the month's first day in London, or longer."""
    month = datetime(in_london(now).year, in_london(now).month, 1, tzinfo=LONDON)
    return min(month, now - FORTNIGHT)


def why_not(message: Message) -> str:
    """Say why a letter of a campaign may not leave any more, or "".

    For what waited: paused over the end of a month, or failed and tried again by our
    staff after the next letter went.
    """
    return why_not_of([message]).get(message.key, "")


def why_not_of(messages: Sequence[Message]) -> dict[str, str]:
    """Return which of some letters may not leave any more, by their keys, and why.

    In: no two letters of one list to one person, as `apart` divides them: each would
    take the other for one that is on its way.
    """
    now = timezone.now()
    waited: dict[str, dict[str, str]] = defaultdict(dict)
    for message in messages:
        if not _was_asked_lately(message, now):
            waited[message.message_class][message.to_hash] = message.key
    found: dict[str, str] = {}
    for kind, keys in waited.items():
        new = too_new(keys, kind, now)
        full = had_enough(keys.keys() - new, kind, now, but=keys.values())
        found |= {keys[subject]: TOO_NEW for subject in new}
        found |= {keys[subject]: ENOUGH for subject in full}
    return found


def apart(messages: Iterable[Message]) -> list[list[Message]]:
    """Divide letters, so that no two of one list to one person stand together."""
    piles: list[list[Message]] = [[]]
    number: Counter[tuple[str, str]] = Counter()
    for message in messages:
        if _was_asked_lately(message, timezone.now()):
            piles[0].append(message)
            continue
        whose = (message.message_class, message.to_hash)
        if number[whose] == len(piles):
            piles.append([])
        piles[number[whose]].append(message)
        number[whose] += 1
    return piles


def _was_asked_lately(message: Message, now: datetime) -> bool:
    """Say whether a letter needs no asking: it is no campaign's, or was asked about."""
    if message.message_class not in CAPS or not message.about.startswith("campaign:"):
        return True
    return now - message.created_at < ASKED_LATELY
