"""Reading a policy version: clauses with ids, promise numbers and questions.

Names and numbers in the text are placeholders. In the version in force they are filled
from the running shop's own settings and registries, so that the words cannot drift from
what the program does; a version of the past keeps the ones it was published with.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from string import Template

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from jessops.lib.clock import in_london
from privacy import leaving, policies
from privacy.models import ClauseChange, PolicyVersion
from privacy.policies import facts
from privacy.policies.tables import HEADS, TITLES, Rows

# The nine questions that the policy undertakes to answer (promise P2).
QUESTIONS = {
    1: "What personal details do you collect?",
    2: "What do other companies collect through this site?",
    3: "Who is it that collects them?",
    4: "What do you use them for?",
    5: "With whom may you share them?",
    6: "What choices do I have?",
    7: "How are they kept safe?",
    8: "How can I correct what is wrong?",
    9: "How do I reach you with questions?",
}

_HEADING = re.compile(r"^## (?P<title>.+?) \{#(?P<id>[a-z-]+)\}$", re.MULTILINE)
_ANY_HEADING = re.compile(r"^##? .*$", re.MULTILINE)
_NOTE = re.compile(r"^<!-- promises: ([\d ]+); questions: ([\d ]+) -->$", re.MULTILINE)
TABLE = re.compile(r"^\[\[([a-z]+)\]\]$", re.MULTILINE)
_CHANGE = re.compile(r"change (?P<clause>[a-z-]+)")
_ASK = re.compile(r"ask (?P<clause>[a-z-]+)")


class PolicyError(Exception):
    """A policy file does not say what a policy file must say."""


@dataclass(frozen=True)
class Part:
    """A piece of a clause: text as HTML, or a table by its name and its rows."""

    html: SafeString
    table: str
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def title(self) -> str:
        return TITLES[self.table]

    @property
    def head(self) -> list[str]:
        return HEADS[self.table]


@dataclass(frozen=True)
class Clause:
    id: str
    title: str
    promises: tuple[str, ...]
    questions: tuple[int, ...]
    source: str  # the Markdown as written, placeholders and all
    words: str  # the same with its placeholders filled
    parts: tuple[Part, ...]

    @property
    def written(self) -> tuple[object, ...]:
        """All that makes the clause what it is: another one is a changed clause.

        What its tables say is part of it, names and contacts in its text are not.
        """
        tables = tuple((part.table, part.rows) for part in self.parts if part.table)
        return self.title, self.promises, self.questions, self.source.strip(), tables


@dataclass(frozen=True)
class Change:
    """What a draft says of one clause that it changes."""

    clause: str
    kind: str  # of ClauseChange.Kind
    purpose: str = ""
    question: str = ""


@dataclass(frozen=True)
class Document:
    version: int
    in_force: date | None  # a draft has no day yet
    summary: str
    clauses: tuple[Clause, ...]
    changes: tuple[Change, ...] = ()

    def answering(self, question: int) -> list[Clause]:
        return [clause for clause in self.clauses if question in clause.questions]

    def clause(self, name: str) -> Clause | None:
        return next((one for one in self.clauses if one.id == name), None)


def load(version: int) -> Document:
    """Return a published version with its placeholders filled.

    The version in force, and one to come, speak of the shop as it is today; one of the
    past as it was. Tables are as published. Raises PolicyVersion.DoesNotExist,
    PolicyError.
    """
    row = policies.row(version)
    if version < policies.current_version():
        words = row.facts["words"]
    else:
        words = facts.words()
    return _filled(row.number, row.sha256, _day(row), tuple(sorted(words.items())))


def day(version: int) -> date:
    """Return the day in London from which a published version is in force."""
    return _day(policies.row(version))


def _day(row: PolicyVersion) -> date:
    return in_london(row.in_force_from).date()


@lru_cache(maxsize=32)
def _filled(
    version: int, sha256: str, day: date, words: tuple[tuple[str, str], ...]
) -> Document:
    row = policies.row(version)
    return parse(row.text, dict(words), row.facts["tables"], in_force=day)


def parse(
    text: str,
    values: Mapping[str, str],
    tables: Mapping[str, Rows] | None = None,
    *,
    in_force: date | None = None,
) -> Document:
    """Read one policy file. In: its text, and what placeholders and tables stand for.

    Raises PolicyError, which names the line or the clause.
    """
    try:
        before, head, body = text.split("---\n", 2)
    except ValueError:
        raise PolicyError("the head between two lines of --- is missing") from None
    if before.strip():
        raise PolicyError("nothing may stand before the head")
    said, changes = _head(head)
    headings = list(_HEADING.finditer(body))
    _refuse_stray_headings(body, headings)
    ends = [heading.start() for heading in headings[1:]] + [len(body)]
    return Document(
        version=_number(said),
        in_force=in_force or _first_day(said),
        summary=said["summary"],
        clauses=tuple(
            _clause(heading, body[heading.end() : end], values, tables or {})
            for heading, end in zip(headings, ends, strict=True)
        ),
        changes=changes,
    )


def _head(head: str) -> tuple[dict[str, str], tuple[Change, ...]]:
    """Read the lines "name: value", "change <clause>: <kind> [purpose]" and "ask"."""
    said: dict[str, str] = {}
    kinds: dict[str, tuple[str, str]] = {}
    asked: dict[str, str] = {}
    for number, line in enumerate(head.strip().splitlines(), 2):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not value:
            raise PolicyError(f'line {number} is not "name: value"')
        if found := _CHANGE.fullmatch(name):
            kind, _, purpose = value.partition(" ")
            if kind not in ClauseChange.Kind.values:
                raise PolicyError(f"line {number}: no such kind of change: {kind}")
            if found["clause"] in kinds:
                raise PolicyError(
                    f"line {number}: {found['clause']} stands there twice"
                )
            kinds[found["clause"]] = kind, purpose.strip()
        elif found := _ASK.fullmatch(name):
            asked[found["clause"]] = value
        elif name in ("version", "summary", "in force") and name not in said:
            said[name] = value
        else:
            raise PolicyError(f"line {number}: {name} is unknown, or there twice")
    if stray := set(asked) - set(kinds):
        raise PolicyError(f"asked about unchanged clauses: {', '.join(sorted(stray))}")
    if missing := {"version", "summary"} - set(said):
        raise PolicyError(f"the head lacks {', '.join(sorted(missing))}")
    return said, tuple(
        Change(clause, kind, purpose, asked.get(clause, ""))
        for clause, (kind, purpose) in kinds.items()
    )


def _number(said: Mapping[str, str]) -> int:
    if not said["version"].isdigit():
        raise PolicyError(f"not a version number: {said['version']}")
    return int(said["version"])


def _first_day(said: Mapping[str, str]) -> date | None:
    try:
        return date.fromisoformat(said["in force"]) if "in force" in said else None
    except ValueError as error:
        raise PolicyError(f"in force: {error}") from None


def _refuse_stray_headings(body: str, headings: list["re.Match[str]"]) -> None:
    """Refuse headings without an id, text before the first, and ids used twice."""
    known = {heading.start() for heading in headings}
    for found in _ANY_HEADING.finditer(body):
        if found.start() not in known:
            raise PolicyError(f"a heading needs an id: {found[0]}")
    if not headings or body[: headings[0].start()].strip():
        raise PolicyError("every text belongs to a clause")
    for name, count in Counter(heading["id"] for heading in headings).items():
        if count > 1:
            raise PolicyError(f"two clauses are called {name}")


def _clause(
    heading: "re.Match[str]",
    text: str,
    values: Mapping[str, str],
    tables: Mapping[str, Rows],
) -> Clause:
    note = _NOTE.search(text)
    if not note:
        raise PolicyError(f"clause {heading['id']} names no promises and questions")
    source = text[note.end() :]
    try:
        filled = Template(source).substitute(values)
    except (KeyError, ValueError) as error:
        raise PolicyError(f"clause {heading['id']}: placeholder {error}") from error
    return Clause(
        id=heading["id"],
        title=heading["title"],
        promises=tuple(f"P{number}" for number in note[1].split()),
        questions=tuple(int(number) for number in note[2].split()),
        source=source,
        words=filled,
        parts=tuple(_parts(filled, tables)),
    )


def _parts(text: str, tables: Mapping[str, Rows]) -> list[Part]:
    # html=False: raw HTML in a policy file is shown as text, never run; and a picture
    # would be fetched from wherever it is (P5)
    markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
    parts = []
    for index, piece in enumerate(TABLE.split(text)):
        if index % 2:
            if piece not in tables:
                raise PolicyError(f"there is no table of {piece}")
            rows = tuple(tuple(row) for row in tables[piece])
            parts.append(Part(html=mark_safe(""), table=piece, rows=rows))
        elif piece.strip():
            try:
                html = leaving.mark(markdown.render(piece))
            except leaving.LinkRefused as error:
                raise PolicyError(str(error)) from error
            parts.append(Part(html=html, table=""))
    return parts
