"""manage.py check_looks: whether the whole ledger of looks is as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy import look_chain


class Command(BaseCommand):
    help = "Computes the chain of the ledger of looks anew, from its first line."

    def handle(self, *args: Any, **options: Any) -> None:
        if wrong := look_chain.broken():
            raise CommandError(f"These lines do not fit: {wrong[:20]}")
        lines, end = look_chain.head()
        self.stdout.write(f"{lines} lines fit. The chain ends at {end or 'nothing'}.")
