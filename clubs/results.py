"""What the list's page shows: numbered clubs, how far, when next, and the plot."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from clubs import geo
from clubs.listing import PER_PAGE, REACHES, Query, Where
from clubs.meetings import DAYS, Rule, hour
from clubs.models import Club
from clubs.plot import Spot, plot
from clubs.search import Found
from jessops.lib.clock import in_london, long_date


@dataclass(frozen=True)
class Row:
    """One club of the list, in words."""

    number: int
    name: str
    url: str
    where: str
    meets: str
    next: str
    costs: str
    tags: list[str]
    miles: str  # "0.9"; blank where nothing was measured
    at: int  # where its mark stands on the gauge, in tenths


def row(club: Club, number: int, *, now: datetime, gauge: float) -> Row:
    miles: float | None = getattr(club, "miles", None)
    town = "" if club.place in club.venue else f", {club.place}"
    return Row(
        number=number,
        name=club.name,
        url=club.get_absolute_url(),
        where=f"{club.venue}{town}",
        meets=Rule.of(club).words,
        next=next_meeting(club, now),
        costs=club.costs,
        tags=tags(club),
        miles="" if miles is None else distance(miles),
        at=min(10, round(10 * (miles or 0) / gauge)) * 10 if gauge else 0,
    )


def distance(miles: float) -> str:
    """Say it: "0.9", "11.3", "120"."""
    return f"{miles:.1f}" if miles < 99.95 else f"{miles:,.0f}"


def tags(club: Club) -> list[str]:
    said = [
        ("Visitors welcome", club.visitors_welcome),
        ("Beginners welcome", club.beginners_welcome),
        ("Step-free", club.step_free),
    ]
    return [words for words, so in said if so] + list(club.tags)


def next_meeting(club: Club, now: datetime) -> str:
    """Say when it meets next: "Tuesday 24 November, 7.45 pm"; blank if within a year
    it does not."""
    found = Rule.of(club).next(now)
    if found is None:
        return ""
    day = in_london(found).date()
    year = f" {day.year}" if day.year != in_london(now).year else ""
    return f"{long_date(day)}{year}, {hour(found.timetz())}"


def drawn(found: Found, rows: list[Row], where: Where, query: Query) -> SafeString:
    """Return the plot of the clubs on this page, or nothing where none is measured."""
    if not where.position or not rows:
        return SafeString("")
    spots = [
        Spot(
            number=shown.number,
            name=shown.name,
            miles=club.miles,  # type: ignore[attr-defined]
            bearing=geo.bearing(where.position, club.position),
        )
        for shown, club in zip(rows, found.clubs, strict=True)
    ]
    return plot(spots, reach=0 if found.beyond else query.reach or 0)


def context(
    query: Query, where: Where, found: Found, *, now: datetime, postcode: str = ""
) -> dict[str, Any]:
    """Return what templates/clubs/list.html shows.

    In: a UTC moment, and for a POST the full postcode, which goes into the form's
    fields of this one answer and nowhere else.
    """
    first = (found.page - 1) * PER_PAGE + 1
    farthest = max((getattr(club, "miles", 0.0) for club in found.clubs), default=0.0)
    gauge = max(float(query.reach or 0), farthest)
    rows = [
        row(club, number, now=now, gauge=gauge)
        for number, club in enumerate(found.clubs, start=first)
    ]
    shown = query.at(found.page)
    before = shown.page - 1
    after = shown.page + 1 if shown.page < found.pages else 0
    wider = next((n for n in REACHES if n > (query.reach or 999)), None)
    kept = [pair for pair in shown.pairs() if pair[0] not in ("near", "page")]
    return {
        "query": shown,
        "where": where,
        "found": found,
        "rows": rows,
        "total": f"{found.total:,}",
        "plot": drawn(found, rows, where, query),
        "title": title(query, where),
        "heading": heading(query, where, found),
        "typed": postcode or query.near,
        "postcode": postcode,
        "reaches": [
            *((str(n), f"{n} miles", n == query.reach) for n in REACHES),
            ("any", "Any distance", query.reach is None),
        ],
        "nights": [(str(n), day, n == query.night) for n, day in enumerate(DAYS)],
        "wider": wider,
        "wider_url": replace(shown, reach=wider, page=1).url() if wider else "",
        "kept_wider": [pair for pair in kept if pair[0] != "within"],
        "kept": kept,
        "pages": _pages(shown, found.pages),
        "previous": before,
        "previous_url": shown.at(before).url() if before else "",
        "next": after,
        "next_url": shown.at(after).url() if after else "",
        "others": [(name, Query(near=name).url()) for name in where.others],
    }


def _pages(query: Query, last: int) -> list[tuple[int, str]]:
    """Return the first, the last and the pages round this one, with addresses."""
    here = query.page
    shown = sorted({1, last, *(n for n in range(here - 2, here + 3) if 1 <= n <= last)})
    return [(n, query.at(n).url()) for n in shown]


def title(query: Query, where: Where) -> str:
    if where.county:
        return f"Camera clubs in {where.county}"
    if where.position:
        return f"Camera clubs near {where.label}"
    return "Camera clubs" if query.q or where.unknown else "Find a camera club"


def heading(query: Query, where: Where, found: Found) -> str:
    """Say how many there are: "5 clubs within 15 miles"."""
    if found.beyond:
        return f"No club within {query.reach} miles: the nearest"
    count = f"{found.total:,} club{'' if found.total == 1 else 's'}"
    if not where.position:
        return f"{count} by name" if not query.q else count
    if query.reach is None:
        return f"{count}, nearest first"
    return f"{count} within {query.reach} miles"
