"""Who is concerned by a change of the policy, and who of them may be asked (C5)."""

from collections.abc import Iterable, Iterator

from privacy import choices, guard, people
from privacy.models import ClauseChange
from privacy.people import Person

BATCH = people.BATCH


def question(change: ClauseChange) -> str:
    """Return the name of a change's question in privacy.choices."""
    return choices.change(change.version, change.clause)


def concerns(change: ClauseChange, person: Person) -> bool:
    """Say whether a change is about data that we hold of a person already (P101)."""
    uses = guard.PURPOSES[change.purpose].uses
    earlier = any(version < change.version for version in person.versions)
    return earlier and (not uses or bool(uses & person.purposes))


def reachable(batch: Iterable[Person]) -> list[Person]:
    """Return who of some people may be written to about a new use (P103)."""
    some = list(batch)
    said = choices.answers((one.subject for one in some), (choices.EVERYTHING,))
    states = guard.PURPOSES["question"].states
    return [
        person
        for person in some
        if person.email
        and person.state in states
        and said.get((person.subject, choices.EVERYTHING)) != "no"
    ]


def affected(change: ClauseChange) -> Iterator[Person]:
    """Yield exactly those whom a change of data already held concerns and who can be
    asked, in the order of the hash; few are in memory at once."""
    for batch in batches(change):
        yield from batch


def batches(change: ClauseChange, after: str = "") -> Iterator[list[Person]]:
    """Yield them in batches; in: the hash after which to go on."""
    waiting: list[Person] = []
    for person in people.everyone():
        if person.subject > after and concerns(change, person):
            waiting.append(person)
        if len(waiting) == BATCH:
            yield reachable(waiting)
            waiting = []
    if waiting:
        yield reachable(waiting)


def wants_letters(batch: Iterable[Person]) -> list[Person]:
    """Return who of some people has opted to receive communications (P105)."""
    some = reachable(batch)
    asked = (choices.MARKETING_EMAIL, choices.NEWSLETTER)
    said = choices.answers((one.subject for one in some), asked)
    return [
        person
        for person in some
        if any(said.get((person.subject, one)) == "yes" for one in asked)
    ]
