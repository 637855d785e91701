"""No page makes a browser ask anybody else for anything."""

from datetime import timedelta

from privacy.gateway import ourselves
from privacy.pages import asked_for, is_ours, links, stylesheets
from privacy.probes.registry import Outcome, Probe
from privacy.probes.walk import failed, line, walk


def run() -> Outcome:
    """Read a visitor's pages and their stylesheets for addresses of others."""
    pages = walk()
    found = failed(pages)
    found += [
        f"{line(page)} without a link to this policy."
        for page in pages
        if "/privacy/" not in links(page)
    ]
    sheets = dict.fromkeys(path for page in pages for path in stylesheets(page))
    read = pages + [ourselves.fetch(path) for path in sheets]
    found += failed(read[len(pages) :])
    requests = 0
    for page in read:
        for address in dict.fromkeys(asked_for(page)):
            requests += 1
            if not is_ours(address):
                found.append(f"{line(page)} and asks {address[:120]}.")
    inputs = [line(page) for page in read]
    if found:
        return Outcome(False, inputs, found)
    return Outcome(
        True, inputs, [f"{requests} addresses in {len(read)} files, all of them ours."]
    )


PROBE = Probe(
    name="outside-requests",
    promises=("P1", "P5", "P34", "P36", "P40", "P86"),
    every=timedelta(minutes=3),
    words="Reads pages and stylesheets as served, and looks for any address that a"
    " browser would fetch from someone else.",
    run=run,
)
