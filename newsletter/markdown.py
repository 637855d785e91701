"""Markdown as the HTML of a letter, and as plain text in columns.

No HTML and no pictures; each tag has its style, since mail programs read no sheets.
"""

import textwrap
from collections.abc import Iterator, Sequence

from django.conf import settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

_HEAD = "margin:24px 0 12px;line-height:1.15;letter-spacing:-.02em;font-weight:bold;"
_STYLES = {
    "h1": f"{_HEAD}margin-top:0;font-size:28px",
    "h2": f"{_HEAD}font-size:21px",
    "h3": f"{_HEAD}font-size:17px",
    "p": "margin:0 0 20px",
    "ul": "margin:0 0 20px;padding:0 0 0 22px",
    "ol": "margin:0 0 20px;padding:0 0 0 26px",
    "blockquote": "margin:0 0 20px;padding:0 0 0 14px;border-left:6px solid #d2d2d2",
    "hr": "border:0;border-top:2px solid #111111;margin:24px 0",
    "a": "color:#111111",
}
BUTTON = "button"  # the title of a link that is the letter's one yellow button
_BUTTON = (
    "display:inline-block;background:#ffc400;color:#111111;font-weight:bold;"
    "text-decoration:none;padding:14px 22px"
)
_PARSER = MarkdownIt("commonmark", {"html": False}).disable("image")
_OPENS = frozenset({"paragraph_open", "heading_open", "list_item_open"})


def to_html(source: str) -> str:
    """Return HTML with a style at each tag and absolute links; safe."""
    tokens = _PARSER.parse(source)
    for token in _every(tokens):
        if token.type == "heading_open" or token.type == "heading_close":
            token.tag = min(token.tag, "h3")
        if token.type == "link_open":
            _link(token)
        elif token.tag in _STYLES and token.nesting >= 0:
            token.attrSet("style", _STYLES[token.tag])
    return str(_PARSER.renderer.render(tokens, _PARSER.options, {})).strip()


def to_text(source: str, width: int) -> str:
    """Return plain text in columns: headings, lists and links as one types them."""
    parts: list[tuple[str, str]] = []  # what is before its first line, and the words
    lists: list[int] = []  # the next number of each list, -1 where it has bullets
    mark = ""
    for token in _PARSER.parse(source):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            first = int(token.attrGet("start") or 1)
            lists.append(first if token.type.startswith("ordered") else -1)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            mark = mark if lists else ""
        elif token.type == "list_item_open":
            mark = "  " * (len(lists) - 1)
            mark += "- " if lists[-1] < 0 else f"{lists[-1]}. "
            lists[-1] += 1 if lists[-1] >= 0 else 0
        elif token.type == "inline":
            parts.append((mark, _words(token.children or [])))
            mark = " " * len(mark) if lists else ""
        elif token.type == "hr":
            parts.append(("", "-" * width))
        elif token.type in ("fence", "code_block"):
            parts.append(("", token.content.rstrip()))
    return "\n".join(_laid_out(parts, width)).strip("\n")


def links(source: str) -> list[str]:
    """Return the address of every link of a text, as typed, in its order."""
    return [
        str(token.attrGet("href") or "")
        for token in _every(_PARSER.parse(source))
        if token.type == "link_open"
    ]


def buttons(source: str) -> int:
    """Return how many links of a text are yellow buttons."""
    tokens = _every(_PARSER.parse(source))
    return sum(token.attrGet("title") == BUTTON for token in tokens)


def absolute(address: str) -> str:
    """Return an address as it stands in the letter: one of ours may be typed short."""
    is_short = address.startswith("/") and not address.startswith("//")
    return f"{settings.SITE_URL}{address}" if is_short else address


def _link(token: Token) -> None:
    is_button = token.attrGet("title") == BUTTON
    href = absolute(str(token.attrGet("href") or ""))
    token.attrs = {"href": href, "style": _BUTTON if is_button else _STYLES["a"]}


def _every(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _every(token.children or [])


def _words(children: Sequence[Token]) -> str:
    """Return a line's words; the address of a link on a line of its own after them."""
    said = ""
    after: list[str] = []
    for token in children:
        if token.type in ("text", "code_inline"):
            said += token.content
        elif token.type == "softbreak":
            said += " "
        elif token.type == "hardbreak":
            said += "\n"
        elif token.type == "link_open":
            after.append(absolute(str(token.attrGet("href") or "")))
    return "\n".join([said, *(one for one in after if one not in said)])


def _laid_out(parts: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    in_list = False
    for mark, words in parts:
        if not (in_list and mark):
            yield ""
        in_list = bool(mark)
        for number, line in enumerate(words.split("\n")):
            yield textwrap.fill(
                line,
                width,
                initial_indent=" " * len(mark) if number else mark,
                subsequent_indent=" " * len(mark),
                # an address that is broken leads nowhere
                break_long_words=False,
                break_on_hyphens=False,
            )
