"""Crawl the running shop now, and keep the certificate.

Ends with 0 when nothing but ours was found, 1 when something was, 2 when the shop could
not be crawled.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy.actions import certificates
from privacy.certificate import BROWSER, HTTP, WORDS, browser
from privacy.gateway.ourselves import NotAnswered


class Command(BaseCommand):
    help = "Crawl the running shop for third parties and cookies, and keep the result."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--browser", action="store_true", help="with Chromium, if it is there"
        )
        parser.add_argument(
            "--quiet", action="store_true", help="say nothing when good"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        crawler = BROWSER if options["browser"] else HTTP
        if options["browser"] and (reason := browser.missing()):
            raise CommandError(f"no crawl: {reason}", returncode=2)
        try:
            made = certificates.certify(crawler=crawler)
        except (NotAnswered, OSError) as error:
            raise CommandError(f"no crawl: {error}", returncode=2) from None
        if not options["quiet"] or not made.passed:
            self.stdout.write(
                f"Crawled {WORDS[crawler]}: {made.pages} pages, {made.requests}"
                f" requests, {len(made.foreign_hosts)} foreign hosts, cookies:"
                f" {', '.join(made.cookies) or 'none'}, {made.seconds} s."
            )
        if not made.passed:
            for line in made.findings:
                self.stderr.write(line)
            raise CommandError("The certificate failed.", returncode=1)
