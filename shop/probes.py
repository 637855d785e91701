"""What the running shop asks about its own trolley cookie (P33)."""

from datetime import timedelta

from privacy.probes import Outcome, Probe, register
from shop.trolley import Trolley, decode, encode

# Filled in different orders, and by whoever: the text must be the lines alone.
EXAMPLES: tuple[dict[str, int], ...] = (
    {},
    {"ILF-HP5-36": 1},
    {"ILF-HP5-36": 2, "FUJ-XT5.S": 1},
    {"FUJ-XT5.S": 1, "ILF-HP5-36": 2},
    {f"SKU-{number}": number for number in range(1, 61)},
)


def run() -> Outcome:
    """Encode and decode examples: what comes back is what went in, and nothing else."""
    inputs: list[str] = []
    found: list[str] = []
    texts: dict[frozenset[tuple[str, int]], str] = {}
    for lines in EXAMPLES:
        text = encode(Trolley(lines))
        inputs.append(text if len(text) < 60 else f"{text[:56]} ...")
        if decode(text) != Trolley(lines) or encode(decode(text)) != text:
            found.append(f"Does not come back as it went: {inputs[-1]}.")
        if texts.setdefault(frozenset(lines.items()), text) != text:
            found.append(f"Equal trolleys, different cookies: {inputs[-1]}.")
    said = f"{len(inputs)} trolleys came back as they went, equal ones to the letter."
    return Outcome(not found, inputs, found or [said])


register(
    Probe(
        name="trolley-cookie",
        promises=("P27", "P32", "P33"),
        every=timedelta(minutes=10),
        words="Writes example trolleys as cookies and reads them back: the cookie must"
        " be the things in the trolley and nothing more.",
        run=run,
    )
)
