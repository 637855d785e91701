"""The addresses of a postcode, from whoever can tell: the shop brings it along."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jessops.lib.postcodes import format_postcode

FIELDS = ("line1", "line2", "town", "county", "postcode")
NO_POSTCODE = "Enter a full UK postcode first, like SL7 1EY"
AWAY = "Addresses cannot be looked up just now. Please type yours below."
NOT_FOUND = "We cannot find that postcode. Check it, or type the address yourself."


class Unavailable(Exception):
    """Nobody can tell the addresses of a postcode just now."""


@dataclass(frozen=True)
class Place:
    """One address of the list. About a place, linked to nobody."""

    line1: str
    line2: str
    town: str
    county: str
    postcode: str

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.line1, self.line2, self.town)))


@dataclass
class Picking:
    """What came of pressing "Find address" or "Use this address"."""

    asked: bool = False  # a button was pressed: show the form again, write nothing
    found: Sequence[Place] = ()
    trouble: str = ""


Finder = Callable[[str], Sequence[Place]]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """Say who knows the addresses of a formatted postcode; the last one counts."""
    _finders.append(finder)
    return finder


def pick(data: Any) -> Picking:
    """Look up the postcode in a form's (mutable) data, and fill in the one chosen.

    Whoever pressed the button sees the form again first; otherwise only what was left
    empty is filled in, never what was typed (P92).
    """
    choice = data.get("address", "")
    index = int(choice) if re.fullmatch(r"[0-9]{1,3}", choice) else -1
    asked = "find" in data or "use" in data
    if not asked and index < 0:
        return Picking()
    postcode = format_postcode(data.get("postcode", ""))
    if not postcode:
        return Picking(asked, trouble=NO_POSTCODE)
    try:
        found = _finders[-1](postcode)
    except (IndexError, Unavailable):
        return Picking(asked, trouble=AWAY)
    if not found:
        return Picking(asked, trouble=NOT_FOUND)
    own_street = data.get("line1", "").strip()
    if 0 <= index < len(found):
        for name in FIELDS:
            if "use" in data or not (own_street or data.get(name, "").strip()):
                data[name] = getattr(found[index], name)
        data["from_list"] = mark(asdict(found[index]))
    return Picking(asked, found)


def mark(values: dict[str, Any]) -> str:
    """Return a mark of an address as it stood in the list: changed, it is another."""
    lines = [" ".join(str(values.get(name) or "").split()) for name in FIELDS]
    lines[-1] = format_postcode(lines[-1])
    text = "\n".join(lines)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
