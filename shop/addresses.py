"""UK addresses, compared in the house (P92, P93, C20)."""

import re
from collections.abc import Sequence
from functools import lru_cache

from uk_postcodes_parsing import is_in_ons_postcode_directory

from shop.clients.addresses import Address
from shop.models import AddressCheck


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
