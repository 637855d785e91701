"""What every page's frame needs: departments, the trolley's count, who we are."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from shop import delivery, trolley
from shop.frame import Department, departments


@lru_cache(maxsize=8)
def footer(rows: tuple[Department, ...], known: bool = False) -> SafeString:
    """The foot of every page: one for visitors and one for members, each rendered
    once a process."""
    return render_to_string(
        "_parts/footer.html",
        {"departments": rows, "company": settings.COMPANY, "known": known},
    )


def site(request: HttpRequest) -> dict[str, Any]:
    """The context processor. The trolley's count is all that differs by visitor."""
    cookie = request.COOKIES.get(trolley.COOKIE)
    rows = departments()
    return {
        "departments": rows,
        "site_footer": footer(rows),
        "member_footer": lambda: footer(rows, known=True),
        "current_department": "",
        "words": "",
        "free_delivery_from": delivery.FREE_FROM_PENCE,
        "trolley_count": trolley.decode(cookie).count if cookie else 0,
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
    }
