"""Camera clubs from a CSV file. The same file twice changes nothing the second time."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clubs import club_csv
from clubs.actions import importing


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = club_csv.__doc__
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="check every line, change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        dry: bool = options["dry_run"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                result = importing.run(file, by="import", dry=dry)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8 text") from error
        except club_csv.BadLine as error:
            raise CommandError(f"{path}: {error}") from error
        for line in result.complaints:
            self.stderr.write(line)
        done = "would be" if dry else "were"
        self.stdout.write(
            f"{result.new} clubs {done} added, {result.changed} changed,"
            f" {result.same} are as they were, {len(result.complaints)} lines are bad."
        )
        if result.complaints:
            sys.exit(1)
