"""Counting whom a campaign would reach, some of everybody at a time (P18)."""

import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from django.utils import timezone

from newsletter import audience
from newsletter.models import Campaign, Sending
from privacy import people
from privacy.people import Person

# The first letters of a hash, by which everybody is divided in 256 parts: they say
# how far a count is, and of nobody in it who it is.
LETTERS = 2


@dataclass(frozen=True)
class Counted:
    """How far a count is: up to which part of everybody; "" when it is over."""

    upto: str
    found: Mapping[str, int] = field(default_factory=dict)


def count_audience(
    *, campaign: Campaign, begun: Counted | None = None, seconds: float = math.inf
) -> Counted:
    """Count who would get it now, and who not, by reason: what staff see before.

    Everybody is looked at, some hundred at a time; nobody is written down. In: what an
    earlier call came to, and for how long this one may go on; a count that is over is
    kept for the desk.
    """
    end = time.monotonic() + seconds
    found = Counter(begun.found if begun else {})
    after = begun.upto.ljust(64, "f") if begun else ""
    everyone = people.everyone(after)
    for batch in audience.batches(everyone):
        found.update(audience.count(campaign, batch))
        if time.monotonic() < end:
            continue
        part = batch[-1].subject[:LETTERS]
        found.update(audience.count(campaign, _of_part(part, everyone)))
        return Counted(part, dict(found))
    row, _ = Sending.objects.get_or_create(campaign=campaign)
    row.audience, row.counted_at = dict(found), timezone.now()
    row.save(update_fields=["audience", "counted_at"])
    return Counted("", dict(found))


def _of_part(part: str, everyone: Iterator[Person]) -> Iterator[Person]:
    return takewhile(lambda one: one.subject.startswith(part), everyone)
