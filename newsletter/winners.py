"""The winners of a contest, as its page names them (CAP code, rule 8.28.5).

That a prize was really awarded is shown by the surname and county of who won it, unless
they object: before the draw in the entry, or at any time by their own link.
"""

from dataclasses import dataclass

from newsletter.districts import district
from newsletter.models import Contest, Entry


@dataclass(frozen=True)
class Named:
    """What the page of a contest says of those who won."""

    names: tuple[str, ...]  # in the order of the alphabet, never of the draw
    unnamed: int  # who won and is not named


def named(contest: Contest) -> Named | None:
    """Return who won; None before the award, no names once the entries are gone."""
    if contest.awarded_on is None:
        return None
    won = list(Entry.objects.winners().filter(contest=contest))
    names = sorted(_said(one) for one in won if not one.unnamed)
    return Named(tuple(names), contest.winners - len(names))


def _said(entry: Entry) -> str:
    """Return "Ashe, Berkshire"; without a county, the first half of the postcode."""
    surname = entry.name.split()[-1]
    return f"{surname}, {entry.county or district(entry.postcode)}"
