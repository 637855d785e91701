"""UK postcodes as text."""

import re

# Formats of BS 7666, anchored: one outward code, one inward code, no backtracking.
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][ABD-HJLNP-UW-Z]{2})\Z")

# The letters that UK postcodes begin with (Gibraltar's GX is none of them).
POSTCODE_AREAS = frozenset(
    """
    AB AL B BA BB BD BF BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE
    DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG
    IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR
    NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW
    SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE
    """.split()
)


def format_postcode(text: str) -> str:
    """Return "SL7 1EY" from any case and spacing; an empty string if it is none."""
    squeezed = re.sub(r"[\s-]+", "", text[:20]).upper()
    match = POSTCODE.match(squeezed)
    if not match or re.match("[A-Z]+", match[1])[0] not in POSTCODE_AREAS:  # type: ignore[index]
        return ""
    return f"{match[1]} {match[2]}"
