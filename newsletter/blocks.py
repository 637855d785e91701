"""Blocks of a letter that other apps fill: this app knows no shop.

A line `[[product X-T5]]` names a kind and a key; whoever registered the kind looks up
all keys of a letter at once, and says what stands there in HTML and in plain text.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

LINE = re.compile(
    r"^[ ]{0,3}\[\[[ ]*([a-z]+)[ ]+([A-Za-z0-9][A-Za-z0-9.-]{0,39})[ ]*\]\][ ]*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """What stands in a letter in the place of one line."""

    html: str  # safe: its maker escaped it
    text: str  # at most 48 columns


# Of some keys, the blocks of those that there are.
Look = Callable[[Collection[str]], Mapping[str, Block]]
_kinds: dict[str, Look] = {}


def register(kind: str, look: Look) -> None:
    """Add a kind of block; an app of the shop does so in ready()."""
    _kinds[kind] = look


def kinds() -> list[str]:
    return sorted(_kinds)


def look_up(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Block]:
    """Return the blocks that there are, of (kind, key); one look a kind."""
    by_kind: dict[str, set[str]] = {}
    for kind, key in wanted:
        by_kind.setdefault(kind, set()).add(key)
    return {
        (kind, key): block
        for kind, keys in by_kind.items()
        if kind in _kinds
        for key, block in _kinds[kind](keys).items()
    }
