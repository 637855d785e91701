"""CSV that a spreadsheet reads as text: no cell of it is a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

# With these a spreadsheet takes a cell for something to compute (OWASP, CSV injection).
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(cell: str) -> str:
    """Return a cell that says the same and computes nothing."""
    return f"'{cell}" if cell.startswith(_STARTS) else cell


def write(names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return a file with a line of names and a line for each row (RFC 4180)."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(names)
    for row in rows:
        writer.writerow([plain(row.get(name, "")) for name in names])
    return file.getvalue()
