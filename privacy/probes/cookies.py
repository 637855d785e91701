"""Browsing sets no cookie, and using the trolley only what the registry lists."""

from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from django.conf import settings

from privacy import cookies
from privacy.gateway import ourselves
from privacy.gateway.ourselves import Page
from privacy.probes.registry import Outcome, Probe
from privacy.probes.walk import failed, line, sku, walk


def run() -> Outcome:
    """Walk round without cookies, put a thing into the trolley, walk on with it."""
    pages = walk()
    found = failed(pages)
    for page in pages:
        found += [f"{line(page)}, setting {name_of(one)}." for one in page.set_cookies]
    inputs = [line(page) for page in pages]
    code = sku(pages)
    if code:
        added = ourselves.fetch("/trolley/add/", form={"sku": code, "quantity": "1"})
        held = jar(added)
        later = [added, *(ourselves.fetch(path, held) for path in _WITH_TROLLEY)]
        for page in later:
            names = [name_of(one) for one in page.set_cookies]
            inputs.append(f"{line(page)}, cookies set: {', '.join(names) or 'none'}")
            for one in page.set_cookies:
                found += [f"{line(page)}: {fault}." for fault in faults(one)]
        if "trolley" not in held:
            found.append("The trolley was not kept in its cookie.")
    if not found:
        browsed = f"{len(pages)} pages of browsing set no cookie"
        used = (
            "; what the trolley and the order form set is on the list" if code else ""
        )
        return Outcome(True, inputs, [f"{browsed}{used}."])
    return Outcome(False, inputs, found)


_WITH_TROLLEY = ("/trolley/", "/checkout/")


def name_of(set_cookie: str) -> str:
    """Return the name in a Set-Cookie line, never its value."""
    return set_cookie.partition("=")[0].strip()[:60]


def jar(page: Page) -> dict[str, str]:
    """Return what a browser would hold after a page: name to value."""
    pairs = (one.partition(";")[0].partition("=") for one in page.set_cookies)
    return {name.strip(): value for name, _, value in pairs}


def faults(set_cookie: str) -> list[str]:
    """Say what the registry has against one Set-Cookie line."""
    name = name_of(set_cookie)
    try:
        morsels = SimpleCookie(set_cookie)
    except CookieError:
        return [f"cookie {name} cannot be read"]
    secure = urlsplit(settings.SITE_URL).scheme == "https"
    if list(morsels) != [name]:
        return [f"cookie {name} cannot be read"]
    return [
        f"cookie {name} {why}" for why in cookies.faults(morsels[name], secure=secure)
    ]


PROBE = Probe(
    name="cookies",
    promises=("P26", "P28", "P29", "P31", "P34", "P35"),
    every=timedelta(minutes=3),
    words="Walks through the shop as a visitor and compares every cookie that is"
    " set with the list of cookies.",
    run=run,
)
