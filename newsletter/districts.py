"""Where somebody lives, cut to the half of the postcode that many share (P76)."""

import re

from jessops.lib.postcodes import POSTCODE_AREAS, format_postcode

_OUTWARD = re.compile(r"([A-Z]{1,2})([0-9][A-Z0-9]?)\Z")


def district(text: str) -> str:
    """Return "SL7" of "sl7", "SL7 1EY" or "sl71ey"; "" if it is no postcode."""
    outward = format_postcode(text).partition(" ")[0]
    outward = outward or text[:10].strip().upper()
    match = _OUTWARD.match(outward)
    return outward if match and match[1] in POSTCODE_AREAS else ""
