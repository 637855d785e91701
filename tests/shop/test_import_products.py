"""Products from CSV files: good lines go in, bad ones are named, twice is once."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from shop.models import Brand, Product, StockMovement
from tests.builders import category

pytestmark = pytest.mark.django_db

GOOD = {
    "sku": "TST-1",
    "name": "Zenit Test camera",
    "brand": "Zenit",
    "category": "cameras/mirrorless",
    "price": "1449.00",
    "stock": "5",
}


@pytest.fixture(autouse=True)
def _departments() -> None:
    category("mirrorless", parent=category("cameras"))


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_file(*rows: dict[str, str], columns: list[str] | None = None) -> str:
        path = tmp_path / "products.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns or list(rows[0]), restval="")
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    return write_file


def run(path: str, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[str, str]:
    call_command("import_products", path, *flags)
    said = capsys.readouterr()
    return said.out, said.err


def fails(path: str, capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        call_command("import_products", path, *flags)
    assert stopped.value.code == 1
    return capsys.readouterr().err


def test_a_line_becomes_a_product_with_stock_price_history_and_index(
    write: Any, capsys: pytest.CaptureFixture[str], client: Any
) -> None:
    out, _ = run(write(GOOD), capsys)
    assert "1 products were added, 0 changed" in out
    camera = Product.objects.get(sku="TST-1")
    assert camera.price == 144_900
    assert camera.stock.on_hand == 5
    assert camera.movements.get().reason == StockMovement.Reason.OPENING
    assert camera.price_changes.get().price == 144_900
    cards = client.get("/search/?q=zenit").context["cards"]
    assert [card["sku"] for card in cards] == ["TST-1"]


def test_the_same_file_twice_changes_nothing(
    write: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(GOOD)
    run(path, capsys)
    before = list(Product.objects.values())
    out, _ = run(path, capsys)
    assert "0 products were added, 0 changed, 1 are as they were" in out
    assert list(Product.objects.values()) == before
    assert StockMovement.objects.count() == 1


def test_a_known_product_gets_the_files_columns_and_keeps_its_others(
    write: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run(write({**GOOD, "summary": "Kept.", "mount": "Zenit M39"}), capsys)
    out, _ = run(write({**GOOD, "price": "1399", "stock": "3", "mount": "M42"}), capsys)
    assert "1 changed" in out
    camera = Product.objects.get(sku="TST-1")
    assert (camera.price, camera.mount, camera.summary) == (139_900, "M42", "Kept.")
    assert camera.stock.on_hand == 3
    assert camera.movements.latest("pk").reason == StockMovement.Reason.COUNTED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sku": ""}, "sku is missing"),
        ({"sku": "a b"}, "sku"),
        ({"category": "cameras/none"}, "there is no category 'cameras/none'"),
        ({"price": "free"}, "price: 'free' is not an amount like 1449.00"),
        ({"price": "0"}, "price: '0' is not an amount from 0.01"),
        ({"price": "1.999"}, "price: '1.999' is not an amount"),
        ({"price": "NaN"}, "price: 'NaN' is not an amount"),
        ({"stock": "-1"}, "stock: '-1' is not a whole number"),
        ({"stock": "9" * 40}, "is not a whole number"),
        ({"condition": "used"}, "product_used_has_grade"),
        ({"vat": "margin"}, "product_margin_only_used"),
        ({"vat": "none"}, "vat"),
        ({"published": "maybe"}, "published: 'maybe' is neither yes nor no"),
        ({"due_on": "8/12/2026"}, "due_on: "),
        ({"specs": '{"megapixels": "lots"}'}, "specs: spec 'megapixels'"),
        ({"specs": "[1]"}, "specs: is not a JSON object"),
        ({"width_mm": "wide"}, "width_mm: 'wide' is not a length in mm"),
        ({"name": "x" * 200}, "name"),
        ({"name": "a\0b"}, "NUL"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_good_ones_go_in(
    write: Any, capsys: pytest.CaptureFixture[str], changes: dict[str, str], reason: str
) -> None:
    bad = {**GOOD, "sku": "BAD-1", "brand": "Nobody", **changes}
    columns = [*GOOD, *(name for name in changes if name not in GOOD)]
    path = write(
        bad,
        {**GOOD, "published": "yes"} if "published" in columns else GOOD,
        columns=columns,
    )
    said = fails(path, capsys)
    assert said.startswith("line 2: ")
    assert reason in said
    assert list(Product.objects.values_list("sku", flat=True)) == ["TST-1"]
    assert not Brand.objects.filter(name="Nobody").exists()


def test_a_dry_run_checks_everything_and_changes_nothing(
    write: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = run(write(GOOD), capsys, "--dry-run")
    assert "1 products would be added" in out
    assert not Product.objects.exists()
    assert not Brand.objects.exists()
    said = fails(write({**GOOD, "price": "x"}), capsys, "--dry-run")
    assert "line 2" in said


def test_lines_with_too_many_or_too_few_fields_are_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "products.csv"
    path.write_text(
        "sku,name,brand,category,price\n"
        "TST-1,Name,Zenit,cameras,5,extra\n"
        "TST-2,Name\n"
        "TST-3,Name,Zenit,cameras,5\n"
    )
    said = fails(str(path), capsys)
    assert "line 2: " in said
    assert "line 3: " in said
    assert Product.objects.get().sku == "TST-3"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no column sku"),
        (b"sku,name,brand,category\n", "has no column price"),
        (b"sku,name,brand,category,price,colour\n", "unknown columns: colour"),
        (b"sku,sku,name,brand,category,price\n", "twice"),
        (b"sku,name,brand,category,price\n\xff\xfe", "not UTF-8"),
    ],
)
def test_files_that_are_none_get_one_clear_sentence(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        call_command("import_products", str(path))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_products", str(tmp_path / "none.csv"))
