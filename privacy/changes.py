"""Who is concerned by a change of the policy, and who of them may be asked (C5)."""

from collections.abc import Iterable, Iterator
from itertools import islice

from privacy import choices, guard, people
from privacy.models import ClauseChange
from privacy.people import Person

BATCH = people.BATCH
Reached = tuple[Person, str]  # a person and the address, as the guard gives it


def question(change: ClauseChange) -> str:
    """Return the name of a change's question in privacy.choices."""
    return choices.change(change.version, change.clause)


def concerns(change: ClauseChange, person: Person) -> bool:
    """Say whether a change is about data that we hold of a person already (P101)."""
    uses = guard.PURPOSES[change.purpose].uses
    return any(
        version < change.version and (not uses or purpose in uses)
        for purpose, version in person.given
    )


def affected(change: ClauseChange, after: str = "") -> Iterator[Person]:
    """Yield exactly those whom a change of data already held concerns and who can be
    asked, in the order of the hash; few are in memory at once.

    In: the hash after which to begin.
    """
    for batch in batched(people.everyone(after)):
        for person, _ in reachable(change, batch):
            yield person


def reachable(change: ClauseChange, batch: Iterable[Person]) -> list[Reached]:
    """Return who of some people a change concerns and may be asked (P103)."""
    return guard.reach("question", [one for one in batch if concerns(change, one)])


def wants_letters(batch: Iterable[Person]) -> list[tuple[Reached, str]]:
    """Return who of some people has opted to receive communications (P105), each with
    the class of mail that they said yes to."""
    some = list(batch)
    asked = {
        choices.NEWS: "news",  # what changes in the shop itself
        choices.NEWSLETTER: "newsletter",
        choices.MARKETING_EMAIL: "marketing",
    }
    said = choices.answers([one.subject for one in some], asked)
    found: dict[str, tuple[Reached, str]] = {}
    for question, purpose in asked.items():
        # not having refused when buying is no wish to receive anything
        wished = [one for one in some if said.get((one.subject, question)) == "yes"]
        for person, address in guard.reach(purpose, wished):
            found.setdefault(person.subject, ((person, address), purpose))
    return list(found.values())


def batched(everybody: Iterable[Person]) -> Iterator[list[Person]]:
    """Yield people in lists of BATCH."""
    stream = iter(everybody)
    while batch := list(islice(stream, BATCH)):
        yield batch
