"""A version of the policy as a PDF, tagged for screen readers (PDF/UA-1), by typst."""

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from jessops.lib.clock import in_london, long_date
from privacy import policies
from privacy.policies import document
from privacy.policies.document import TABLE, Clause, Document

TEMPLATE = Path(__file__).with_name("policy.typ")


def of(version: int) -> bytes:
    """Return a published version as PDF; raises PolicyVersion.DoesNotExist."""
    row = policies.row(version)
    since = in_london(row.in_force_from).date()
    return _compiled(_content(document.load(version), since, row.sha256))


def faults(text: Document, since: date) -> list[str]:
    """Say why a draft cannot be made into a PDF: what is published must stay so."""
    try:
        _compiled(_content(text, since, "0" * 64))
    except typst.TypstError as error:
        return [f"no PDF can be made of it: {str(error).splitlines()[0]}"]
    return []


def _content(text: Document, since: date, sha256: str) -> str:
    content = {
        "title": f"Privacy policy, version {text.version}",
        "shop": settings.COMPANY["name"],
        "since": f"{long_date(since)} {since.year}",
        "summary": text.summary,
        "address": f"{settings.SITE_URL}/privacy/versions/{text.version}/",
        "checksum": sha256,
        "clauses": [
            {
                "title": clause.title,
                "promises": ", ".join(clause.promises),
                "blocks": list(_blocks(clause)),
            }
            for clause in text.clauses
        ],
    }
    return json.dumps(content, sort_keys=True)


@lru_cache(maxsize=8)
def _compiled(content: str) -> bytes:
    # The words travel as data, so that nothing in them is read as typst's own language.
    made = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"content": content},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    assert isinstance(made, bytes)  # noqa: S101  one file was asked for
    return made


def _blocks(clause: Clause) -> Iterator[dict[str, Any]]:
    """Yield paragraphs and list items as plain text, and tables row by row."""
    tables = iter([part for part in clause.parts if part.table])
    inside_item = 0
    for token in MarkdownIt("commonmark", {"html": False}).parse(clause.words):
        if token.type == "list_item_open":
            inside_item += 1
        elif token.type == "list_item_close":
            inside_item -= 1
        elif token.type in ("fence", "code_block"):
            yield {"kind": "paragraph", "text": token.content.strip()}
        elif token.type == "inline":
            text = "".join(_plain(token.children or []))
            if TABLE.fullmatch(text):
                part = next(tables)
                yield {"kind": "table", "head": part.head, "rows": part.rows}
            else:
                yield {"kind": "item" if inside_item else "paragraph", "text": text}


def _plain(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            yield " "
        else:
            yield token.content
