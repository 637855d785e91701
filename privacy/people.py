"""Whom the shop holds data about: one person an address, put together from all apps.

Each app that holds people registers a holder in its `people.py`. A person is known by
the keyed hash of the address; what several holders know of one is united, and the
strictest state wins.
"""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from jessops.lib.hashing import email_hash

GUEST, MEMBER, DEACTIVATED, ERASED = "guest", "member", "deactivated", "erased"
# The later in this list, the stricter.
STATES = (GUEST, MEMBER, DEACTIVATED, ERASED)
BATCH = 500


@dataclass(frozen=True)
class Person:
    """One person as the shop knows them."""

    subject: str  # keyed hash of the address
    email: str  # "" where only the hash is left
    state: str  # of STATES
    # what they gave data for (of privacy.guard), each under which policy version
    given: frozenset[tuple[str, int]]

    @property
    def versions(self) -> frozenset[int]:
        """The policy versions under which they gave data."""
        return frozenset(version for _, version in self.given)

    @property
    def purposes(self) -> frozenset[str]:
        """What they gave data for."""
        return frozenset(purpose for purpose, _ in self.given)


@dataclass(frozen=True)
class Holder:
    """One app's people.

    `after(subject, limit)` returns at most so many people whose hash is greater, in
    the order of the hash; `state(subject)` the state of one, or None. `states` and
    `named` answer for many hashes at once, whom they know; a holder without them is
    asked one by one.
    """

    name: str
    after: Callable[[str, int], list[Person]]
    state: Callable[[str], str | None]
    states: Callable[[Collection[str]], dict[str, str]] | None = None
    named: Callable[[Collection[str]], list[Person]] | None = None


_holders: dict[str, Holder] = {}


def register(holder: Holder) -> Holder:
    """Add a holder; its name must be new."""
    if holder.name in _holders:
        raise ValueError(f"holder {holder.name} is registered twice")
    _holders[holder.name] = holder
    return holder


def everyone(after: str = "") -> Iterator[Person]:
    """Yield every person once, in the order of the hash; few are in memory at once.

    In: the hash after which to begin.
    """
    streams = [_stream(holder, after) for holder in _holders.values()]
    yield from _merged(streams)


def named(subjects: Collection[str]) -> list[Person]:
    """Return the people behind some hashes, those who are known, in their order."""
    found = [_named(holder, subjects) for holder in _holders.values()]
    by_hash = attrgetter("subject")
    return list(_merged(sorted(some, key=by_hash) for some in found))


def state_of(email: str) -> str | None:
    """Return the state of the person behind an address; None when we know nobody."""
    return state_of_subject(email_hash(email))


def state_of_subject(subject: str) -> str | None:
    """Return the strictest state that any holder knows for a hash, or None."""
    return states_of([subject]).get(subject)


def states_of(subjects: Collection[str]) -> dict[str, str]:
    """Return the strictest state of each of some hashes that any holder knows."""
    found: dict[str, str] = {}
    for holder in _holders.values():
        for subject, state in _states(holder, subjects).items():
            known = found.get(subject, state)
            found[subject] = max(known, state, key=STATES.index)
    return found


def _states(holder: Holder, subjects: Collection[str]) -> dict[str, str]:
    if holder.states is not None:
        return holder.states(subjects)
    each = ((subject, holder.state(subject)) for subject in subjects)
    return {subject: state for subject, state in each if state is not None}


def _named(holder: Holder, subjects: Collection[str]) -> list[Person]:
    if holder.named is not None:
        return holder.named(subjects)
    # Whoever comes next after the hash before it is the one, or nobody is.
    before = {one: f"{max(int(one, 16) - 1, 0):064x}" for one in subjects}
    each = ((one, holder.after(before[one], 1)) for one in subjects)
    return [next_ for one, some in each for next_ in some if next_.subject == one]


def _merged(streams: Iterable[Iterable[Person]]) -> Iterator[Person]:
    merged = heapq.merge(*streams, key=attrgetter("subject"))
    for _, known in groupby(merged, key=attrgetter("subject")):
        yield _united(known)


def _stream(holder: Holder, last: str) -> Iterator[Person]:
    while batch := holder.after(last, BATCH):
        yield from batch
        last = batch[-1].subject


def _united(known: Iterable[Person]) -> Person:
    first, *others = known
    if not others:
        return first
    everything = [first, *others]
    strictest = max(everything, key=lambda one: STATES.index(one.state))
    email = strictest.email or next((one.email for one in everything if one.email), "")
    return Person(
        subject=first.subject,
        email="" if strictest.state == ERASED else email,
        state=strictest.state,
        given=frozenset().union(*(one.given for one in everything)),
    )
