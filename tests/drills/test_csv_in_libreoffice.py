"""R41 in a real spreadsheet: twenty payloads, opened by LibreOffice, compute nothing.

`make drills` installs LibreOffice's reader of tables as the browser is installed.
"""

import csv
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from jessops.lib import csv_guard
from tests.lib.test_csv_guard import PAYLOADS

OFFICE = "/usr/bin/soffice"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
VALUE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value"
KIND = f"{VALUE}-type"
# How somebody may open it: the separator's code, the quote's, UTF-8.
SEPARATORS = {",": 44, ";": 59, "\t": 9}


def opened(text: str, folder: Path, separator: str = ",") -> list[ElementTree.Element]:
    """Return the cells that LibreOffice makes of a CSV file; formulas and all."""
    source = folder / "export.csv"
    source.write_text(text, encoding="utf-8", newline="")
    # "detect special numbers" and "evaluate formulas" on: as careless as can be
    reader = (
        f"CSV:{SEPARATORS[separator]},34,76,1,,0,false,true,false,false,false,-1,true"
    )
    subprocess.run(
        [
            *(OFFICE, "--headless", f"-env:UserInstallation=file://{folder}/own"),
            *(f"--infilter={reader}", "--convert-to", "fods"),
            *("--outdir", str(folder), str(source)),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    tree = ElementTree.parse(folder / "export.fods")  # noqa: S314  of our own making
    return list(tree.iter(f"{TABLE}table-cell"))


def formulas(cells: list[ElementTree.Element]) -> list[str]:
    return [
        cell.attrib[f"{TABLE}formula"]
        for cell in cells
        if f"{TABLE}formula" in cell.attrib
    ]


@pytest.mark.parametrize("separator", SEPARATORS, ids=["comma", "semicolon", "tab"])
def test_no_cell_is_a_formula(tmp_path: Path, separator: str) -> None:
    rows = [{"name": f"{one}", "said": f"Ann{separator}{one}"} for one in PAYLOADS]
    cells = opened(csv_guard.write(["name", "said"], rows), tmp_path, separator)
    assert len(cells) > len(PAYLOADS)
    assert formulas(cells) == []


def test_numbers_stay_numbers_below_nought_too(tmp_path: Path) -> None:
    cells = opened(csv_guard.write(["pence"], [{"pence": -4250}]), tmp_path)
    found = [
        cell.attrib.get(VALUE) for cell in cells if cell.attrib.get(KIND) == "float"
    ]
    assert found == ["-4250"]


def test_the_control_unguarded_they_compute(tmp_path: Path) -> None:
    text = "".join(f"{one}\r\n" for one in ("name", "=1+1", "=SUM(A1:A9)"))
    assert list(csv.reader(text.splitlines()))
    assert len(formulas(opened(text, tmp_path))) == 2
