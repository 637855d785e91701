"""UK postcodes and addresses, compared in the house (P92, P93, C20)."""

import re
from collections.abc import Sequence
from functools import lru_cache

from uk_postcodes_parsing import is_in_ons_postcode_directory

from shop.clients.addresses import Address
from shop.models import AddressCheck

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


@lru_cache(maxsize=4096)
def exists(postcode: str) -> bool:
    """Say whether our own copy of the directory has it. It may be newer than ours."""
    return bool(is_in_ons_postcode_directory(postcode))


def compare(line1: str, known: Sequence[Address]) -> AddressCheck:
    """Return how a typed address fits the known ones of its postcode."""
    typed = _plain(line1)
    places = [_plain(address.line1) for address in known]
    if typed in places:
        return AddressCheck.MATCH
    number = _number(typed)
    same_number = any(number and number == _number(place) for place in places)
    if same_number or any(typed and typed in place for place in places):
        return AddressCheck.NEAR
    return AddressCheck.NONE


_SHORT = {"st": "street", "rd": "road", "ave": "avenue", "ln": "lane", "cl": "close"}


def _plain(text: str) -> str:
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return " ".join(_SHORT.get(word, word) for word in words)


def _number(plain: str) -> str:
    match = re.search(r"\b\d+[a-z]?\b", plain)
    return match[0] if match else ""
