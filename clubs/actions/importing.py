"""Clubs from a file: each line matched with the entry it means, good lines go in."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from clubs import club_csv, places
from clubs.actions import clubs, contacts
from clubs.club_csv import BadLine, Line
from clubs.models import Club, ContactDetail
from newsletter.outbox import BadRecipient, one_address

# Names that share this much of their trigrams, in one district, may be one club.
ALIKE = 0.55


class _DryRun(Exception):
    """Takes back all that a dry run did."""


@dataclass
class Result:
    """What became of a file's lines."""

    new: int = 0
    changed: int = 0
    same: int = 0
    complaints: list[str] = field(default_factory=list)


def run(lines: Iterable[str], *, by: str, dry: bool = False) -> Result:
    """Take in a file of clubs; raises BadLine if its first line will not do.

    A line means the club of its slug, or of its name in that town. One that only looks
    like a club that is there is refused until its slug says which.
    """
    result = Result()
    try:
        with transaction.atomic():
            _read(lines, result, by)
            if dry:
                raise _DryRun
    except _DryRun:
        pass
    return result


def _read(lines: Iterable[str], result: Result, by: str) -> None:
    reader = csv.DictReader(lines, strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise BadLine(str(error)) from error
    reader.fieldnames = names
    club_csv.check_header(names)
    rows = iter(reader)
    while True:
        try:
            row = next(rows)
            done = _take(club_csv.read(row), by)
            setattr(result, done, getattr(result, done) + 1)
        except StopIteration:
            return
        except (csv.Error, BadLine, clubs.ClubError) as error:
            result.complaints.append(f"line {reader.line_num}: {error}")


def _take(line: Line, by: str) -> str:
    """Put one line in, all of it or nothing; return what became of it."""
    try:
        with transaction.atomic():
            club = _match(line)
            if club is None:
                fields = line.fields | ({"slug": line.slug} if line.slug else {})
                club = clubs.add(fields=fields, by=by)
                _contact(club, line)
                return "new"
            changed = clubs.change(club=club, fields=line.fields, by=by)
            return "changed" if _contact(club, line) or changed else "same"
    except ValidationError as error:
        if not hasattr(error, "message_dict"):
            raise BadLine("; ".join(error.messages)) from error
        reasons = [f"{n}: {' '.join(t)}" for n, t in error.message_dict.items()]
        raise BadLine("; ".join(reasons)) from error
    except IntegrityError as error:
        raise BadLine("does not fit what is there already") from error


def _match(line: Line) -> Club | None:
    if line.slug:
        found = Club.objects.filter(slug=line.slug).select_related("merged_into")
        club = found.first()
        return club.merged_into or club if club else None
    name, place = line.fields["name"], line.fields["place"]
    same = Club.objects.filter(name__iexact=name, place__iexact=place, merged_into=None)
    club = same.first()
    if club:
        return club
    alike = _alike(places.fold(name), line.fields["outcode"])
    if alike:
        raise BadLine(f"looks like {alike}: put its slug in, or one of its own")
    return None


def _alike(name: str, outcode: str) -> str:
    """Return the address of a club of that district with a name like it, or a blank."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slug FROM clubs_club WHERE outcode = %s AND merged_into_id IS NULL"
            " AND similarity(lower(name), %s) >= %s"
            " ORDER BY similarity(lower(name), %s) DESC, id LIMIT 1",
            [outcode, name, ALIKE, name],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _contact(club: Club, line: Line) -> bool:
    """Note who speaks for it, unseen; what the contact told us themselves stays."""
    if not line.contact:
        return False
    if "email" in line.contact:
        try:
            line.contact["email"] = one_address(line.contact["email"])
        except BadRecipient as error:
            raise BadLine("contact_email: no address") from error
    there = {detail.kind: detail for detail in club.details.all()}
    if any(d.source == ContactDetail.Source.CONTACT for d in there.values()):
        return False
    if {kind: detail.value for kind, detail in there.items()} == line.contact:
        return False
    contacts.set_details(
        club=club,
        details={kind: (value, False) for kind, value in line.contact.items()},
        source=ContactDetail.Source.OLD_LIST,
        agreed=False,
    )
    return True
