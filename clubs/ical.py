"""A club's meetings as an iCalendar file (RFC 5545). Nothing in it is about a person.

Times are UTC, computed from London's wall time for each date, so that no reader needs
a table of time zones and summer time is right in all of them.
"""

from datetime import UTC, datetime, timedelta
from itertools import islice

from clubs.meetings import Rule
from clubs.models import Club

MOST = 30  # meetings
LENGTH = timedelta(hours=2)
OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def escape(text: str) -> str:
    """Return a value of type TEXT (3.3.11); control characters are left out."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in kept if c == "\n" or c >= " ").translate(_ESCAPES)


def fold(line: str) -> str:
    """Return a content line cut into pieces of at most 75 octets (3.1)."""
    pieces = [""]
    size = 0
    for character in line:
        octets = len(character.encode())
        if size + octets > OCTETS:
            pieces.append("")
            size = 1  # the space that a continuation begins with
        pieces[-1] += character
        size += octets
    return "\r\n ".join(pieces)


def calendar(club: Club, *, now: datetime, site_url: str) -> str:
    """Return the next meetings as a calendar; in: a UTC moment."""
    host = site_url.partition("://")[2]
    place = f"{club.venue}, {club.place}"
    url = f"{site_url}{club.get_absolute_url()}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Jessops//Clubfinder//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape(club.name)}",
    ]
    for start in islice(Rule.of(club).after(now), MOST):
        lines += [
            "BEGIN:VEVENT",
            f"UID:club-{club.pk}-{start:%Y%m%d}@{host}",
            f"DTSTAMP:{_utc(club.changed_at)}",
            f"DTSTART:{_utc(start)}",
            f"DTEND:{_utc(start + LENGTH)}",
            f"SUMMARY:{escape(club.name)}",
            f"LOCATION:{escape(place)}",
            f"GEO:{club.latitude:.4f};{club.longitude:.4f}",
            f"URL:{url}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{fold(line)}\r\n" for line in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
