"""What machines read of a club: schema.org's Organization with its meeting place."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from clubs.models import Club

# HTML would end a script element at "</script" whatever its type.
JSON_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
# Our kinds of detail, and what schema.org calls them.
NAMES = {"name": "name", "telephone": "telephone", "email": "email"}


def json_ld(club: Club, shown: Mapping[str, str], *, site_url: str) -> SafeString:
    """Return the club, safe inside a script element.

    `shown` are the contact's details that may be shown, by kind; no others go in.
    """
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": club.name,
        "url": f"{site_url}{club.get_absolute_url()}",
        "location": {
            "@type": "Place",
            "name": club.venue,
            "address": {
                "@type": "PostalAddress",
                "addressLocality": club.place,
                "addressRegion": club.county,
                "postalCode": club.postcode or club.outcode,
            },
            "geo": {
                "@type": "GeoCoordinates",
                "latitude": round(club.latitude, 4),
                "longitude": round(club.longitude, 4),
            },
        },
    }
    if club.website:
        data["sameAs"] = club.website
    point = {NAMES[kind]: value for kind, value in shown.items() if kind in NAMES}
    if point:
        data["contactPoint"] = {"@type": "ContactPoint", **point}
    return SafeString(json.dumps(data, ensure_ascii=False).translate(JSON_ESCAPES))
