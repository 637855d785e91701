"""What every page's frame needs: departments, the trolley's count, who we are."""

import time
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from shop import delivery, trolley
from shop.models import Category

FRESH_SECONDS = 60


class Department(NamedTuple):
    slug: str
    name: str
    url: str


_kept: tuple[float, tuple[Department, ...]] = (0.0, ())


def departments() -> tuple[Department, ...]:
    """Return the departments in order; asks the database once a minute a process."""
    global _kept
    until, found = _kept
    if found and time.monotonic() < until:
        return found
    try:
        rows = list(Category.objects.filter(parent=None))
    except DatabaseError:
        # The page that says what is wrong needs a frame too: the last one will do.
        return found
    found = tuple(Department(row.slug, row.name, f"/shop/{row.slug}/") for row in rows)
    _kept = (time.monotonic() + FRESH_SECONDS, found)
    return found


def forget() -> None:
    """Ask the database again next time (tests start with other departments)."""
    global _kept
    _kept = (0.0, ())


def site(request: HttpRequest) -> dict[str, Any]:
    """The context processor. The trolley's count is all that differs by visitor."""
    cookie = request.COOKIES.get(trolley.COOKIE)
    return {
        "departments": departments(),
        "current_department": "",
        "words": "",
        "free_delivery_from": delivery.FREE_FROM_PENCE,
        "trolley_count": trolley.decode(cookie).count if cookie else 0,
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
