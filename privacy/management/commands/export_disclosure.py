"""manage.py export_disclosure D2026-Q7M2X --to FILE --by owner@...: what was asked."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jessops.lib.private_file import BadPlace
from privacy.actions import disclosures
from privacy.management import exports


class Command(BaseCommand):
    help = "Write the fields that the law demanded, once two people agreed (P51, P52)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        exports.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        member = exports.staff(options["by"], disclosures.MAY_EXPORT)
        try:
            event = disclosures.export(
                reference=options["reference"], by_member=member, to=options["to"]
            )
        except (disclosures.Refused, BadPlace, FileExistsError) as error:
            raise CommandError(f"nothing was written: {error}") from error
        self.stdout.write(f"{event.reference}, SHA-256 {event.sha256}")
