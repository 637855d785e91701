"""manage.py article30: the record of processing, as it stands in this program."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from privacy import article30


class Command(BaseCommand):
    help = "Write the record of processing activities (UK GDPR article 30)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=("markdown", "csv"), default="markdown")

    def handle(self, *args: Any, **options: Any) -> None:
        written = (
            article30.markdown()
            if options["format"] == "markdown"
            else article30.as_csv()
        )
        self.stdout.write(written, ending="")
