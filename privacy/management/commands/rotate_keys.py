"""Replace keys while the shop goes on; safe to kill and to run again (R24)."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from privacy import rotation


class Command(BaseCommand):
    help = (
        "Wraps every key under the first of KEY_ENCRYPTION_KEYS; with --data also gives"
        " every person a new key and seals their rows anew. The older key-encryption"
        " keys may leave the settings once this has ended."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", action="store_true", help="new keys for persons")
        parser.add_argument(
            "--grace",
            type=float,
            default=rotation.GRACE.total_seconds(),
            help="seconds that an old key still opens at least",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rotation.rewrap()} keys wrapped anew")
        if options["data"]:
            moved = rotation.rotate(grace=timedelta(seconds=options["grace"]))
            self.stdout.write(f"{moved} rows sealed anew")
