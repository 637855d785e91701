"""Barcodes and labels, read back from the picture by a decoder of our own."""

import random
import string
import struct
import zlib
from datetime import date

import pytest
import typst

from shop import code128, labels
from shop.clients.carriers import Booking, Parcel
from shop.models import ConsignmentLine, OrderLine, Return
from tests.privacy.pdf_words import read as read_pdf

PARCEL = Parcel(
    reference="J26-4812-0751-1",
    service="noon",
    leaves_on=date(2026, 11, 23),
    name="Priya *Raman* #let",
    line1="12 Mill Lane",
    line2="",
    town="Marlow",
    county="Buckinghamshire",
    postcode="SL7 1EY",
    telephone="",
    weight_grams=1240,
    lithium="contained",
)
B, C = 104, 105


def rows_of(png: bytes) -> list[bytes]:
    """Return a PNG's rows, one byte a pixel: how bright it is (its red)."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, packed, width, kind = 8, b"", 0, 0
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        name, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        if name == b"IHDR":
            width, _, depth, kind, *_ = struct.unpack(">IIBBBBB", data)
            assert depth == 8
        elif name == b"IDAT":
            packed += data
        place += size + 12
    each = {0: 1, 2: 3, 6: 4}[kind]
    raw, found, before = zlib.decompress(packed), [], bytes(width * each)
    for at in range(0, len(raw), width * each + 1):
        method, line = raw[at], bytearray(raw[at + 1 : at + 1 + width * each])
        for i in range(len(line)):
            left = line[i - each] if i >= each else 0
            up, corner = before[i], before[i - each] if i >= each else 0
            if method == 4:
                guess = left + up - corner
                paeth = min(
                    (abs(guess - left), 0, left),
                    (abs(guess - up), 1, up),
                    (abs(guess - corner), 2, corner),
                )[2]
            else:
                paeth = (0, left, up, (left + up) // 2)[method]
            line[i] = (line[i] + paeth) & 255
        before = bytes(line)
        found.append(before[::each])
    return found


def runs_of(row: bytes) -> list[int]:
    """Return how long black and white take turns, from the first black on."""
    dark = [pixel < 128 for pixel in row]
    if True not in dark:
        return []
    first, last = dark.index(True), len(dark) - dark[::-1].index(True)
    runs, colour = [0], True
    for pixel in dark[first:last]:
        if pixel != colour:
            runs.append(0)
            colour = pixel
        runs[-1] += 1
    return runs


def read(runs: list[int]) -> str:
    """Decode the runs of one scan; AssertionError for anything but one good code."""
    assert (len(runs) - 7) % 6 == 0
    table = {widths: value for value, widths in enumerate(code128._WIDTHS)}
    module = sum(runs[:6]) / 11
    symbols = []
    for at in range(0, len(runs) - 7, 6):
        widths = "".join(str(round(run / module)) for run in runs[at : at + 6])
        symbols.append(table[widths])
    assert "".join(str(round(run / module)) for run in runs[-7:]) == "2331112"
    *data, check = symbols
    total = data[0] + sum(place * value for place, value in enumerate(data))
    assert total % 103 == check
    mode, text = data[0], ""
    assert mode in (B, C)
    for value in data[1:]:
        if mode == B and value == 99:
            mode = C
        elif mode == C and value == 100:
            mode = B
        else:
            text += chr(value + 32) if mode == B else f"{value:02d}"
    return text


def runs_of_bars(text: str) -> list[int]:
    black, _ = code128.bars(text)
    row = bytearray(b"\xff" * 1000)
    for at, wide in black:
        row[at : at + wide] = bytes(wide)
    return runs_of(bytes(row))


def test_the_table_is_the_standards() -> None:
    """Each symbol is eleven modules wide, with an even number of black ones."""
    assert len(set(code128._WIDTHS)) == 106
    for widths in code128._WIDTHS:
        assert sum(map(int, widths)) == 11
        assert sum(map(int, widths[::2])) % 2 == 0
    assert (code128._WIDTHS[B], code128._WIDTHS[C]) == ("211214", "211232")
    # A published example of a check value: "PJJ123C" in set A has 54; the start of
    # set B counts one more.
    assert code128.values("PJJ123C") == [104, 48, 42, 42, 17, 18, 19, 35, 55]


def test_whatever_is_written_is_read_back() -> None:
    dice = random.Random(5)  # noqa: S311  the same texts each time
    texts = ["EK1234567", "JP00001234GB", "1234", "12345", "7", "A1", " ~", "00"]
    letters = string.digits * 5 + string.ascii_letters + string.punctuation + " "
    for _ in range(300):
        texts.append("".join(dice.choices(letters, k=dice.randint(1, 30))))
    for text in texts:
        assert read(runs_of_bars(text)) == text
    assert len(code128.values("12345678")) < len(code128.values("abcdefgh"))


@pytest.mark.parametrize("text", ["", "é", "a\tb"])
def test_what_no_printer_can_bar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        code128.values(text)


def test_the_printed_labels_barcodes_say_their_numbers() -> None:
    number, back = "JP12345678GB", Return(number="R26-1234-5678")
    booked = Booking(number, number)
    for template, content, told in (
        ("label.typ", labels.label_content(PARCEL, booked, "Parcelforce"), number),
        ("return.typ", labels.return_content(back), back.number),
    ):
        png = typst.compile(
            labels._template(template),
            sys_inputs={"content": content},
            format="png",
            ppi=203,  # a label printer's
            ignore_system_fonts=True,
        )
        assert isinstance(png, bytes)
        found = dict.fromkeys(rows_of(png))
        runs = [runs_of(row) for row in found]
        assert {read(one) for one in runs if _is_barcode(one)} == {told}


def _is_barcode(runs: list[int]) -> bool:
    if len(runs) <= 40:
        return False
    try:
        read(runs)
    except (AssertionError, KeyError):
        return False
    return True


def test_a_label_and_a_manifest_are_tagged_pdf_and_words_stay_words() -> None:
    made = labels.label(PARCEL, Booking("EK1234567", "EK1234567"), "Parcelforce")
    listed = labels.manifest(
        number="PFM1",
        carrier="Parcelforce",
        day=date(2026, 11, 23),
        rows=[("EK1234567", "J26-4812-0751-1", "noon", 1240)],
    )
    line = OrderLine(name="Film *400* #let", sku="F1")
    slip = labels.slip(PARCEL, [ConsignmentLine(quantity=2, line=line)])
    back = Return(number="R26-1234-5678", reason="faulty")
    home = labels.return_label(back)
    for pdf, word in (
        (slip, "2 Film *400* #let F1"),
        (slip, "12 Mill Lane Marlow Buckinghamshire SL7 1EY"),
        (home, "R26-1234-5678"),
        (home, "We pay for sending it"),
    ):
        said = read_pdf(pdf)
        assert word in " ".join(said.text.split())
        assert b"/Lang(en-GB)" in pdf.replace(b" ", b"")
        assert b"pdfuaid:part>1<" in pdf
        assert said.tags
    assert "Table" in read_pdf(slip).tags
    assert "Figure" in read_pdf(home).tags
    assert "£" not in read_pdf(slip).text, "it may be a present"
    for pdf in (made, listed, slip, home):
        assert pdf.startswith(b"%PDF-")
        assert b"/MarkInfo" in pdf or b"StructTreeRoot" in pdf


def test_a_label_says_what_the_carrier_got_and_no_more() -> None:
    booked = Booking("EK1234567", "EK1234567")
    without = labels.label_content(PARCEL, booked, "Parcelforce")
    assert "01628" not in without
    assert '"telephone": ""' in without
    assert "UN3481" in without
