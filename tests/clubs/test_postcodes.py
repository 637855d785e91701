"""Loading every postcode: by COPY, in one step, bad lines named (contract.md)."""

import gzip
import io
import tracemalloc
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from clubs import postcode_file, postcodes, search
from clubs.actions import postcodes as action
from clubs.geo import Position
from clubs.models import Postcode
from tests.clubs.cast import club

pytestmark = pytest.mark.django_db

GOOD = "SL7 1EY,51.5716,-0.7767\nLE31TZ,52.6396,-1.1713\n"


def load(tmp_path: Path, text: str, *, zipped: bool = False) -> tuple[int, str, str]:
    """Run the command over a file; return its exit code and what it said."""
    path = tmp_path / ("p.csv.gz" if zipped else "p.csv")
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("load_postcodes", path, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("zipped", [False, True])
def test_postcodes_are_found_after_loading(tmp_path: Path, zipped: bool) -> None:
    code, out, err = load(tmp_path, f"Postcode,lat,long\n{GOOD}", zipped=zipped)
    assert (code, err) == (0, "")
    assert out.startswith("2 postcodes loaded")
    assert search.locate("SL7", "1EY") == Position(51.5716, -0.7767)
    assert search.locate("SL7", "1EZ") is None


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "pcds,osnrth1m,long,lat\nSL7 1EY,1,-0.7767,51.5716\n",
        '\ufeff"POSTCODE","Longitude","Latitude"\r\n"sl7  1ey","-0.7767","51.5716"\r\n',
    ],
    ids=["ons-order", "header-in-any-order", "quoted-with-mark"],
)
def test_columns_are_in_ons_order_or_named(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text)[0] == 0
    assert search.locate("SL7", "1EY") == Position(51.5716, -0.7767)


def test_the_new_table_replaces_the_old_one_whole(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    load(tmp_path, "AB1 0AA,57.1,-2.2\n")
    assert list(Postcode.objects.values_list("pk", flat=True)) == ["AB10AA"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'clubs_postcode'"
        )
        assert cursor.fetchall() == [("clubs_postcode_pkey",)]


def test_bad_lines_are_named_and_good_ones_go_in(tmp_path: Path) -> None:
    code, out, err = load(
        tmp_path,
        f"Postcode,lat,long\n{GOOD}Marlow,51,0\nSL7 1EZ,north,0\nSL7 1EX,0.5,0\n"
        "SL7 1EW\nIM1 1AA,99.999999,0\nSL7 1EY,51.6,-0.7\n",
    )
    assert code == 1
    assert "2 postcodes loaded, 1 have no position, 5 lines are bad." in out
    assert err.splitlines() == [
        "line 4: 'Marlow' is no postcode",
        "line 5: 'north', '0' is no position",
        "line 6: 0.5, 0 is not in these islands",
        "line 7: has 1 columns only",
        "SL71EY is there more than once: the first counts",
    ]
    assert search.locate("SL7", "1EY") == Position(51.5716, -0.7767)


def test_not_more_than_a_hundred_lines_are_named(tmp_path: Path) -> None:
    code, _, err = load(tmp_path, GOOD + "x,1,1\n" * 250)
    assert code == 1
    assert len(err.splitlines()) == 101
    assert err.splitlines()[-1] == "and 150 lines more"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name,born\nx,y\n", "no column for the postcode"),
        (b"Postcode,lat,long\n", "no good line"),
        (b"", "no good line"),
        (b"\x1f\x8bnot gzip", "broken gzip"),
        (gzip.compress(GOOD.encode() * 999)[:-40], "broken gzip"),
        (b"SL7 1EY,51.5,\xff\xfe0\n", "not UTF-8"),
        (b"SL7 1EY,nan,nan\nSL7 1EX,inf,0\n", "no good line"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    load(tmp_path, GOOD)
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        call_command("load_postcodes", path, stderr=io.StringIO())
    assert Postcode.objects.count() == 2


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_postcodes", tmp_path / "none.csv")


def test_a_load_that_breaks_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, GOOD)

    def rows() -> "list[str]":
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        action.replace(row for row in rows())
    assert Postcode.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("SL7 1EY", ("SL7", "1EY")),
        (" sl71ey ", ("SL7", "1EY")),
        ("ec1a-1bb", ("EC1A", "1BB")),
        ("SL7", ("", "")),
        ("SL7 1EC", ("", "")),  # no unit ends in C
        ("SL7 1EY " * 9, ("", "")),
        ("\uff33\uff2c\uff17 \uff11\uff25\uff39", ("", "")),
    ],
)
def test_full_postcodes_are_told_from_the_rest(
    text: str, parts: tuple[str, str]
) -> None:
    assert postcodes.split(text) == parts


def test_clubs_move_to_where_their_postcode_is(tmp_path: Path) -> None:
    mine = club("SL7", postcode="SL7 1EY")
    other = club("SL7")
    _, out, _ = load(tmp_path, GOOD)
    assert "1 clubs placed by their postcode." in out
    before = other.position
    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.position == Position(51.5716, -0.7767)
    assert other.position == before


def test_a_long_file_is_read_bit_by_bit() -> None:
    """Memory does not grow with the file: 2.7 million lines need no more than these."""
    lines = (f"SL{n % 9 + 1}{n % 10} {n % 10}AA,51.5,-0.7" for n in range(100_000))
    tracemalloc.start()
    rows = sum(1 for _ in postcode_file.read(lines, postcode_file.Reading(), 9))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 100_000
    assert peak < 2_000_000


def test_every_part_of_the_country_has_outward_codes() -> None:
    areas = ("AB", "BT", "CF", "EC", "GY", "HS", "IM", "JE", "KW", "LL", "TR", "ZE")
    for area in areas:
        assert any(code.startswith(area) for code in postcodes.middles()), area
    assert len(postcodes.middles()) > 2900
