"""Invented clubs all over the United Kingdom and its islands, the same every time.

Towns and their outward codes are real (data/places.csv); everything else is made up.
No club, hall, person or address of these exists: telephone numbers are those that
Ofcom keeps for drama, sites and mail end in .example.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from math import cos, radians
from typing import Any

from django.utils.text import slugify

from clubs.geo import Position
from clubs.places import Place, all_places

HAND_MADE = 420  # clubs of the demonstration; towns that have one
NAMES = (
    *("{} Lantern Camera Club", "{} Silver Grain Society", "{} Halation Circle"),
    *("{} Aperture Group", "{} Golden Hour Photographers", "{} Contact Sheet Club"),
    *("{} Half-Stop Photo Club", "The {} Darkslide Society", "{} Safelight Club"),
    *("{} Bellows and Glass", "{} Parallax Photo Group", "{} Bracket and Blend"),
    *("{} Shutter Tuesdays", "{} Viewfinder Guild", "{} Hyperfocal Camera Club"),
    *("{} Quiet Shutter Club", "{} Emulsion Society", "{} Filter Ring"),
    *("{} Sunny Sixteen Club", "{} Long Exposure Society"),
)
HALLS = (
    *(
        "Lime Street Hall",
        "the Old Drill Hall",
        "the Reading Room",
        "St Swithun's Hall",
    ),
    *("the Corn Store", "Weavers' Hall", "the Mechanics' Institute", "Cedar Barn"),
    *("the Community Centre, Mill Lane", "the Scout Hut, Station Road"),
    *("Chapel House", "the Bowls Club", "the Library, upstairs", "Orchard Hall"),
    *("the Methodist Schoolroom", "the Working Men's Club", "the Old Fire Station"),
    *("the Village Hall", "the Sailing Club", "the Arts Centre, Studio 2"),
)
TAGS = (
    *("Prints and projected", "Film and darkroom", "Studio nights", "Under-18s"),
    *("Natural history", "Outings", "Monochrome", "Audio-visual", "Street"),
    *("Sign language on request", "Critique evenings", "Close-up"),
)
EVENINGS = (
    *("Members' prints, with comments", "Practical: one lamp and a reflector"),
    *("Talk: rivers before sunrise", "Outing: the old railway, if dry"),
    *("Panel of three", "Darkroom evening: lith printing"),
    *("Talk: insects at life size", "Knockout", "Beginners: what the histogram says"),
    *("Exchange with a neighbouring club", "Audio-visual evening"),
    *("Talk: a year of fog", "Annual exhibition: hanging", "Social and swap table"),
)
GETTING_IN = (
    "Level entrance from the car park; hearing loop.",
    "Ramp at the side door; accessible toilet.",
    "Step-free, parking for blue badges outside.",
    "One step at the door; a ramp is put out if you ring first.",
    "Upstairs, no lift. We meet on the ground floor if asked.",
)
FIRST_NAMES = (
    *("Ada", "Bert", "Cora", "Dilys", "Edie", "Farid", "Gwen", "Hamish", "Iris"),
    *(
        "Jonty",
        "Kirsty",
        "Lorna",
        "Mabel",
        "Niamh",
        "Oonagh",
        "Piran",
        "Rhys",
        "Tamsin",
    ),
)
LAST_NAMES = (
    *(
        "Ashgrove",
        "Birchall-Wren",
        "Cedarley",
        "Elmhirst-Moss",
        "Hazeldown",
        "Larchfield",
    ),
    *("Maplebeck", "Rowanlea", "Sallowby", "Thornwick-Reed", "Yewdale-Finch"),
)
# Ofcom's numbers for drama: area, then the thousand that is kept free.
DRAMA = {
    "London": "020 7946 0{:03d}",
    "West Yorkshire": "0113 496 0{:03d}",
    "South Yorkshire": "0114 496 0{:03d}",
    "Nottinghamshire": "0115 496 0{:03d}",
    "Leicestershire": "0116 496 0{:03d}",
    "Bristol": "0117 496 0{:03d}",
    "Berkshire": "0118 496 0{:03d}",
    "West Midlands": "0121 496 0{:03d}",
    "Edinburgh": "0131 496 0{:03d}",
    "Glasgow": "0141 496 0{:03d}",
    "Merseyside": "0151 496 0{:03d}",
    "Greater Manchester": "0161 496 0{:03d}",
    "Tyne and Wear": "0191 498 0{:03d}",
    "Cardiff": "029 2018 0{:03d}",
    "": "01632 960{:03d}",
}
NORTHERN_IRELAND = "028 9649 6{:03d}"
WEEKS = ("every",) * 10 + ("13", "24", "1", "3", "5", "other", "other")
AGREED = date(2026, 9, 1)


@dataclass
class Invented:
    """A club's columns, and what its contact agreed to (kind: value, shown)."""

    fields: dict[str, Any]
    contact: dict[str, tuple[str, bool]] = field(default_factory=dict)


def clubs(total: int, *, seed: int) -> Iterator[Invented]:
    """Yield that many clubs: one a town first, then more of them round about."""
    order = list(all_places())
    random.Random(f"order {seed}").shuffle(order)  # noqa: S311  no secret
    # Every county has one before any has two: islands and small nations too.
    first = list({place.county: place for place in order}.values())
    order = first + [p for p in order if p not in first]
    used: set[str] = set()
    for number in range(total):
        place = order[number % len(order)]
        yield _invent(place, number, number // len(order), seed, used)


def _invent(place: Place, number: int, lap: int, seed: int, used: set[str]) -> Invented:
    pick = random.Random(f"{seed} {number} {place.name}")  # noqa: S311
    name = pick.choice(NAMES).format(place.name)
    if lap:
        name = f"{name} {lap + 1}"
    slug = slugify(name)
    if slug in used:
        slug = slugify(f"{name} {place.county}")
    used.add(slug)
    position = _moved(place.position, pick) if lap else place.position
    weeks = pick.choice(WEEKS)
    weekday = pick.choice((0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5))
    if "Tuesdays" in name:
        weekday, weeks = 1, "every"
    season = pick.random() < 0.7
    hall = pick.choice(HALLS)
    step_free = pick.random() < 0.6
    fields: dict[str, Any] = {
        "name": name,
        "slug": slug,
        "place": place.name,
        "county": place.county,
        "outcode": place.outcode,
        "latitude": round(position.latitude, 5),
        "longitude": round(position.longitude, 5),
        "venue": f"{hall[0].upper()}{hall[1:]}",
        "weekday": weekday,
        "weeks": weeks,
        "alternate_from": _first(weekday) if weeks == "other" else None,
        "starts_at": time(19, 30) if weekday < 5 else time(14, 0),
        "season_from": 9 if season else None,
        "season_to": pick.choice((4, 5, 6)) if season else None,
        "visitors_welcome": pick.random() < 0.9,
        "beginners_welcome": pick.random() < 0.85,
        "step_free": step_free,
        "accessibility": pick.choice(GETTING_IN[:3] if step_free else GETTING_IN[3:]),
        "costs": _costs(pick),
        "tags": sorted(pick.sample(TAGS, pick.choice((1, 1, 2, 2, 3)))),
        "website": f"https://{slug}.example/" if pick.random() < 0.8 else "",
        "programme": _programme(pick),
        "published": True,
    }
    if weekday < 5:
        fields["starts_at"] = pick.choice((time(19, 30), time(19, 45), time(20, 0)))
    return Invented(fields, _contact(place, slug, number, pick))


def _contact(
    place: Place, slug: str, number: int, pick: random.Random
) -> dict[str, tuple[str, bool]]:
    """Most show something, some only what reaches them, a few nothing at all."""
    if pick.random() < 0.1:
        return {}
    ring = DRAMA.get(place.county, DRAMA[""])
    if place.outcode.startswith("BT"):
        ring = NORTHERN_IRELAND
    found = {
        "name": (
            f"{pick.choice(FIRST_NAMES)} {pick.choice(LAST_NAMES)}",
            pick.random() < 0.5,
        ),
        "email": (f"secretary@{slug}.example", pick.random() < 0.6),
    }
    if pick.random() < 0.4:
        found["telephone"] = (ring.format(number % 1000), pick.random() < 0.6)
    if pick.random() < 0.1:
        house = f"{1 + number % 90} Invented Row, {place.name}"
        found["address"] = (house, pick.random() < 0.3)
    return found


def _first(weekday: int) -> date:
    return date(2026, 9, 7 + weekday)  # 7 September 2026 is a Monday


def _costs(pick: random.Random) -> str:
    year = pick.choice((24, 30, 36, 42, 48, 55, 60, 65, 72))
    return pick.choice(
        (
            f"£{year} a year, first three visits free",
            f"£{year} a year, £{year // 2} students",
            f"£{year} a year",
            f"£{pick.choice((2, 3, 4, 5))} a night, no membership",
            "Free; a hat goes round for the hall",
        )
    )


def _programme(pick: random.Random) -> str:
    if pick.random() < 0.25:
        return ""
    return "\n".join(pick.sample(EVENINGS, pick.choice((3, 4, 5))))


def _moved(middle: Position, pick: random.Random) -> Position:
    """Return a point up to eight miles off: the second club of a town is elsewhere."""
    up, along = pick.uniform(-0.11, 0.11), pick.uniform(-0.11, 0.11)
    return Position(
        min(60.9, max(49.0, middle.latitude + up)),
        middle.longitude + along / cos(radians(middle.latitude)),
    )
