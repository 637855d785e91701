"""Loading the hand-written catalogue: once, whole or not at all, over nothing."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.demo import files, load
from shop.demo.files import DemoError
from shop.models import (
    Brand,
    Category,
    PriceChange,
    Product,
    Stock,
    StockMovement,
)


@pytest.fixture
def loaded(db: None) -> int:
    return load.load()


def snapshot() -> list[list[tuple[object, ...]]]:
    models = (Category, Brand, Product, PriceChange, Stock, StockMovement)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def test_loading_twice_changes_nothing_and_asks_little(loaded: int) -> None:
    before = snapshot()
    with CaptureQueriesContext(connection) as queries:
        assert load.load() == 0
    assert snapshot() == before
    assert len(queries) <= 6


def test_loading_takes_few_queries(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        load.load()
    assert len(queries) <= 40


def test_what_staff_changed_stays(loaded: int) -> None:
    Product.objects.filter(sku="16782301").update(
        price=140_000, name="Fujifilm X-T5", published=False
    )
    Category.objects.filter(slug="books").update(blurb="Read more.")
    Product.objects.filter(sku="VOA120AE").update(sku="NEW-PART-NO")
    before = snapshot()
    assert load.load() == 0
    assert snapshot() == before


def test_only_what_is_missing_is_added(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "film.toml"
    text = file.read_text(encoding="utf-8")
    start = text.index('[[product]]\nsku = "1574577"')
    end = text.index("[[product]]", start + 1)
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    first = load.load()
    others = set(Product.objects.values_list("pk", "price"))
    monkeypatch.setattr(files.read, "__defaults__", (files.HERE,))
    assert load.load() == 1
    added = Product.objects.get(sku="1574577")
    assert added.stock.on_hand == 240
    everything = set(Product.objects.values_list("pk", "price"))
    assert everything == others | {(added.pk, added.price)}
    assert len(everything) == first + 1


# --- bad data -----------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files that a test may spoil, loaded instead of the real ones."""
    for path in files.HERE.glob("*.toml"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(files.read, "__defaults__", (tmp_path,))
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("megapixels = 40.2", "megapixels = 40.25", "needs 1 decimals"),
        ("megapixels = 40.2", "megapixel = 40.2", "is not in the registry"),
        ("price = 144900", "price = 144900\ncolour = 'red'", "unknown keys"),
        ("price = 144900", "price = 0", "no such price"),
        ("stock = 7\n", "\n", "lacks .'stock'"),
        ("popularity = 980", 'grade = "good"', "lacks .'found'"),
        ('part = "mirrorless"', 'part = "mirrorles"', "no category"),
        ("popularity = 980", 'grade = "mint"\nfound = "Ink"', "is not a valid choice"),
        ("popularity = 980", "shutter = 5", "only used things"),
        ("popularity = 980", 'like = "NOT-THERE"', "not above it"),
        ('sku = "16782272"', 'sku = "16782301"', "there twice"),
        ("was = { price = 169900, from", "was = { price = 99, from", "not above"),
        (
            "was = { price = 169900, from = 113",
            "was = { price = 169900, from = 40",
            "long enough",
        ),
    ],
)
def test_bad_data_is_refused_with_file_and_sku_and_leaves_nothing(
    db: None, folder: Path, old: str, new: str, problem: str
) -> None:
    file = folder / "cameras.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DemoError, match=f"cameras.toml, 16782301: .*{problem}"):
        load.load()
    assert not Product.objects.exists()
    assert not Category.objects.exists()


def test_the_files_name_each_key_once_and_no_price_is_odd() -> None:
    for path in files.HERE.glob("*.toml"):
        for row in tomllib.loads(path.read_text(encoding="utf-8")).get("product", []):
            assert re.fullmatch(r"[A-Z0-9][A-Z0-9.-]{1,31}", row["sku"]), row["sku"]
            assert isinstance(row["price"], int), row["sku"]
            assert row["stock"] >= 0, row["sku"]
