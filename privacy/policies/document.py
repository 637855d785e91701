"""Reading a policy version: clauses with ids, promise numbers and questions.

Names and numbers in the text are placeholders filled from the running shop's own
settings and registries, so that the words cannot drift from what the program does.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from string import Template
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from privacy.cookies import DAY, REGISTRY
from privacy.gateway import connectors
from privacy.policies import FOLDER
from privacy.retention import clock, clocks

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
_NOTE = re.compile(r"^<!-- promises: ([\d ]+); questions: ([\d ]+) -->$", re.MULTILINE)
_TABLE = re.compile(r"^\[\[([a-z]+)\]\]$", re.MULTILINE)


class PolicyError(Exception):
    """A policy file does not say what a policy file must say."""


@dataclass(frozen=True)
class Part:
    """A piece of a clause: text as HTML, or the name of a table made from live data."""

    html: SafeString
    table: str


@dataclass(frozen=True)
class Clause:
    id: str
    title: str
    promises: tuple[str, ...]
    questions: tuple[int, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Document:
    version: int
    in_force: date
    summary: str
    clauses: tuple[Clause, ...]

    def answering(self, question: int) -> list[Clause]:
        return [clause for clause in self.clauses if question in clause.questions]


@cache
def load(version: int) -> Document:
    """Return a version with its placeholders filled; raises PolicyError."""
    return parse((FOLDER / f"{version}.md").read_text(), live_values())


def parse(text: str, values: dict[str, str]) -> Document:
    """Read one policy file. In: its text, and what its placeholders stand for."""
    _, head, body = text.split("---\n", 2)
    facts = dict(line.split(": ", 1) for line in head.strip().splitlines())
    headings = list(_HEADING.finditer(body))
    ends = [heading.start() for heading in headings[1:]] + [len(body)]
    return Document(
        version=int(facts["version"]),
        in_force=date.fromisoformat(facts["in force"]),
        summary=facts["summary"],
        clauses=tuple(
            _clause(heading, body[heading.end() : end], values)
            for heading, end in zip(headings, ends, strict=True)
        ),
    )


def live_values() -> dict[str, str]:
    """Return what the placeholders of the text stand for in this shop, today."""
    company = settings.COMPANY
    telephone = company["telephone"]
    abroad = [party.transfers for party in connectors() if party.transfers]
    places = " and ".join(abroad) or "the United Kingdom"
    trolley = REGISTRY["trolley"].max_age or 0
    return {
        "site": urlsplit(settings.SITE_URL).netloc,
        "company_name": company["name"],
        "company_number": company["number"],
        "company_address": company["address"],
        "telephone": telephone,
        "telephone_link": "+44" + re.sub(r"\D", "", telephone).removeprefix("0"),
        "fax": company["fax"],
        "email": company["email"],
        "liaison_email": company["liaison_email"],
        "trolley_days": str(trolley // DAY),
        "mail_days": str(clock("mail").period.days),
        **{f"life_{one.name.replace('-', '_')}": str(one.period) for one in clocks()},
        "transfers": f"in {places}",
    }


def _clause(heading: re.Match[str], text: str, values: dict[str, str]) -> Clause:
    note = _NOTE.search(text)
    if not note:
        raise PolicyError(f"clause {heading['id']} names no promises and questions")
    try:
        filled = Template(text[note.end() :]).substitute(values)
    except (KeyError, ValueError) as error:
        raise PolicyError(f"clause {heading['id']}: placeholder {error}") from error
    return Clause(
        id=heading["id"],
        title=heading["title"],
        promises=tuple(f"P{number}" for number in note[1].split()),
        questions=tuple(int(number) for number in note[2].split()),
        parts=tuple(_parts(filled)),
    )


def _parts(text: str) -> list[Part]:
    # html=False: raw HTML in a policy file is shown as text, never run
    markdown = MarkdownIt("commonmark", {"html": False})
    parts = []
    for index, piece in enumerate(_TABLE.split(text)):
        if index % 2:
            parts.append(Part(html=mark_safe(""), table=piece))
        elif piece.strip():
            html = mark_safe(markdown.render(piece))  # noqa: S308
            parts.append(Part(html=html, table=""))
    return parts
