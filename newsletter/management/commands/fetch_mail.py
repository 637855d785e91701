"""Fetch our mailbox once, by hand: after trouble, or to try what was left again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter import mailbox


class Command(BaseCommand):
    help = "Takes the mail that waits in our mailbox (INBOX_URL)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--flagged",
            action="store_true",
            help="only what could not be taken before, and was left there flagged",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        criteria = mailbox.LEFT_BEHIND if options["flagged"] else mailbox.WAITING
        try:
            found = mailbox.fetch(seconds=600, criteria=criteria)
        except mailbox.MailboxAway as error:
            raise CommandError(f"The mailbox is not reached: {error}") from error
        self.stdout.write(f"{found.taken} taken, {found.flagged} left for people.")
