"""What every page's frame needs: departments, the trolley's count, who we are."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from shop import delivery, trolley
from shop.frame import departments


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
