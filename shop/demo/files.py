"""Reads the catalogue's files: one TOML file a department, one table a product.

Prices are pence with VAT. Dates are days before the day of loading (`due`: after it),
so that was-prices and due dates are true on any day. `like` takes over what another
product above says, `of` the same for a used one, which then belongs to it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from shop.models import Product

HERE = Path(__file__).parent
DEPARTMENTS = ("cameras", "lenses", "film", "bags-tripods", "accessories", "used")

# What `like` and `of` take over, and what belongs to one row alone.
_COPIED = frozenset(
    (
        *("name", "brand", "part", "keys", "summary", "description", "specs", "box"),
        *("mount", "lithium", "electrical", "drawing", "label", "sub", "finish", "vat"),
    )
)
_OWN = frozenset(
    (
        *("sku", "slug", "price", "was", "earlier", "stock", "due", "discontinued"),
        *("staff_pick", "popularity", "added", "warranty", "grade", "shutter", "found"),
        *("like", "of"),
    )
)
_NEEDED = frozenset({"name", "brand", "part", "price", "drawing", "stock"})
_NEEDED_USED = frozenset({"found"})
_TOO_DEAR = 10_000_000
_USED_ONLY = frozenset({"of", "grade", "shutter", "found"})


class DemoError(ValueError):
    """Bad catalogue data; says in which file and at which SKU."""

    def __init__(self, file: str, sku: str, problem: str) -> None:
        super().__init__(f"{file}, {sku or 'no SKU'}: {problem}")


@dataclass
class Entry:
    """One product of the files, with what it takes from defaults and `like` filled."""

    file: str
    sku: str
    raw: dict[str, Any]
    product: Product = field(init=False)

    @property
    def path(self) -> str:
        return str(self.raw["part"])

    @property
    def slug(self) -> str:
        if "slug" in self.raw:
            return str(self.raw["slug"])
        used = f"-used-{self.sku}" if "grade" in self.raw else ""
        return slugify(f"{self.raw['name']}{used}")

    def bad(self, problem: object) -> DemoError:
        return DemoError(self.file, self.sku, str(problem))


@dataclass
class Catalogue:
    """The files, read: the category tree as {path: row} and the entries by SKU."""

    tree: dict[str, dict[str, str]]
    entries: dict[str, Entry]


def read(folder: Path = HERE) -> Catalogue:
    """All departments of the folder; raises DemoError naming file and SKU."""
    tree: dict[str, dict[str, str]] = {}
    entries: dict[str, Entry] = {}
    for department in DEPARTMENTS:
        file = f"{department}.toml"
        data = tomllib.loads((folder / file).read_text(encoding="utf-8"))
        tree[department] = {"name": data["name"], "blurb": data["blurb"]}
        defaults: dict[str, Any] = {}
        for slug, part in data.get("part", {}).items():
            path = f"{department}/{slug}"
            tree[path] = {"name": part["name"], "blurb": part["blurb"]}
            defaults[path] = part.get("defaults", {})
        for row in data.get("product", []):
            entry = _entry(file, department, row, defaults, entries)
            if entry.sku in entries:
                raise entry.bad("this SKU is there twice")
            entries[entry.sku] = entry
    for entry in entries.values():
        if entry.path not in tree:
            raise entry.bad(f"no category {entry.path!r}")
    return Catalogue(tree, entries)


def _entry(
    file: str,
    department: str,
    row: dict[str, Any],
    defaults: Mapping[str, dict[str, Any]],
    entries: Mapping[str, Entry],
) -> Entry:
    """The row over what it is like, over the defaults of its part."""
    sku = str(row.get("sku", ""))
    unknown = row.keys() - _COPIED - _OWN
    if not sku or unknown:
        raise DemoError(file, sku, f"unknown keys {sorted(unknown)}")
    if "grade" not in row and row.keys() & _USED_ONLY:
        raise DemoError(file, sku, "only used things have these, and a grade")
    parent = str(row.get("like", row.get("of", "")))
    if parent and parent not in entries:
        raise DemoError(file, sku, f"{parent} is not above it in the files")
    inherited = entries[parent].raw if parent else {}
    kept = {key: inherited[key] for key in _COPIED & inherited.keys()}
    part = row.get("part", kept.get("part", ""))
    path = part if "/" in part else f"{department}/{part}"
    raw = {**defaults.get(path, {}), **kept, **row, "part": path}
    raw["specs"] = {**kept.get("specs", {}), **row.get("specs", {})}
    if "grade" in row:  # what came with the new one need not have come with this
        raw["box"] = row.get("box", [])
    needed = _NEEDED | (_NEEDED_USED if "grade" in row else set())
    if not needed <= raw.keys():
        raise DemoError(file, sku, f"lacks {sorted(needed - raw.keys())}")
    if not 0 < raw["price"] < _TOO_DEAR:
        raise DemoError(file, sku, f"no such price as {raw['price']}")
    return Entry(file, sku, raw)
