"""What differs between two versions of the policy, clause by clause, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from privacy.policies.document import Clause, Document

SAME, NEW, GONE = "same", "new", "gone"
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_TABLE = re.compile(r"^\[\[([a-z]+)\]\]$", re.MULTILINE)
_TABLES = {
    "cookies": "(table of cookies)",
    "held": "(table of what we hold)",
    "recipients": "(table of recipients)",
}


@dataclass(frozen=True)
class Piece:
    """Some words in a row, and whether they stayed, came or went."""

    kind: str
    text: str


@dataclass(frozen=True)
class ClauseDifference:
    """One clause that is not the same in both versions; a side may lack it."""

    old: Clause | None
    new: Clause | None
    pieces: tuple[Piece, ...]

    @property
    def clause(self) -> Clause:
        found = self.new or self.old
        assert found is not None  # noqa: S101  made from one of the two
        return found

    @property
    def words(self) -> str:
        """What happened to the clause, in a word or two."""
        if self.old is None:
            return "New"
        return "Gone" if self.new is None else "Changed"

    @property
    def before(self) -> list[Piece]:
        """The old side: what stayed and what went."""
        return [piece for piece in self.pieces if piece.kind != NEW]

    @property
    def after(self) -> list[Piece]:
        """The new side: what stayed and what came."""
        return [piece for piece in self.pieces if piece.kind != GONE]


@dataclass(frozen=True)
class Difference:
    changed: tuple[ClauseDifference, ...]
    same: tuple[Clause, ...]  # as in the newer version


def compare(old: Document, new: Document) -> Difference:
    """Return how `new` differs from `old`, clauses in the order of the newer."""
    ids = dict.fromkeys(clause.id for clause in (*new.clauses, *old.clauses))
    changed, same = [], []
    for name in ids:
        before, after = old.clause(name), new.clause(name)
        told_before, told_after = (told(one) if one else "" for one in (before, after))
        if before and after and told_before == told_after:
            same.append(after)
        else:
            pieces = tuple(_pieces(told_before, told_after))
            changed.append(ClauseDifference(before, after, pieces))
    return Difference(tuple(changed), tuple(same))


def told(clause: Clause) -> str:
    """Return a clause as plain text: its title, its words, its promises."""
    text = _TABLE.sub(lambda found: _TABLES.get(found[1], ""), clause.words.strip())
    text = _LINK.sub(r"\1", text).replace("**", "")
    return f"{clause.title}\n\n{text}\n\nPromises: {', '.join(clause.promises)}"


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, b1, b2, a1, a2 in matcher.get_opcodes():
        if kind == "equal":
            yield Piece(SAME, "".join(before[b1:b2]))
            continue
        if b2 > b1:
            yield Piece(GONE, "".join(before[b1:b2]))
        if a2 > a1:
            yield Piece(NEW, "".join(after[a1:a2]))
