"""Every write to a club's entry; what happened is noted by number and code (P25)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from clubs import postcodes, search
from clubs.geo import Position
from clubs.models import Club, ClubContact, ClubEvent, ContactDetail, Postcode

# Addresses below /clubs/ that are no club's.
RESERVED = frozenset({"list-a-club"})
PLACED_BY = ("outcode", "postcode")
LONGEST_SLUG = 90


class ClubError(Exception):
    """The entry cannot be as asked; the words say why."""


def note(*, club: Club, code: str, by: str, detail: str = "") -> None:
    """Write down that something happened; `detail` are names of fields, or numbers."""
    ClubEvent.objects.create(club=club.pk, code=code, by=by, detail=detail[:200])


def add(*, fields: Mapping[str, Any], by: str, published: bool = True) -> Club:
    """Add a club, placed by its postcode or outward code. Raises ClubError."""
    values = dict(fields)
    slug = values.pop("slug", "") or free_slug(values["name"], values["place"])
    position = placed(values["outcode"], values.get("postcode", ""))
    with transaction.atomic():
        club = Club(
            **values,
            slug=slug,
            latitude=position.latitude,
            longitude=position.longitude,
            published=published,
        )
        club.full_clean()
        club.save(force_insert=True)
        note(club=club, code="added", by=by)
    return club


def change(*, club: Club, fields: Mapping[str, Any], by: str) -> list[str]:
    """Change what differs; return the names of what did. Raises ClubError."""
    with transaction.atomic():
        club = Club.objects.select_for_update().get(pk=club.pk)
        changed = [name for name, v in fields.items() if getattr(club, name) != v]
        if not changed:
            return []
        for name in changed:
            setattr(club, name, fields[name])
        saved = [*changed, "changed_at"]
        if set(changed) & set(PLACED_BY):
            position = placed(club.outcode, club.postcode)
            club.latitude, club.longitude = position
            saved += ["latitude", "longitude"]
        club.changed_at = timezone.now()
        club.full_clean()
        club.save(update_fields=saved)
        note(club=club, code="changed", by=by, detail=" ".join(changed))
    return changed


def placed(outcode: str, postcode: str) -> Position:
    """Return where a club is: its postcode if the table has it, or the outward code."""
    out, inward = postcodes.split(postcode)
    exact = search.locate(out, inward) if inward else None
    found = exact or postcodes.middle(out or outcode)
    if found is None:
        raise ClubError(f"no outward code is called {(out or outcode)[:8]}")
    return found


def free_slug(name: str, place: str) -> str:
    """Return an address for a club that no other has."""
    first = slugify(name)[:LONGEST_SLUG] or "club"
    wanted = [first, slugify(f"{name} {place}")[:LONGEST_SLUG]]
    taken = set(
        Club.objects.filter(slug__startswith=first[:60]).values_list("slug", flat=True)
    )
    number = 2
    for slug in wanted:
        if slug and slug not in taken | RESERVED:
            return slug
    while (slug := f"{first[: LONGEST_SLUG - 8]}-{number}") in taken:
        number += 1
    return slug


def unlist(*, club: Club, why: str, by: str) -> bool:
    """Take a club off the list and hide its contact, at once; say whether it was on."""
    now = timezone.now()
    with transaction.atomic():
        moved = Club.objects.filter(pk=club.pk, published=True).update(
            published=False, unlisted_why=why, unlisted_at=now, changed_at=now
        )
        hide_details(club=club)
        if moved:
            note(club=club, code="unlisted", by=by, detail=why)
    return bool(moved)


def relist(*, club: Club, by: str) -> bool:
    """Put a club back on the list, its contact unseen until they agree again."""
    with transaction.atomic():
        moved = Club.objects.filter(
            pk=club.pk, published=False, merged_into=None
        ).update(
            published=True, unlisted_why="", unlisted_at=None, changed_at=timezone.now()
        )
        if moved:
            ClubContact.objects.filter(pk=club.pk).update(silent=0)
            keep_details(club=club)
            note(club=club, code="listed", by=by)
    return bool(moved)


def hide_details(*, club: Club) -> int:
    """Show nothing of the contact from now on; the last 30 days of it begin."""
    return club.details.filter(leaving_at=None).update(
        published=False, agreed_on=None, leaving_at=timezone.now()
    )


def keep_details(*, club: Club) -> int:
    """Let what was leaving stay, unless the contact asked for it to go."""
    if ClubContact.objects.filter(pk=club.pk, removal_at__isnull=False).exists():
        return 0
    return club.details.update(leaving_at=None)


FILLED_IN = ("costs", "accessibility", "website", "programme", "tags", "postcode")


def merge(*, keep: Club, others: Iterable[Club], by: str) -> int:
    """Make several entries of one club one; return how many went.

    What `keep` does not say is taken from the others, and so are its contact's details
    where it has none. Their addresses then lead to it.
    """
    gone = 0
    with transaction.atomic():
        wanted = [keep.pk, *(other.pk for other in others)]
        rows = Club.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
        locked = {club.pk: club for club in rows}
        keep = locked.pop(keep.pk)
        if keep.merged_into_id or any(club.merged_into_id for club in locked.values()):
            raise ClubError("one of them was merged already")
        for other in locked.values():
            fill = {
                name: getattr(other, name)
                for name in FILLED_IN
                if getattr(other, name)
                and not getattr(keep, name)
                # a postcode fits only where the meeting place is the same district
                and (name != "postcode" or other.outcode == keep.outcode)
            }
            change(club=keep, fields=fill, by=by)
            keep.refresh_from_db()
            _move_contact(keep, other)
            now = timezone.now()
            Club.objects.filter(pk=other.pk).update(
                published=False,
                unlisted_why=Club.Unlisted.MERGED,
                unlisted_at=now,
                merged_into=keep,
                changed_at=now,
            )
            Club.objects.filter(merged_into=other).update(merged_into=keep)
            other.submissions.update(club=keep)
            note(club=keep, code="merged", by=by, detail=str(other.pk))
            note(club=other, code="merged-into", by=by, detail=str(keep.pk))
            gone += 1
    return gone


def _move_contact(keep: Club, other: Club) -> None:
    """Give the kept entry the other's contact if it has none; else the other's goes."""
    if not keep.details.exists() and other.details.exists():
        ClubContact.objects.get_or_create(club=keep)
        ContactDetail.objects.filter(club=other).update(club=keep)
    other.details.all().delete()
    ClubContact.objects.filter(pk=other.pk).delete()


def replace_positions() -> int:
    """Place every club with a full postcode anew, after postcodes were loaded."""
    moved = 0
    for club in Club.objects.exclude(postcode="").order_by("pk"):
        known = Postcode.objects.filter(pk=club.postcode.replace(" ", "")).first()
        if known and (known.latitude, known.longitude) != club.position:
            Club.objects.filter(pk=club.pk).update(
                latitude=known.latitude, longitude=known.longitude
            )
            moved += 1
    return moved
