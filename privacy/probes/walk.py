"""A visitor's walk through the shop as it is served: home, list, product, policy.

Addresses are found as a visitor finds them, in the links of the page before.
"""

import re

from django.conf import settings

from privacy.gateway import ourselves
from privacy.gateway.ourselves import Page
from privacy.pages import Tags, links

_LIST = re.compile(r"/shop/[a-z0-9-]+/\Z")
_PRODUCT = re.compile(r"/product/[a-z0-9-]+/\Z")


def walk(cookies: dict[str, str] | None = None) -> list[Page]:
    """Fetch home, a list, a product, the policy and the trolley, as one visitor."""
    home = ourselves.fetch("/", cookies)
    pages = [home]
    for pattern in (_LIST, _PRODUCT):
        for path in links(pages[-1]):
            if pattern.match(path):
                pages.append(ourselves.fetch(path, cookies))
                break
    return pages + [
        ourselves.fetch(path, cookies) for path in ("/privacy/", "/trolley/")
    ]


def line(page: Page) -> str:
    """Say in one line what was asked for and how it was answered."""
    path = page.url.removeprefix(settings.SITE_URL)
    return f"{path} answered {page.status}"


def failed(pages: list[Page]) -> list[str]:
    """Say which pages a visitor would not have got."""
    return [f"{line(page)}." for page in pages if page.status != 200]


def sku(pages: list[Page]) -> str:
    """Return the code of something that a page of the walk offers; "" if nothing."""
    for page in pages:
        for tag, given in Tags(page.text).found:
            if tag in ("input", "button") and given.get("name") == "sku":
                return given.get("value", "")
    return ""
