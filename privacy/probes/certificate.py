"""The newest certificates of the whole shop: nobody else on any page, no odd cookie."""

import time
from datetime import timedelta

from privacy.certificate import WORDS, newest
from privacy.certificate.newest import stale
from privacy.models import Certificate
from privacy.probes.registry import Outcome, Probe

_MOST = 20  # findings that are repeated of one certificate


def run() -> Outcome:
    """Read what the last crawl by each crawler found; an old one says nothing."""
    found = newest()
    inputs = [
        f"certificate {row.pk}, {WORDS.get(row.crawler, row.crawler)},"
        f" {row.at:%-d %b %Y, %H:%M} UTC: {row.pages} pages, {row.requests} requests,"
        f" commit {row.commit}"
        for row in found.values()
    ]
    lines = [line for row in found.values() for line in row.findings[:_MOST]]
    if stale(found):
        lines.append("The whole shop was not crawled in the last two nights.")
    if lines:
        return Outcome(False, inputs, lines)
    names = sorted({name for row in found.values() for name in row.cookies})
    pages = max(row.pages for row in found.values())
    said = (
        f"{pages} pages, 0 foreign hosts; cookies, all listed and only once something"
        f" was put into the trolley: {', '.join(names) or 'none'}."
    )
    return Outcome(True, inputs, [said])


BELIEVED_FOR = 10.0  # seconds
# Rows are never deleted, so one is enough for this process; asked again until then.
_there = False
_asked_at = float("-inf")


def not_here() -> str:
    """Until the first crawl there is nothing to read."""
    global _there, _asked_at
    if not _there and time.monotonic() - _asked_at > BELIEVED_FOR:
        _there = Certificate.objects.exists()
        _asked_at = time.monotonic()
    return "" if _there else "the shop has not been crawled yet"


PROBE = Probe(
    name="certificate",
    promises=("P5", "P34", "P36"),
    every=timedelta(minutes=5),
    words="Reads the newest certificates: the results of the last crawls of the whole"
    " shop for third parties and cookies.",
    run=run,
    not_here=not_here,
)
