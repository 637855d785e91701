"""CSV that a spreadsheet reads as text: no cell of it is a formula (R41).

The one way in which anything here becomes CSV. A text that a spreadsheet might compute
gets an apostrophe in front, and so does each of its lines: opened with another
separator LibreOffice begins a cell there. Numbers stay numbers, below nought too; every
text stands in quotes, so that no other separator (a semicolon, a tab) cuts it in two.
"""

import csv
import io
import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

log = logging.getLogger(__name__)

# With these a spreadsheet takes a cell for something to compute (OWASP, CSV injection).
_STARTS = ("=", "+", "-", "@", "|", "%")
_ENDS = re.compile(r"([\t\r\n]+)")
# Before these nothing counts as the start of a cell.
_BLANK = "\ufeff\u200b\u200c\u200d\u2060"

Cell = str | int


def plain(cell: Cell) -> Cell:
    """Return a cell that says the same and computes nothing."""
    if not isinstance(cell, str):
        return cell
    guarded = "".join(map(_guarded, _ENDS.split(cell)))
    # a tab or the end of a line in front is cut off by what reads it
    return f"'{guarded}" if cell[:1] in ("\t", "\r", "\n") else guarded


def _guarded(line: str) -> str:
    # wide forms are formulas to a spreadsheet in Japanese
    shown = unicodedata.normalize("NFKC", line.strip(_BLANK)).lstrip(_BLANK)
    return f"'{line}" if shown.lstrip().startswith(_STARTS) else line


def write(names: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> str:
    """Return a file with a line of names and a line for each row (RFC 4180).

    How many rows left in a file is logged, never what is in them.
    """
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(names)
    count = 0
    for row in rows:
        writer.writerow([plain(row.get(name, "")) for name in names])
        count += 1
    log.info("file of rows made", extra={"rows": count, "columns": len(names)})
    return file.getvalue()
