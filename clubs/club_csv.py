"""One line of a file of clubs as an entry's fields, or as reasons why it is none.

Columns, in any order; the first seven must be there:

    name, place, county
    postcode         of the meeting place, or its outward code: SL7 1EY or SL7
    venue            hall and street
    day              Tuesday
    starts           19:30
    slug             the entry's address; says for sure which club is meant
    weeks            every, other, 1, 2, 3, 4, 5 (last), 13, 24; every if left out
    alternate_from   2026-09-08, if every other week
    season_from, season_to                  months, 1 to 12
    visitors, beginners, step_free          yes or no
    accessibility, costs, website, programme
    tags             film|outings
    contact_name, contact_address, contact_telephone, contact_email
                     not shown before that person agreed; we tell them
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from clubs import places, postcodes
from clubs.models import Weeks

REQUIRED = ("name", "place", "county", "postcode", "venue", "day", "starts")
TEXTS = ("accessibility", "costs", "website", "programme")
YES_NO = {
    "visitors": "visitors_welcome",
    "beginners": "beginners_welcome",
    "step_free": "step_free",
}
SEASON = ("season_from", "season_to")
CONTACT = ("name", "address", "telephone", "email")
COLUMNS = (
    *REQUIRED,
    *("slug", "weeks", "alternate_from", "tags"),
    *SEASON,
    *YES_NO,
    *TEXTS,
    *(f"contact_{kind}" for kind in CONTACT),
)
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
TRUE, FALSE = ("1", "yes", "y", "true"), ("0", "no", "n", "false")


class BadLine(ValueError):
    """Why a line is no club; several reasons are joined by semicolons."""


@dataclass
class Line:
    """What one line asks for. Only columns that the file has are in `fields`."""

    slug: str
    fields: dict[str, Any]
    contact: dict[str, str] = field(default_factory=dict)


def check_header(names: list[str]) -> None:
    """Raise BadLine unless these columns make a file of clubs."""
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing:
        raise BadLine(f"the file has no column {', '.join(missing)}")
    if unknown:
        raise BadLine(f"unknown columns: {', '.join(unknown)[:200]}")
    if len(set(names)) < len(names):
        raise BadLine("a column is there twice")


def read(row: Mapping[str, str]) -> Line:
    """Return what a line asks for; raises BadLine with every reason there is."""
    if None in row or None in row.values():
        raise BadLine("has more or fewer fields than the first line")
    plain = {name: " ".join(value.split()) for name, value in row.items()}
    wrong = [f"{name} is empty" for name in REQUIRED if not plain[name]]
    fields: dict[str, Any] = {}
    for reader in (_place, _meets, _season, _others):
        try:
            fields |= reader(plain, row)
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise BadLine("; ".join(wrong))
    contact = {kind: plain.get(f"contact_{kind}", "") for kind in CONTACT}
    return Line(
        slug=plain.get("slug", ""),
        fields=fields,
        contact={kind: value for kind, value in contact.items() if value},
    )


def _place(plain: Mapping[str, str], row: Mapping[str, str]) -> dict[str, Any]:
    county = plain["county"]
    out, inward = postcodes.split(plain["postcode"])
    code = out or postcodes.outward(plain["postcode"])
    if plain["postcode"] and not postcodes.middle(code):
        raise ValueError(f"postcode: {plain['postcode'][:12]!r} is none")
    return {
        "name": plain["name"],
        "place": plain["place"],
        "county": places.counties().get(places.fold(county), county),
        "outcode": code,
        "postcode": f"{out} {inward}" if inward else "",
        "venue": plain["venue"],
    }


def _meets(plain: Mapping[str, str], row: Mapping[str, str]) -> dict[str, Any]:
    day = plain["day"].lower().removesuffix("s")
    if plain["day"] and day not in DAYS:
        raise ValueError(f"day: {plain['day'][:12]!r} is none")
    try:
        starts = time.fromisoformat(plain["starts"] or "00:00")
    except ValueError:
        raise ValueError(f"starts: {plain['starts'][:12]!r}, not like 19:30") from None
    found: dict[str, Any] = {"weekday": DAYS.index(day or "monday")}
    found["starts_at"] = starts
    if "weeks" in plain:
        weeks = plain["weeks"] or Weeks.EVERY.value
        if weeks not in Weeks.values:
            raise ValueError(f"weeks: {weeks[:12]!r}, not {', '.join(Weeks.values)}")
        first = plain.get("alternate_from", "")
        if (weeks == Weeks.ALTERNATE) != bool(first):
            raise ValueError("alternate_from: wanted with weeks other, and only then")
        found |= {"weeks": weeks, "alternate_from": _day(first)}
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(
            f"alternate_from: {text[:12]!r}, not like 2026-09-08"
        ) from None


def _season(plain: Mapping[str, str], row: Mapping[str, str]) -> dict[str, Any]:
    if not any(name in plain for name in SEASON):
        return {}
    given = [plain.get(name, "") for name in SEASON]
    if not any(given):
        return dict.fromkeys(SEASON)
    if not all(text.isascii() and text.isdigit() for text in given):
        raise ValueError("season_from and season_to: two months, or neither")
    months = [int(text) for text in given]
    if not all(1 <= month <= 12 for month in months):
        raise ValueError("season_from and season_to: months are 1 to 12")
    return dict(zip(SEASON, months, strict=True))


def _others(plain: Mapping[str, str], row: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: plain[name] for name in TEXTS if name in plain}
    if "programme" in row:
        found["programme"] = row["programme"].strip()
    if "website" in found:
        found["website"] = found["website"].partition("?")[0]
    for name, column in YES_NO.items():
        if plain.get(name, ""):
            said = plain[name].lower()
            if said not in TRUE + FALSE:
                raise ValueError(f"{name}: {said[:12]!r} is neither yes nor no")
            found[column] = said in TRUE
    if "tags" in plain:
        found["tags"] = [t.strip() for t in plain["tags"].split("|") if t.strip()]
    return found
