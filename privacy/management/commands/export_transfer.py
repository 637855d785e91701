"""manage.py export_transfer T2026-1 --to FILE --by owner@...: the transfer set."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jessops.lib.private_file import BadPlace
from privacy.actions import transitions
from privacy.management import exports


class Command(BaseCommand):
    help = "Write the details that pass with a sale, after its thirty days (P64, P65)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        exports.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        member = exports.staff(options["by"], "privacy.add_transitionevent")
        try:
            event = transitions.export(
                reference=options["reference"],
                to=options["to"],
                by=f"Member {member}",
            )
        except (transitions.Refused, BadPlace, FileExistsError) as error:
            raise CommandError(f"nothing was written: {error}") from error
        self.stdout.write(f"{event.people} people, SHA-256 {event.sha256}")
