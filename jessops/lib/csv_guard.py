"""CSV that a spreadsheet reads as text: no cell of it is a formula (R41).

The one way in which anything here becomes CSV. A text that a spreadsheet might compute
gets an apostrophe in front; numbers stay numbers, below nought too; every text stands
in quotes, so that no other separator (a semicolon, a tab) cuts a cell in two.
"""

import csv
import io
import logging
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

log = logging.getLogger(__name__)

# With these a spreadsheet takes a cell for something to compute (OWASP, CSV injection).
_STARTS = ("=", "+", "-", "@", "|", "%")
# Before these nothing counts as the start of a cell.
_BLANK = "\ufeff\u200b\u200c\u200d\u2060"

Cell = str | int


def plain(cell: Cell) -> Cell:
    """Return a cell that says the same and computes nothing."""
    if not isinstance(cell, str):
        return cell
    # wide forms are formulas to a spreadsheet in Japanese
    shown = unicodedata.normalize("NFKC", cell.strip(_BLANK)).lstrip(_BLANK)
    begins = shown.lstrip()
    # a tab or the end of a line in front is cut off by what reads it
    if begins.startswith(_STARTS) or cell[:1] in ("\t", "\r", "\n"):
        return f"'{cell}"
    return cell


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
