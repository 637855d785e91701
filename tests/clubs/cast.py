"""The named cast of the Clubfinder's tests: clubs, and people who speak for them."""

import itertools
from datetime import date, time
from typing import Any

from clubs import postcodes
from clubs.models import Club, ClubContact, ContactDetail

_numbers = itertools.count(1)

# Wren speaks for a club. Nobody of that name was asked.
WREN = {
    "name": "Wren Hazeldown",
    "email": "wren@hazel.example",
    "telephone": "01632 960123",
    "address": "4 Invented Row, Marlow",
}


def club(outcode: str = "SL7", **fields: Any) -> Club:
    """A listed club that meets on Tuesdays at half past seven in Marlow."""
    number = next(_numbers)
    middle = postcodes.middle(outcode)
    assert middle
    values: dict[str, Any] = {
        "name": f"Lantern Club {number}",
        "slug": f"lantern-club-{number}",
        "place": "Marlow",
        "county": "Buckinghamshire",
        "outcode": outcode,
        "latitude": middle.latitude,
        "longitude": middle.longitude,
        "venue": "The Reading Room",
        "weekday": 1,
        "starts_at": time(19, 30),
        "published": True,
        **fields,
    }
    return Club.objects.create(**values)


def contact(club: Club, *shown: str, **details: str) -> ClubContact:
    """Give a club its contact: WREN's details, of which those named are shown."""
    for kind, value in (details or WREN).items():
        ContactDetail.objects.create(
            club=club,
            kind=kind,
            value=value,
            published=kind in shown,
            source="contact",
            agreed_on=date(2026, 9, 1) if kind in shown else None,
        )
    return ClubContact.objects.create(club=club)
