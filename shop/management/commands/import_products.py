"""Products from a CSV file. The same file twice changes nothing the second time.

Columns, in any order; the first five must be there, all others may be left out:

    sku          our part number: capitals, digits, dots and dashes, 2 to 32
    name         as on the page, brand first
    brand        made if there is none of that name
    category     address of a department or its part: cameras/mirrorless
    price        pounds with VAT: 1449.00
    stock        pieces counted on the shelf; the ledger gets the difference
    slug         the page's address; made from name and sku if left out
    keys         the line under the name; made from specs if left out
    summary, description (blank line between paragraphs), in_the_box (a|b|c)
    specs        JSON object of the codes of shop/specs.py: {"megapixels": 40.2}
    mount        as in the filters: Fujifilm X
    condition    new or used; used needs grade: well-used, good, excellent,
                 like-new, open-box; and may have shutter_count and found
    vat          standard, zero, or margin (used things only)
    warranty_months, weight_g, width_mm, height_mm, depth_mm, popularity,
    staff_pick   whole numbers, measures in mm
    published, discontinued, electrical      yes or no
    due_on       2026-12-08, when more are due
    lithium      none, contained or loose
    drawing, drawing_label, drawing_sub, finish

A product with a known SKU gets the file's columns and keeps its others. Bad lines are
reported with line number and reason; good lines still go in. The exit code is 1 if
any line was bad.
"""

import csv
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from shop import product_csv, specs
from shop.actions import catalogue
from shop.models import Product

BY = "import"
BAR = 40


class DryRun(Exception):
    """Raised to take back all that a dry run did."""


class Command(BaseCommand):
    help = __doc__.splitlines()[0]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.epilog = __doc__
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="check every line, change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                result = self.run(file, path.stat().st_size, dry=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8 text") from error
        done = "would be" if options["dry_run"] else "were"
        self.stdout.write(
            f"{result['new']} products {done} added, {result['changed']} changed,"
            f" {result['same']} are as they were, {result['bad']} lines are bad."
        )
        if result["bad"]:
            sys.exit(1)

    def run(self, file: TextIO, size: int, *, dry: bool) -> dict[str, int]:
        """Read all lines; a dry run does the same work and takes it back."""
        result = {"new": 0, "changed": 0, "same": 0, "bad": 0}
        if not dry:
            self.read_all(file, size, result)
            return result
        try:
            with transaction.atomic():
                self.read_all(file, size, result)
                raise DryRun
        except DryRun:
            return result

    def read_all(self, file: TextIO, size: int, result: dict[str, int]) -> None:
        reader = csv.DictReader(Progress(file, size, self.stderr), strict=True)
        names = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        self.check_header(names)
        known = product_csv.Catalogue.fetch()
        rows = iter(reader)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                result["bad"] += 1
                self.complain(reader.line_num, str(error))
                continue
            try:
                result[self.take(row, known)] += 1
            except (product_csv.BadLine, catalogue.CatalogueError) as error:
                result["bad"] += 1
                self.complain(reader.line_num, str(error))
                known = product_csv.Catalogue.fetch()

    def check_header(self, names: list[str]) -> None:
        missing = [name for name in product_csv.REQUIRED if name not in names]
        unknown = [name for name in names if name not in product_csv.COLUMNS]
        if missing:
            raise CommandError(f"the file has no column {', '.join(missing)}")
        if unknown:
            raise CommandError(f"unknown columns: {', '.join(unknown)[:200]}")
        if len(set(names)) < len(names):
            raise CommandError("a column is there twice")

    def take(self, row: dict[str, str], known: product_csv.Catalogue) -> str:
        """Put one line in, all of it or nothing; return what became of it."""
        if None in row or None in row.values():
            raise product_csv.BadLine("has more or fewer fields than the first line")
        line = product_csv.read(row, known)
        try:
            with transaction.atomic():
                line.fields["brand"] = known.brand(row["brand"].strip())
                product = Product.objects.filter(sku=line.sku).first()
                if product is None:
                    product = product_csv.new_product(line)
                    product.full_clean()
                    catalogue.add_product(product=product, stock=line.stock or 0, by=BY)
                    return "new"
                return "changed" if self.change(product, line) else "same"
        except ValidationError as error:
            reasons = [
                f"{name}: {' '.join(texts)}" if name != "__all__" else " ".join(texts)
                for name, texts in error.message_dict.items()
            ]
            raise product_csv.BadLine("; ".join(reasons)) from error
        except IntegrityError as error:
            raise product_csv.BadLine("does not fit what is there already") from error

    def change(self, product: Product, line: product_csv.Line) -> bool:
        fields = dict(line.fields)
        for name in ("drawing", "keys", "condition", "vat", "lithium"):
            if not fields.get(name, True):
                fields.pop(name)
        if "specs" in fields and "keys" not in fields:
            shown = Product(specs=fields["specs"], mount=product.mount)
            fields["keys"] = specs.key_facts(shown) or product.keys
        before = (product.price, getattr(product, "stock", None))
        on_hand = before[1].on_hand if before[1] else 0
        changed = bool(catalogue.change_product(product=product, fields=fields))
        product.full_clean(exclude=["price"])
        if line.price != product.price:
            catalogue.set_price(product=product, price=line.price)
            changed = True
        if line.stock is not None and line.stock != on_hand:
            catalogue.count_stock(product=product, counted=line.stock, by=BY)
            changed = True
        return changed

    def complain(self, number: int, reason: str) -> None:
        self.stderr.write(f"line {number}: {reason}")


class Progress:
    """The file's lines, drawing a bar of how much of it was read."""

    def __init__(self, file: TextIO, size: int, out: Any) -> None:
        self.file, self.size, self.out = file, max(size, 1), out
        self.read = 0
        self.shown = -1

    def __iter__(self) -> Iterator[str]:
        for text in self.file:
            self.read += len(text.encode())
            percent = min(100, 100 * self.read // self.size)
            if percent != self.shown and self.out.isatty():
                self.shown = percent
                full = BAR * percent // 100
                bar = "#" * full + "." * (BAR - full)
                end = "\n" if percent == 100 else ""
                self.out.write(f"\r[{bar}] {percent} %", ending=end)
            yield text
