"""What differs between two versions of the policy, clause by clause, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from privacy.policies.document import TABLE, Clause, Document

SAME, NEW, GONE = "same", "new", "gone"
BRIEF = 6  # lines of a side that a short account shows
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


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
        return _joined([piece for piece in self.pieces if piece.kind != NEW])

    @property
    def after(self) -> list[Piece]:
        """The new side: what stayed and what came."""
        return _joined([piece for piece in self.pieces if piece.kind != GONE])

    @property
    def before_in_brief(self) -> list[Piece]:
        """Of the old side, the first few lines from which something went."""
        return _in_brief(self.before)

    @property
    def after_in_brief(self) -> list[Piece]:
        """Of the new side, the first few lines to which something came."""
        return _in_brief(self.after)

    @property
    def lines_before(self) -> str:
        """All paragraphs of the old side from which something went, as plain text."""
        return _text(_in_brief(self.before, at_most=None))

    @property
    def lines_after(self) -> str:
        """All paragraphs of the new side to which something came, as plain text."""
        return _text(_in_brief(self.after, at_most=None))


@dataclass(frozen=True)
class Difference:
    changed: tuple[ClauseDifference, ...]
    same: tuple[Clause, ...]  # as in the newer version


@lru_cache(maxsize=16)
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
    """Return a clause as plain text: title, words, tables row by row, promises."""
    tables = iter([part.rows for part in clause.parts if part.table])
    text = TABLE.sub(lambda _: _as_lines(next(tables)), clause.words.strip())
    text = _LINK.sub(r"\1", text).replace("**", "")
    return f"{clause.title}\n\n{text}\n\nPromises: {', '.join(clause.promises)}"


def _as_lines(rows: tuple[tuple[str, ...], ...]) -> str:
    return "\n".join(" · ".join(row) for row in rows)


def _joined(side: list[Piece]) -> list[Piece]:
    """Return one side with changed words in a row as one piece, spaces and all."""
    joined: list[Piece] = []
    for piece in side:
        joined.append(piece)
        while len(joined) > 2 and _is_gap(*joined[-3:]):
            kind, text = joined[-1].kind, "".join(one.text for one in joined[-3:])
            joined[-3:] = [Piece(kind, text)]
    return joined


def _is_gap(left: Piece, middle: Piece, right: Piece) -> bool:
    between = middle.kind == SAME and middle.text == " "
    return between and left.kind == right.kind != SAME


def _in_brief(pieces: list[Piece], at_most: int | None = BRIEF) -> list[Piece]:
    """Return the first few lines in which something came or went; None: all."""
    lines: list[list[Piece]] = [[]]
    for piece in pieces:
        first, *more = piece.text.split("\n")
        lines[-1].append(Piece(piece.kind, first))
        lines += [[Piece(piece.kind, text)] for text in more]
    other = [
        line
        for line in lines
        if any(piece.kind != SAME and piece.text.strip() for piece in line)
    ]
    shown = [[*line, Piece(SAME, "\n")] for line in other[:at_most]]
    return [piece for line in shown for piece in line if piece.text]


def _text(pieces: list[Piece]) -> str:
    lines = "".join(piece.text for piece in pieces).split("\n")
    return "\n\n".join(line for line in lines if line.strip())


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
