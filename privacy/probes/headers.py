"""The headers that make a browser keep the promises, too."""

import re
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings

from privacy.gateway import ourselves
from privacy.gateway.ourselves import Page
from privacy.probes.registry import Outcome, Probe
from privacy.probes.walk import line, walk

YEAR = 31536000  # seconds
_OWN = frozenset({"'self'", "'none'"})
_MUST_STAND = ("default-src", "script-src", "form-action", "frame-ancestors")


def run() -> Outcome:
    """Look at the headers of a visitor's pages and of two private ones."""
    pages = walk()
    private = [ourselves.fetch(path) for path in ("/orders/find/", "/admin/login/")]
    found = [
        f"{line(page)}: {fault}."
        for page in [*pages, *private]
        for fault in faults(page)
    ]
    for page in private:
        if "no-store" not in page.headers.get("cache-control", ""):
            found.append(f"{line(page)}: may be kept by caches.")
    inputs = [line(page) for page in [*pages, *private]]
    said = f"{len(inputs)} pages with all headers; private pages are kept by no cache."
    return Outcome(not found, inputs, found or [said])


def faults(page: Page) -> Iterator[str]:
    """Yield what a page's headers leave open."""
    policy = parsed(page.headers.get("content-security-policy", ""))
    for name in _MUST_STAND:
        if name not in policy:
            yield f"Content-Security-Policy says nothing about {name}"
    for name, sources in policy.items():
        allowed = set(_OWN)
        if name == "form-action":
            allowed.add(settings.STRIPE_CHECKOUT_ORIGIN)
        for source in sources:
            if source not in allowed:
                yield f"Content-Security-Policy allows {name} {source}"
    if page.headers.get("referrer-policy") not in ("same-origin", "no-referrer"):
        yield "Referrer-Policy would tell others where a visitor came from"
    if page.headers.get("x-content-type-options") != "nosniff":
        yield "X-Content-Type-Options is missing"
    if page.headers.get("x-frame-options") != "DENY":
        yield "X-Frame-Options is missing"
    if settings.HTTPS:
        age = re.search(r"max-age=(\d+)", page.headers.get(_HSTS, ""))
        if not age or int(age[1]) < YEAR:
            yield "Strict-Transport-Security is missing or short"


_HSTS = "strict-transport-security"


def parsed(policy: str) -> dict[str, list[str]]:
    """Read a Content-Security-Policy: directive to sources."""
    parts = (part.split() for part in policy.split(";"))
    return {words[0]: words[1:] for words in parts if words}


PROBE = Probe(
    name="headers",
    promises=("P5", "P34", "P35", "P84", "P86"),
    every=timedelta(minutes=3),
    words="Looks at the headers that tell browsers to ask nobody else, to say"
    " nothing about where a visitor came from, and to keep private pages nowhere.",
    run=run,
)
