"""What a PDF made by typst says: its words in reading order, and the tags around them.

Enough of the format (ISO 32000-1) for our own documents: plain objects, streams that
are deflated, and text in strings of two-byte glyphs that /ToUnicode maps to letters.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    pages: int
    text: str
    tags: frozenset[str]  # of the structure: "H1", "Table", "P"
    plain: bytes  # the file as it is, for its declarations


_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
_FONTS = re.compile(rb"/Font\s*<<(.*?)>>", re.DOTALL)
_NAMED = re.compile(rb"/(\w+) (\d+) 0 R")
_LETTER = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
# a property is passed over, a font is chosen, a string is shown, a piece of text ends;
# brackets in a string stand plain where they are a pair
_SHOWN = re.compile(
    rb"/\w+\s*\((?:[^()\\]|\\.)*\)"
    rb"|/(\w+) [\d.]+ Tf"
    rb"|\(((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*)\)|\b(ET)\b",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_MEANS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def read(pdf: bytes) -> Said:
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(pdf)}
    pages = [one for one in objects.values() if b"/Type/Page/" in one]
    return Said(
        pages=len(pages),
        text=" ".join("".join(_page(one, objects)) for one in pages),
        tags=frozenset(
            tag.decode()
            for one in objects.values()
            if b"/StructElem" in one
            for tag in re.findall(rb"/S\s*/(\w+)", one)
        ),
        plain=pdf,
    )


def _page(page: bytes, objects: dict[int, bytes]) -> Iterator[str]:
    letters = {
        name: _letters(_follow(objects[int(font)], b"ToUnicode", objects))
        for found in _FONTS.findall(_resources(page, objects))
        for name, font in _NAMED.findall(found)
    }
    here: dict[bytes, str] = {}
    for font, string, end in _SHOWN.findall(_follow(page, b"Contents", objects)):
        if font:
            here = letters[font]
        elif end:
            yield " "
        elif string:
            glyphs = _ESCAPE.sub(_unescaped, string)
            yield "".join(
                here[glyphs[at : at + 2]] for at in range(0, len(glyphs) - 1, 2)
            )


def _resources(page: bytes, objects: dict[int, bytes]) -> bytes:
    found = re.search(rb"/Resources (\d+) 0 R", page)
    return objects[int(found[1])] if found else page


def _unescaped(found: "re.Match[bytes]") -> bytes:
    if found[1].isdigit():
        return bytes([int(found[1], 8)])
    return _MEANS.get(found[1], found[1])


def _letters(cmap: bytes) -> dict[bytes, str]:
    return {
        bytes.fromhex(glyph.decode()): bytes.fromhex(text.decode()).decode("utf-16-be")
        for glyph, text in _LETTER.findall(cmap)
    }


def _follow(source: bytes, name: bytes, objects: dict[int, bytes]) -> bytes:
    """Return the opened stream that an object names."""
    found = re.search(rb"/" + name + rb" (\d+) 0 R", source)
    assert found, name
    stream = _STREAM.search(objects[int(found[1])])
    assert stream, name
    return zlib.decompress(stream[1])
