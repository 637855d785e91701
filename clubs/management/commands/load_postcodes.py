"""Every UK postcode with its position, from a CSV file, plain or gzipped.

    load_postcodes postcodes.csv.gz

Columns: postcode, lat, long (ONS order), or any order under a header that names them
(postcode or pcds, lat, long). The new table replaces the old one in one step, and
searches go on all the while. Bad lines are reported with number and reason; good lines
still go in. The exit code is 1 if any line was bad, or if nothing was loaded.
"""

import gzip
import io
import sys
import zlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clubs.actions import clubs, postcodes
from clubs.postcode_file import BadHeader, Reading, read

NAMED = 100  # bad lines
GZIP = b"\x1f\x8b"


class Command(BaseCommand):
    help = __doc__.splitlines()[0]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.epilog = __doc__
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        said = Reading()
        try:
            with path.open("rb") as file:
                zipped = file.read(2) == GZIP
                file.seek(0)
                raw = gzip.GzipFile(fileobj=file) if zipped else file
                with io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
                    count, twice = postcodes.replace(read(text, said, NAMED))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CommandError(f"{path} is a broken gzip file") from error
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8 text") from error
        except BadHeader as error:
            raise CommandError(f"{path}: {error}") from error
        except postcodes.EmptyFile as error:
            self.complain(said, [])
            raise CommandError(f"{path} has no good line: nothing changed") from error
        self.complain(said, twice)
        self.stdout.write(
            f"{count:,} postcodes loaded, {said.nowhere:,} have no position,"
            f" {said.bad + len(twice):,} lines are bad."
        )
        moved = clubs.replace_positions()
        self.stdout.write(f"{moved:,} clubs placed by their postcode.")
        if said.bad or twice:
            sys.exit(1)

    def complain(self, said: Reading, twice: list[str]) -> None:
        for line in said.complaints:
            self.stderr.write(line)
        if said.bad > len(said.complaints):
            self.stderr.write(f"and {said.bad - len(said.complaints):,} lines more")
        for postcode in twice[:NAMED]:
            self.stderr.write(f"{postcode} is there more than once: the first counts")
